"""Where a command will write is looked at before it works for minutes.

What is tried leaves nothing behind.
"""

import contextlib
import os
from collections.abc import Iterator

from data_pipeline.io import files


def check_new(path: str, flag: str) -> None:
    """Of a file or folder that nothing may lie in the place of.

    Args:
        path: may be a cloud path.
        flag: that names it, for messages.
    Raises:
        FileExistsError: something lies there.
        OSError: it cannot be made there.
    """
    # A link that leads nowhere exists too.
    if files.exists(path) or (files.is_local(path) and os.path.islink(path)):
        raise FileExistsError(
            "Nothing is overwritten: the output must not exist yet. Received: "
            f"{flag}={path}, which exists. Remove it or name another place."
        )
    _try(os.path.dirname(path.rstrip("/")), path, flag)


def refuse_to_overwrite(path: str) -> None:
    if files.exists(path):
        raise FileExistsError(
            f"Nothing is overwritten: an output must be new. Received: {path}, "
            "which is there already. Remove it or name another place."
        )


def check_file(path: str, flag: str) -> None:
    """Of a file that is replaced if it is there; Raises OSError."""
    if files.is_folder(path):
        raise IsADirectoryError(
            "The output must be a file. Received: "
            f"{flag}={path}, which is a folder. Name a file in it."
        )
    _try(os.path.dirname(path), path, flag)


def check_folder(path: str, flag: str) -> None:
    """Of a folder that files go into, whatever else it has; Raises OSError."""
    _try(path, path, flag)


def _try(folder: str, path: str, flag: str) -> None:
    """Makes the folder if it is missing, writes a file, and undoes both."""
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
    """A folder, with those above it, that go at the end if they are empty and
    were not there before."""
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
