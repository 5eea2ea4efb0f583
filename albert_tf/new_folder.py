"""A folder that appears when it is whole, or not at all."""

import contextlib
import os
from collections.abc import Iterator

import tensorflow as tf


@contextlib.contextmanager
def create(path: str | os.PathLike) -> Iterator[str]:
    """Gives a folder to write to, which gets its name at the end.

    Raises:
        FileExistsError: something lies at `path`.
    """
    path = os.fspath(path).rstrip("/")
    if tf.io.gfile.exists(path):
        raise FileExistsError(
            "Nothing is overwritten: the output must not exist yet. Received: "
            f"{path}, which exists. Remove it or name another."
        )
    unfinished = path + ".tmp"
    if tf.io.gfile.exists(unfinished):
        tf.io.gfile.rmtree(unfinished)
    tf.io.gfile.makedirs(unfinished)
    try:
        yield unfinished
        tf.io.gfile.rename(unfinished, path)
    except BaseException:
        tf.io.gfile.rmtree(unfinished)
        raise
