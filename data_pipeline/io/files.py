"""Files on any path: local paths by Python, others by tf.io.gfile or, where
TensorFlow does not know the storage, as in s3://, by fsspec.

TensorFlow is imported only when a path such as gs://bucket/file needs it. That
takes about 4 seconds, more than a worker process or a command on a small text
needs for everything else.
"""

import builtins
import contextlib
import errno
import glob as local_glob
import os
import re
import shutil
import uuid
from collections.abc import Iterator
from typing import IO
from typing import Any

from data_pipeline.io import stored_files

# Errors of a full disk or quota.
NO_ROOM = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


def is_local(path: str) -> bool:
    return "://" not in path


def open(path: str, mode: str = "rb") -> IO:
    """Opens a file, with the modes of Python's `open`. Text is UTF-8."""
    if is_local(path):
        encoding = None if "b" in mode else "utf-8"
        return builtins.open(path, mode, encoding=encoding)
    return _gfile(path).GFile(path, mode)


def glob(pattern: str) -> list[str]:
    """The paths that match, sorted.

    A path that exists stands for itself, even if its name contains *, ? or
    brackets. So do folders at the start of a pattern, as in
    sweep[lr=1e-3]/*.tfrecord.
    """
    literal, rest = _literal_start(pattern)
    if is_local(pattern):
        return sorted(local_glob.glob(local_glob.escape(literal) + rest))
    literal = re.sub(r"[\[\]*?\\]", r"\\\g<0>", literal)
    return sorted(_gfile(pattern).glob(literal + rest))


def _literal_start(pattern: str) -> tuple[str, str]:
    """Splits a pattern after the folders that exist by that very name."""
    start = 0
    for end in [*(m.start() for m in re.finditer("/", pattern)), len(pattern)]:
        part = pattern[start:end]
        if re.search(r"[\[\]*?\\]", part) and not exists(pattern[:end]):
            return pattern[:start], pattern[start:]
        start = end
    return pattern, ""


def exists(path: str) -> bool:
    return os.path.exists(path) if is_local(path) else _gfile(path).exists(path)


def is_folder(path: str) -> bool:
    return os.path.isdir(path) if is_local(path) else _gfile(path).isdir(path)


def size(path: str) -> int:
    """The size of a file in bytes."""
    if is_local(path):
        return os.path.getsize(path)
    return _gfile(path).stat(path).length


def changed(path: str) -> float:
    """When a file was last written, in seconds, by the file system's clock."""
    if is_local(path):
        return os.stat(path).st_mtime
    return _gfile(path).stat(path).mtime_nsec / 1e9


def names(folder: str) -> list[str]:
    """The names in a folder, sorted; empty if there is no such folder."""
    if not is_folder(folder):
        return []
    if is_local(folder):
        return sorted(os.listdir(folder))
    return sorted(name.rstrip("/") for name in _gfile(folder).listdir(folder))


def make_folder(path: str) -> None:
    if is_local(path):
        os.makedirs(path, exist_ok=True)
    else:
        _gfile(path).makedirs(path)


def rename(source: str, target: str) -> None:
    """Moves a file, replacing what is at `target`."""
    if is_local(source) and is_local(target):
        os.replace(source, target)
    else:
        _gfile(source).rename(source, target, overwrite=True)


def remove(path: str) -> None:
    """Removes a file, if it exists."""
    if exists(path):
        os.remove(path) if is_local(path) else _gfile(path).remove(path)


def remove_folder(path: str) -> None:
    """Removes a folder and everything in it, if it exists."""
    if exists(path):
        shutil.rmtree(path) if is_local(path) else _gfile(path).rmtree(path)


def read(path: str) -> bytes:
    with open(path, "rb") as file:
        return file.read()


def write(path: str, content: bytes) -> None:
    """Writes a file, completely or not at all."""
    with whole(path) as file:
        file.write(content)


@contextlib.contextmanager
def whole(path: str, mode: str = "wb") -> Iterator[IO]:
    """Opens a file for writing that gets its name once it is complete.

    If an exception is raised in between, no file is left.

    Raises:
        OSError: the file cannot be written; the error names it.
    """
    unfinished = unfinished_name(path)
    try:
        with open(unfinished, mode) as file:
            yield file
        rename(unfinished, path)
    except BaseException as error:
        with contextlib.suppress(Exception):  # the first error matters more
            remove(unfinished)
        # `write` and `close` raise errors of a full disk that name no file.
        if isinstance(error, OSError) and (
            error.filename == unfinished
            or (error.filename is None and error.errno in NO_ROOM)
        ):
            raise OSError(error.errno, error.strerror, path) from None
        raise


def unfinished_name(path: str) -> str:
    """A name for a file until it is complete. No other process uses it, on this
    machine or another."""
    return f"{path}.{uuid.uuid4().hex}.tmp"


def is_unfinished(name: str) -> bool:
    """Whether `unfinished_name` made this name."""
    return bool(re.fullmatch(r".+\.[0-9a-f]{32}\.tmp", name))


def remove_unfinished(folder: str) -> None:
    """Removes the incomplete files that killed processes left in a folder.

    Only the process that holds the folder may call this (see `folder_lock`).
    """
    for name in names(folder):
        if is_unfinished(name):
            remove(os.path.join(folder, name))


def _gfile(path: str) -> Any:
    """tf.io.gfile, or functions of the same names for other storage."""
    scheme, separator, _ = path.partition("://")
    # A server of one's own, which TensorFlow cannot be told of.
    if scheme == "gs" and os.environ.get("STORAGE_EMULATOR_HOST"):
        return stored_files
    import tensorflow as tf

    if not separator or scheme in tf.io.gfile.get_registered_schemes():
        return tf.io.gfile
    return stored_files
