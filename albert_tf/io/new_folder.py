"""Creates folders completely or not at all."""

import contextlib
import errno
import glob
import os
import re
import uuid
from collections.abc import Iterator

import tensorflow as tf
from absl import logging

# Messages of a full disk. Libraries raise their own exceptions, so these are
# searched for in the text.
_NO_ROOM = tuple(
    os.strerror(number) for number in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
)


# Unfinished folders that this process is writing to.
in_work: set[str] = set()


class NoRoomError(OSError):
    """A disk is full."""


@contextlib.contextmanager
def create(path: str | os.PathLike) -> Iterator[str]:
    """Gives a temporary folder to write to and renames it at the end.

    The temporary name is unique. The folder is removed if an exception is
    raised.

    Raises:
        FileExistsError: `path` exists.
        NoRoomError: the disk is full.
    """
    path = os.fspath(path).rstrip("/")
    _check_new(path)
    _say_what_was_left(path)
    unfinished = f"{path}.{uuid.uuid4().hex}.tmp"
    in_work.add(unfinished)
    tf.io.gfile.makedirs(unfinished)
    try:
        with room(path, unfinished):
            yield unfinished
        _check_new(path)  # it may have been created meanwhile
        tf.io.gfile.rename(unfinished, path)
    except BaseException:
        with contextlib.suppress(tf.errors.OpError):  # the error says more
            tf.io.gfile.rmtree(unfinished)
        raise
    finally:
        in_work.discard(unfinished)


@contextlib.contextmanager
def room(path: str, unfinished: str | None = None) -> Iterator[None]:
    """Turns any library's error about a full disk into NoRoomError.

    Args:
        path: path of the output, for the message.
        unfinished: temporary path of the output.
    Raises:
        NoRoomError: the disk is full.
    """
    try:
        yield
    except NoRoomError:
        raise
    except Exception as error:
        if not any(text in str(error) for text in _NO_ROOM):
            raise
        what = str(error).replace(unfinished or path, path)
        raise NoRoomError(
            "An output must fit on its disk. Received: "
            f"{path}: {what:.300}. Make room, or name another path."
        ) from None


def _check_new(path: str) -> None:
    if tf.io.gfile.exists(path):
        raise FileExistsError(
            "Nothing is overwritten: the output must not exist yet. Received: "
            f"{path}, which exists. Remove it or name another path."
        )


def _say_what_was_left(path: str) -> None:
    """Warns about temporary folders of other processes, killed or running."""
    left = [
        other
        for other in glob.glob(f"{glob.escape(path)}.*.tmp")
        if re.fullmatch(r"\.[0-9a-f]{32}\.tmp", other.removeprefix(path))
    ]
    if left:
        logging.warning(
            "Unfinished outputs lie beside %s: %s. Remove them unless a "
            "process is still writing there.",
            path,
            ", ".join(left),
        )
