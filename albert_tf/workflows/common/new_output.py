"""What a command will write: possible, and nobody else's, before it begins."""

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
    """Keeps other processes from writing what does not exist yet.

    Args:
        path: of a file or folder.
        flag: that names it.
        what: what is done, such as "exporting".
    Raises:
        FileExistsError: something lies there.
        BlockingIOError: another process writes it.
        OSError: it cannot be made there.
    """
    outputs.check_new(path, flag)
    folder = os.path.dirname(path.rstrip("/")) or "."
    with (
        outputs.made_for_now(folder),
        folder_lock.hold_name(path, what),
        interrupts.at_end(lambda: _give_up(path)),
    ):
        # The one that held it before may have written it by now.
        outputs.check_new(path, flag)
        yield


def _give_up(path: str) -> None:
    """Leaves nothing behind, where the process ends without waiting."""
    for folder in tuple(new_folder.in_work):
        shutil.rmtree(folder, ignore_errors=True)
    files.remove(path.rstrip("/") + folder_lock.FILE_NAME)
