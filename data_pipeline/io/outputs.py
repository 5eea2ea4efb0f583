"""Checks that a command can write its output, before it works for minutes.

The checks leave nothing behind.
"""

import contextlib
import os
from collections.abc import Iterator

from data_pipeline.io import files


def check_new(path: str, flag: str) -> None:
    """Checks an output, file or folder, that must not exist yet.

    Args:
        path: may be a cloud path.
        flag: name of the flag that gives it, for messages.
    Raises:
        FileExistsError: it exists.
        OSError: it cannot be created.
    """
    # A broken link counts as existing.
    if files.exists(path) or (files.is_local(path) and os.path.islink(path)):
        raise FileExistsError(
            "Nothing is overwritten: the output must not exist yet. Received: "
            f"{flag}={path}, which exists. Remove it or name another place."
        )
    _try(os.path.dirname(path.rstrip("/")), path, flag)


def refuse_to_overwrite(path: str) -> None:
    """Raises FileExistsError if a path exists."""
    if files.exists(path):
        raise FileExistsError(
            f"Nothing is overwritten: an output must be new. Received: {path}, "
            "which exists. Remove it or name another place."
        )


def check_file(path: str, flag: str) -> None:
    """Checks an output file, which may be replaced; raises OSError."""
    if files.is_folder(path):
        raise IsADirectoryError(
            "The output must be a file. Received: "
            f"{flag}={path}, which is a folder. Name a file in it."
        )
    _try(os.path.dirname(path), path, flag)


def check_folder(path: str, flag: str) -> None:
    """Checks an output folder, which may hold other files; raises OSError."""
    _try(path, path, flag)


def _try(folder: str, path: str, flag: str) -> None:
    """Makes the folder if it is missing, writes a file, and removes both."""
    folder = folder or "."
    try:
        with made_for_now(folder):
            probe = files.unfinished_name(os.path.join(folder, "probe"))
            try:
                with files.open(probe, "wb") as file:
                    file.write(b"probe")
            finally:
                files.remove(probe)
    except OSError as error:
        raise OSError(
            "The output must be in a place that can be written to. Received: "
            f"{flag}={path}, and {error.filename or folder}: {error.strerror}. "
            "Name another place."
        ) from None


@contextlib.contextmanager
def made_for_now(folder: str) -> Iterator[None]:
    """Makes a folder and those above it; at the end, removes those of the new
    folders that are empty."""
    missing = []
    if files.is_local(folder):
        above = os.path.abspath(folder)
        while not os.path.lexists(above):
            missing.append(above)
            above = os.path.dirname(above)
    try:
        files.make_folder(folder)
        yield
    finally:
        for place in missing:
            with contextlib.suppress(OSError):  # not empty, or not made
                os.rmdir(place)
