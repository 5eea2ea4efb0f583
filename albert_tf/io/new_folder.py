"""A folder that appears when it is whole, or not at all."""

import contextlib
import errno
import glob
import os
import re
import uuid
from collections.abc import Iterator

import tensorflow as tf
from absl import logging

# What a write that finds no room ends with. Libraries say it in their own
# exceptions, so it is looked for in their text.
_NO_ROOM = tuple(
    os.strerror(number) for number in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
)


# Folders that this process is writing to.
in_work: set[str] = set()


class NoRoomError(OSError):
    """A disk is full."""


@contextlib.contextmanager
def create(path: str | os.PathLike) -> Iterator[str]:
    """Gives a folder to write to, which gets its name at the end.

    Until then its name is that of no other process. It goes if anything is
    raised.

    Raises:
        FileExistsError: something lies at `path`.
        NoRoomError: there is no room on the disk.
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
        _check_new(path)  # made in the meantime
        tf.io.gfile.rename(unfinished, path)
    except BaseException:
        with contextlib.suppress(tf.errors.OpError):  # the error says more
            tf.io.gfile.rmtree(unfinished)
        raise
    finally:
        in_work.discard(unfinished)


@contextlib.contextmanager
def room(path: str, unfinished: str | None = None) -> Iterator[None]:
    """Turns the errors of a full disk, by any library, into one.

    Args:
        path: what is written, for the message.
        unfinished: what it is called until it is whole.
    Raises:
        NoRoomError: there is no room.
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
            f"{path}, and {what:.300}. Make room, or name another place."
        ) from None


def _check_new(path: str) -> None:
    if tf.io.gfile.exists(path):
        raise FileExistsError(
            "Nothing is overwritten: the output must not exist yet. Received: "
            f"{path}, which exists. Remove it or name another."
        )


def _say_what_was_left(path: str) -> None:
    """Names folders of processes that were killed, or are still at work."""
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
