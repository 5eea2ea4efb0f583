"""Which checkpoints there are after going back."""

import json

import pytest
import tensorflow as tf

import albert_tf
from albert_tf import models
from albert_tf.io import atomic
from albert_tf.runs import checkpoints
from albert_tf.runs import run_checkpoint
from albert_tf.runs import run_folder


@pytest.fixture(params=["run", "sweep[lr=1e-3]", "a*b?", "back\\slash"])
def folder(request, tmp_path):
    """Of a run. What its name would match as a pattern is there too."""
    for name in ("sweepl", "axxb1"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "ckpt-7_temp").mkdir()
        (tmp_path / name / "ckpt-100.index").touch()
    (tmp_path / request.param).mkdir()
    return tmp_path / request.param


@pytest.fixture
def saved(sizes, folder):
    """Saves at a step; three stay."""
    model = albert_tf.AlbertPretrainer(albert_tf.AlbertConfig(**sizes))
    optimizer = albert_tf.create_optimizer(
        "lamb", learning_rate=1e-3, num_train_steps=1000
    )
    optimizer.build(model.trainable_variables)
    found = checkpoints.Checkpoints(
        str(folder), models.named_weights(model), optimizer, keep=3
    )

    def save(step, best=False):
        optimizer.iterations.assign(step)
        (found.save_best if best else found.save)(step)

    for step in (100, 200, 300):
        save(step)
    save(150, best=True)
    return found, optimizer


def steps(folder):
    paths = checkpoints.saved_in(str(folder))
    assert all(tf.io.gfile.exists(f"{path}.index") for path in paths)
    return [checkpoints.step_of(path) for path in paths]


def test_what_a_killed_save_left_is_removed(folder):
    (folder / "ckpt-9_temp").mkdir()
    checkpoints.remove_unfinished(str(folder))
    assert not (folder / "ckpt-9_temp").exists()
    assert (folder.parent / "sweepl/ckpt-7_temp").exists()


def test_old_checkpoints_are_removed(saved, folder):
    found, optimizer = saved
    optimizer.iterations.assign(400)
    found.save(400)
    assert steps(folder) == [200, 300, 400]
    assert not list(folder.glob("ckpt-100*"))
    assert (folder.parent / "sweepl/ckpt-100.index").exists()
    assert found.latest == str(folder / "ckpt-400")


def test_a_cloud_path_that_cannot_be_read_back():
    """Before step 0."""
    for folder in ("gs://bucket/sweep[lr=1e-3]", "s3://b/a?", "gs://b/a*b"):
        with pytest.raises(ValueError, match="cloud path must not contain"):
            run_folder.resumes(folder, {})


def test_checkpoints_of_another_program(folder):
    (folder / "checkpoint").write_text('model_checkpoint_path: "model.ckpt-b"')
    (folder / "run.json").write_text("{}")
    with pytest.raises(ValueError, match="must be named ckpt-STEP"):
        run_folder.resumes(str(folder), {})


@pytest.mark.parametrize("content", ["[" * 100_000, "[]", "7", "\0"])
def test_a_damaged_run_file_is_named(folder, content):
    (folder / "run.json").write_text(content)
    with pytest.raises(ValueError, match="run.json must hold one JSON object"):
        run_folder.claim(str(folder), {"a": 1}, {})


@pytest.mark.parametrize("best", [7, {}, {"folder": 7}, {"folder": "../x"}])
def test_a_damaged_report_of_seeds_is_named(folder, best):
    (folder / "seeds.json").write_text(json.dumps({"best": best}))
    with pytest.raises(
        ValueError, match="seeds.json must name the best seed's folder"
    ):
        run_checkpoint.find(str(folder))


def test_back_to_one_of_the_checkpoints(saved, folder):
    found, optimizer = saved
    found.restore_until(149)
    assert int(optimizer.iterations) == 100
    found.forget_after(100)
    assert steps(folder) == [100]
    assert not list(folder.glob("ckpt-[23]00*"))


def test_back_to_the_best(saved, folder):
    """It becomes one of the run's, from which a killed run would go on."""
    found, optimizer = saved
    found.restore_until(199)
    assert int(optimizer.iterations) == 150
    found.forget_after(150)
    assert steps(folder)[-1] == 150 and max(steps(folder)) == 150
    assert steps(folder / "best") == [150]
    found.restore_latest()
    assert int(optimizer.iterations) == 150


def test_no_room_names_the_file_and_leaves_none(tmp_path, monkeypatch):
    with pytest.raises(OSError, match="/dev/full.*No space left"):
        atomic.append_text("/dev/full", "x")
    path = tmp_path / "run.json"
    path.write_text("{}")

    def fail(*args, **kwargs):
        raise tf.errors.ResourceExhaustedError(None, None, "No space left")

    monkeypatch.setattr(tf.io.gfile, "rename", fail)
    with pytest.raises(OSError, match=f"{path}: No space left"):
        atomic.write_text(str(path), "{1}")
    assert [*tmp_path.iterdir()] == [path] and path.read_text() == "{}"


def test_only_names_that_writers_make_are_removed(tmp_path):
    (tmp_path / "best").mkdir()
    mine = [
        tmp_path / f"best/checkpoint.{'0f' * 16}.tmp",
        tmp_path / "ckpt-3_temp",
    ]
    others = [tmp_path / "run.json.tmp", tmp_path / "notes.0f.tmp"]
    mine[1].mkdir()
    for path in (mine[0], *others):
        path.write_text("")
    checkpoints.remove_unfinished(str(tmp_path))
    assert not any(path.exists() for path in mine)
    assert all(path.exists() for path in others)


def test_a_line_that_a_full_disk_cut_hides_no_event(tmp_path):
    folder = str(tmp_path)
    run_folder.add_event(folder, 1, "collapse")
    with (tmp_path / "events.jsonl").open("a") as file:
        file.write('{"step": 2, "ev')
    run_folder.add_event(folder, 3, "collapse")
    assert [row["step"] for row in run_folder.read_events(folder)] == [1, 3]
