"""Files that are there whole or not at all."""

import contextlib
import os
import re
import uuid
from collections.abc import Iterator

import tensorflow as tf

_UNFINISHED = re.compile(r".+\.[0-9a-f]{32}\.tmp")


def write_text(path: str, text: str) -> None:
    """Writes a file under another name and gives it its own at the end.

    Raises:
        OSError: it cannot be written.
    """
    unfinished = f"{path}.{uuid.uuid4().hex}.tmp"
    with named(path):
        try:
            with tf.io.gfile.GFile(unfinished, "w") as file:
                file.write(text)
            tf.io.gfile.rename(unfinished, path, overwrite=True)
        except BaseException:
            with contextlib.suppress(tf.errors.OpError):  # it is not there
                tf.io.gfile.remove(unfinished)
            raise


def append_text(path: str, text: str) -> None:
    """Adds to the end of a file; raises OSError where that is not possible."""
    with named(path), tf.io.gfile.GFile(path, "a") as file:
        file.write(text)


def remove_unfinished(folder: str) -> None:
    """Removes what killed writers left; for who alone writes there."""
    for name in tf.io.gfile.listdir(folder):
        if _UNFINISHED.fullmatch(name):
            tf.io.gfile.remove(os.path.join(folder, name))


@contextlib.contextmanager
def named(path: str) -> Iterator[None]:
    """Raises OSError that names the path, in place of TensorFlow's."""
    try:
        yield
    except tf.errors.OpError as error:
        said = " ".join(error.message.split())
        raise OSError(
            f"A run's files must fit where they are. Received: {path}, and "
            f"{said}. Everything that was saved before is safe: make room, and "
            "run the same command again."
        ) from None
