"""What a command will write: possible, and nobody else's, before it begins."""

import contextlib
import os
from collections.abc import Iterator

from data_pipeline import folder_lock
from data_pipeline import outputs


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
    with outputs.made_for_now(folder), folder_lock.hold_name(path, what):
        # The one that held it before may have written it by now.
        outputs.check_new(path, flag)
        yield
