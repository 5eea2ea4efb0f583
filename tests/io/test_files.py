"""Files that are whole or not there, and what is said without room for them."""

import contextlib
import os
import resource

import commands
import pytest

from data_pipeline.commands import command_line
from data_pipeline.io import files
from data_pipeline.io import folder_lock
from data_pipeline.pretraining.building import build
from data_pipeline.pretraining.records import tfrecords
from data_pipeline.text import tokenizers


@contextlib.contextmanager
def largest_file(size):
    """As a disk that is full: no file may be larger."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def hold(folder, what):
    with folder_lock.hold(folder, what):
        pass


def files_in(folder):
    return [path.name for path in folder.rglob("*") if path.is_file()]


def test_a_file_is_whole_or_as_it_was(tmp_path):
    path = tmp_path / "file"
    files.write(str(path), b"old")
    for error in (ValueError, KeyboardInterrupt):
        with pytest.raises(error):
            with files.whole(str(path)) as file:
                file.write(b"new")
                assert path.read_bytes() == b"old"
                raise error
        assert files_in(tmp_path) == ["file"]
    assert path.read_bytes() == b"old"
    with files.whole(str(path), "w") as file:
        file.write("nëu")
    assert path.read_text() == "nëu" and files_in(tmp_path) == ["file"]


def test_two_writers_of_one_file_do_not_meet(tmp_path):
    path = str(tmp_path / "file")
    with files.whole(path) as first, files.whole(path) as second:
        first.write(b"first")
        second.write(b"second")
    assert files.read(path) == b"first"  # which was done last
    assert files_in(tmp_path) == ["file"]


def test_a_folder_that_cannot_be_written_to_is_named(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(OSError, match="file/out'$") as error:
        files.write(str(tmp_path / "file/out"), b"")
    assert isinstance(error.value, NotADirectoryError)


def test_only_unfinished_files_are_removed(tmp_path):
    others = ["a.tmp", "a.txt.0123.tmp", f"{'0' * 32}.tmp", "a.txt"]
    for name in others:
        (tmp_path / name).touch()
    (tmp_path / os.path.basename(files.unfinished_name("a.txt"))).touch()
    files.remove_unfinished(str(tmp_path))
    assert sorted(files_in(tmp_path)) == sorted(others)


def test_a_full_disk_is_named_by_what_writes(tmp_path, make_job, vocabulary):
    tokenizer = tokenizers.load(vocabulary)
    folder = tmp_path / "out"
    for write in (
        lambda: files.write(str(folder / "x"), b"x" * 9999),
        lambda: tokenizer.save(folder),
        lambda: hold(folder, "y" * 999),
        lambda: tfrecords.write_shard(
            str(folder / "x.tfrecord"), [(b"x" * 9999, 5)]
        ),
        lambda: build.build(make_job(), str(folder)),
    ):
        folder.mkdir(exist_ok=True)
        with largest_file(700):
            with pytest.raises(OSError, match=str(folder)) as error:
                write()
        message = command_line._message(error.value)
        assert message.startswith("There must be enough space"), message
        assert "File too large: '" in message and "df -h" in message
        assert "x.tfrecord" not in files_in(folder)
        assert not any(name.endswith(".tmp") for name in files_in(folder))
    # Once there is room, the same build goes on.
    assert build.build(make_job(), str(folder)).counts["records"]


@pytest.mark.parametrize("command", ["corpora", "train_vocab"])
def test_a_command_says_that_there_is_no_room(tmp_path, corpus, command):
    package = {"corpora": "pretraining.", "train_vocab": "text."}[command]
    flags = {"input_file": corpus, "output_dir": tmp_path / "out"}
    if command == "train_vocab":
        flags["vocab_size"] = 70
    with largest_file(700):
        message = commands.run(f"data_pipeline.{package}{command}", **flags)
    assert message.startswith("Error: There must be enough space"), message
    assert str(tmp_path / "out") in message
    assert not files_in(tmp_path)


def test_too_little_memory_is_an_error_of_the_user():
    error = MemoryError("Unable to allocate 9 GiB")
    assert command_line._is_user_error(error)
    message = command_line._message(error)
    assert "allocate 9 GiB" in message and "fewer processes" in message


@pytest.mark.parametrize(
    "command, more",
    [
        ("pretraining.corpora", {}),
        ("text.train_vocab", {"vocab_size": 70}),
        ("pretraining.create_pretraining_data", {"spm_model_file": None}),
    ],
)
def test_one_command_at_a_time_in_a_folder(
    tmp_path, corpus, vocabulary, command, more
):
    if "spm_model_file" in more:
        more["spm_model_file"] = vocabulary
    with folder_lock.hold(tmp_path / "out", "trying things"):
        message = commands.run(
            f"data_pipeline.{command}",
            input_file=corpus,
            output_dir=tmp_path / "out",
            **more,
        )
    assert f"held by process {os.getpid()} on " in message
    assert "trying things" in message
    assert not files_in(tmp_path)
