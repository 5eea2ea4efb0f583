"""Folders that are there whole or not at all, whoever else is at work."""

import os
import resource

import numpy as np
import pytest
import tensorflow as tf

import albert_tf
from albert_tf import models
from albert_tf.interop import convert
from albert_tf.interop import tensorflow_checkpoint
from albert_tf.io import new_folder


@pytest.fixture
def no_room():
    """Files end at 4 kB, as on a disk that is full by then."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (4096, before[1]))
    yield
    resource.setrlimit(resource.RLIMIT_FSIZE, before)


@pytest.fixture
def checkpoint(sizes, tmp_path):
    model = albert_tf.AlbertClassifier(
        albert_tf.AlbertConfig(**sizes), num_classes=2
    )
    folder = tmp_path / "checkpoint"
    folder.mkdir()
    tensorflow_checkpoint.write(
        model.config,
        {k: v.numpy() for k, v in models.named_weights(model).items()},
        str(folder),
    )
    return folder


def test_nothing_of_others_is_removed(tmp_path):
    others = tmp_path / "out.tmp"
    others.mkdir()
    (others / "mine").touch()
    with new_folder.create(tmp_path / "out") as unfinished:
        with open(os.path.join(unfinished, "file"), "w"):
            pass
        with pytest.raises(RuntimeError):
            with new_folder.create(tmp_path / "out"):
                raise RuntimeError
        assert os.path.exists(os.path.join(unfinished, "file"))
    assert (others / "mine").exists()
    assert os.listdir(tmp_path / "out") == ["file"]
    assert sorted(os.listdir(tmp_path)) == ["out", "out.tmp"]


def test_a_folder_that_came_in_the_meantime_stays(tmp_path):
    with pytest.raises(FileExistsError, match="must not exist yet"):
        with new_folder.create(tmp_path / "out"):
            (tmp_path / "out").mkdir()
    assert os.listdir(tmp_path) == ["out"]


@pytest.mark.parametrize("error", [KeyboardInterrupt, SystemExit, ValueError])
def test_nothing_is_left_of_what_was_stopped(tmp_path, error):
    with pytest.raises(error):
        with new_folder.create(tmp_path / "o[ut]") as unfinished:
            os.makedirs(os.path.join(unfinished, "variables"))
            raise error
    assert os.listdir(tmp_path) == []


def test_what_a_killed_process_left_is_named(tmp_path, caplog):
    left = tmp_path / f"o[ut].{'0' * 32}.tmp"
    left.mkdir()
    with new_folder.create(tmp_path / "o[ut]"):
        pass
    assert str(left) in caplog.text and left.exists()


@pytest.mark.parametrize("to", ["google", "huggingface", "albert_tf"])
def test_a_full_disk_while_converting(checkpoint, tmp_path, no_room, to):
    with pytest.raises(new_folder.NoRoomError) as full:
        convert.convert(checkpoint, tmp_path / "out", to)
    message = str(full.value)
    assert f"must fit on its disk. Received: {tmp_path}/out: " in message
    assert "File too large" in message and ".tmp" not in message
    assert os.listdir(tmp_path) == ["checkpoint"]


def saved_model(folder):
    module = tf.Module()
    module.variable = tf.Variable(np.ones(9999, np.float32))
    tf.saved_model.save(module, folder)


def plain_file(folder):
    with open(os.path.join(folder, "float32.tflite"), "wb") as file:
        file.write(bytes(9999))


def cloud_file(folder):
    with tf.io.gfile.GFile(os.path.join(folder, "file"), "wb") as file:
        file.write(bytes(9999))


@pytest.mark.parametrize("write", [saved_model, plain_file, cloud_file])
def test_a_full_disk_while_exporting(tmp_path, no_room, write):
    with pytest.raises(new_folder.NoRoomError, match="File too large"):
        with new_folder.create(tmp_path / "out") as folder:
            write(folder)
    assert os.listdir(tmp_path) == []


def test_other_errors_stay_themselves(tmp_path):
    with pytest.raises(ValueError, match="^other$"):
        with new_folder.create(tmp_path / "out"):
            raise ValueError("other")


def test_a_conversion_is_whole(checkpoint, tmp_path):
    convert.convert(checkpoint, tmp_path / "out", "huggingface")
    values = [
        models.named_weights(albert_tf.load(path))["classifier/bias"].numpy()
        for path in (checkpoint, tmp_path / "out")
    ]
    np.testing.assert_array_equal(*values)
