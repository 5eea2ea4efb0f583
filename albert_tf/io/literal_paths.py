r"""Paths with [ ] * ? or \ in them, as sweep[lr=1e-3], for TensorFlow.

TensorFlow finds checkpoints and SavedModels by patterns: it writes to
sweep[lr=1e-3]/ckpt-1 and looks for it in a folder sweepl, sweepr or sweep=.
"""

import os
import re
import tempfile

_SPECIAL = re.compile(r"[\[\]*?\\]")

# Folders of links, which go when this process ends.
_links: list[tempfile.TemporaryDirectory] = []


def escape(path: str) -> str:
    """The pattern that matches this path only, for `tf.io.gfile.glob`."""
    return _SPECIAL.sub(r"\\\g<0>", path)


def readable(path: str) -> str:
    """A path by which TensorFlow reads what lies at `path`.

    Args:
        path: a folder, or what the names of a checkpoint's files start with.
    Returns:
        `path`, or where it would be taken as a pattern, the path of links to
        the same files, in the temporary folder (TMPDIR).
    Raises:
        ValueError: as `check`.
    """
    if not _SPECIAL.search(path):
        return path
    check(path)
    folder, name = os.path.split(os.path.abspath(path))
    links = tempfile.TemporaryDirectory(prefix="albert_tf_")
    _links.append(links)
    for file in os.listdir(folder):
        if file.startswith(name):
            os.symlink(
                os.path.join(folder, file),
                os.path.join(links.name, "link" + file.removeprefix(name)),
            )
    return os.path.join(links.name, "link")


def check(path: str) -> None:
    """Raises ValueError for a cloud path that TensorFlow cannot read back."""
    if "://" in path and _SPECIAL.search(path):
        raise ValueError(
            "A cloud path must not contain [ ] * ? or \\, which TensorFlow "
            f"takes as a pattern when it reads checkpoints. Received: {path}. "
            "Name another folder."
        )
