"""Writes files completely or not at all."""

import contextlib
import os
import re
import uuid
from collections.abc import Iterator

import tensorflow as tf

_UNFINISHED = re.compile(r".+\.[0-9a-f]{32}\.tmp")


def write_text(path: str, text: str) -> None:
    """Writes a file under a temporary name and renames it at the end.

    Raises:
        OSError: the file cannot be written.
    """
    unfinished = f"{path}.{uuid.uuid4().hex}.tmp"
    with named(path):
        try:
            with tf.io.gfile.GFile(unfinished, "w") as file:
                file.write(text)
            tf.io.gfile.rename(unfinished, path, overwrite=True)
        except BaseException:
            with contextlib.suppress(tf.errors.OpError):  # it may not exist
                tf.io.gfile.remove(unfinished)
            raise


def append_text(path: str, text: str) -> None:
    """Appends to a file; raises OSError if that fails."""
    with named(path), tf.io.gfile.GFile(path, "a") as file:
        file.write(text)


def remove_unfinished(folder: str) -> None:
    """Removes unfinished files of killed processes from a folder.

    No other process may be writing to the folder.
    """
    for name in tf.io.gfile.listdir(folder):
        if _UNFINISHED.fullmatch(name):
            tf.io.gfile.remove(os.path.join(folder, name))


@contextlib.contextmanager
def named(path: str) -> Iterator[None]:
    """Replaces TensorFlow's errors by OSError that names the path."""
    try:
        yield
    except tf.errors.OpError as error:
        said = " ".join(error.message.split())
        raise OSError(
            "It must be possible to write a run's files. Received: "
            f"{path}: {said}. Everything saved earlier is safe: make room, and "
            "rerun the same command."
        ) from None
