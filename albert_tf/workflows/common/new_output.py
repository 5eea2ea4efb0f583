"""Checks and reserves the output of a command before the command starts."""

import contextlib
import os
import shutil
from collections.abc import Iterator

from albert_tf.io import new_folder
from data_pipeline.io import files
from data_pipeline.io import folder_lock
from data_pipeline.io import interrupts
from data_pipeline.io import outputs


@contextlib.contextmanager
def hold(path: str, flag: str, what: str) -> Iterator[None]:
    """Keeps other processes from writing a new file or folder while open.

    Args:
        path: the file or folder, which must not exist yet.
        flag: the flag that names it.
        what: what this process does, such as "exporting".
    Raises:
        FileExistsError: the path exists.
        BlockingIOError: another process is writing it.
        OSError: it cannot be created.
    """
    outputs.check_new(path, flag)
    folder = os.path.dirname(path.rstrip("/")) or "."
    with (
        outputs.made_for_now(folder),
        folder_lock.hold_name(path, what),
        interrupts.at_end(lambda: _give_up(path)),
    ):
        # The process that held the lock before may have written it.
        outputs.check_new(path, flag)
        yield


def _give_up(path: str) -> None:
    """Removes unfinished output if the process is about to end."""
    for folder in tuple(new_folder.in_work):
        shutil.rmtree(folder, ignore_errors=True)
    files.remove(path.rstrip("/") + folder_lock.FILE_NAME)
