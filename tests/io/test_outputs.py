"""Places that cannot be written to are found first, and nothing is left."""

import os

import commands
import pytest

import albert_tf
from albert_tf.io import new_folder
from albert_tf.workflows.common import new_output
from data_pipeline.io import interrupts
from data_pipeline.io import outputs

CHECKS = (outputs.check_new, outputs.check_file, outputs.check_folder)


def names(folder):
    return sorted(
        os.path.relpath(os.path.join(place, name), folder)
        for place, folders, files in os.walk(folder)
        for name in folders + files
    )


@pytest.mark.parametrize("check", CHECKS)
@pytest.mark.parametrize("path", ["out", "a/b/out", "odd [x]*/out"])
def test_a_place_that_can_be_made_is_left_as_it_was(tmp_path, check, path):
    (tmp_path / "mine").touch()
    check(str(tmp_path / path), "--output")
    assert names(tmp_path) == ["mine"]


@pytest.mark.parametrize("check", CHECKS)
@pytest.mark.parametrize("below", ["file/out", "file/a/b/out"])
def test_a_file_in_the_way(tmp_path, check, below):
    (tmp_path / "file").touch()
    with pytest.raises(OSError, match="must be in a place.*--out=.*another"):
        check(str(tmp_path / below), "--out")
    assert names(tmp_path) == ["file"]


@pytest.mark.parametrize("check", CHECKS)
def test_a_place_that_refuses(tmp_path, check, monkeypatch):
    def refuse(path, mode="rb"):
        raise PermissionError(13, "Permission denied", path)

    monkeypatch.setattr(outputs.files, "open", refuse)
    with pytest.raises(OSError, match="Received: --out=.*Permission denied"):
        check(str(tmp_path / "a" / "out"), "--out")
    assert names(tmp_path) == []


def test_what_is_there_already(tmp_path):
    (tmp_path / "folder").mkdir()
    (tmp_path / "file").touch()
    (tmp_path / "link").symlink_to(tmp_path / "nowhere")
    for name in ("folder", "file", "link", "folder/"):
        with pytest.raises(FileExistsError, match="must not exist yet"):
            outputs.check_new(f"{tmp_path}/{name}", "--output")
    with pytest.raises(IsADirectoryError, match="must be a file"):
        outputs.check_file(str(tmp_path / "folder"), "--output")
    with pytest.raises(OSError, match="must be in a place"):
        outputs.check_folder(str(tmp_path / "file"), "--output_dir")
    outputs.check_file(str(tmp_path / "file"), "--output")


def test_two_at_once(tmp_path):
    output = str(tmp_path / "a" / "out")
    with new_output.hold(output, "--output", "exporting"):
        with pytest.raises(BlockingIOError, match="held by process.*exporting"):
            with new_output.hold(output, "--output", "exporting"):
                pytest.fail("two hold it")
        with new_output.hold(f"{output}2", "--output", "exporting"):
            pass
    assert names(tmp_path) == []


def test_a_process_that_ends_at_once_leaves_nothing(tmp_path):
    output = str(tmp_path / "out")
    with new_output.hold(output, "--output", "exporting"):
        with new_folder.create(output) as unfinished:
            (tmp_path / "mine").touch()
            assert len(names(tmp_path)) == 3
            (act,) = interrupts._last_acts
            act()
            assert names(tmp_path) == ["mine"]
            os.mkdir(unfinished)
    assert not interrupts._last_acts and not new_folder.in_work


# What each command needs besides; none of it exists.
MODULES = {
    "albert_tf.export": {"checkpoint": "none"},
    "albert-tf convert": {"input": "none", "to": "google"},
    "albert_tf.compression.prune": {
        "checkpoint": "none",
        "task_name": "rte",
        "keep_heads": "2",
    },
    "albert_tf.compression.exit_curve": {
        "checkpoint": "none",
        "task_name": "rte",
    },
    "data_pipeline.tasks.submission": {"input_dir": "none"},
    "data_pipeline.pretraining.audit": {"input_file": "none"},
    "data_pipeline.pretraining.corpora": {"input_file": "none"},
    "data_pipeline.text.train_vocab": {"input_file": "none"},
}


@pytest.mark.parametrize("module", MODULES)
def test_commands_look_at_their_output_first(module, tmp_path):
    (tmp_path / "file").touch()
    files = ("export", "convert", "prune", "submission")
    flag = "output" if module.endswith(files) else "output_dir"
    message = commands.run(
        module, **MODULES[module], **{flag: tmp_path / "file" / "out"}
    )
    assert "must be in a place that can be written to" in message
    assert f"--{flag}={tmp_path}/file/out" in message
    assert names(tmp_path) == ["file"]


def test_several_pruned_sizes_look_first_too(tmp_path):
    (tmp_path / "file").touch()
    message = commands.run(
        "albert_tf.compression.prune",
        checkpoint="none",
        task_name="rte",
        keep_heads="2,1",
        output=tmp_path / "file" / "out",
    )
    assert "must be in a place that can be written to" in message


def test_the_report_looks_first_too(tmp_path):
    (tmp_path / "page.html").mkdir()
    (tmp_path / "file").touch()
    for output, words in (
        (tmp_path / "page.html", "must be a file"),
        (tmp_path / "file" / "page.html", "must be in a place"),
    ):
        config = albert_tf.ReportConfig(
            runs=(str(tmp_path / "none"),), output=str(output)
        )
        with pytest.raises(OSError, match=words):
            albert_tf.report(config)
