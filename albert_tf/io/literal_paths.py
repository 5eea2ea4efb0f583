r"""Paths that contain [ ] * ? or \, such as sweep[lr=1e-3], for TensorFlow.

TensorFlow finds checkpoints and SavedModels by patterns: it writes to
sweep[lr=1e-3]/ckpt-1, but then looks in folders sweepl, sweepr or sweep=.
"""

import os
import re
import tempfile

_SPECIAL = re.compile(r"[\[\]*?\\]")

# Folders of links, which are removed when the process ends.
_links: list[tempfile.TemporaryDirectory] = []


def escape(path: str) -> str:
    """The pattern for `tf.io.gfile.glob` that matches only this path."""
    return _SPECIAL.sub(r"\\\g<0>", path)


def readable(path: str) -> str:
    """A path from which TensorFlow can read the files at `path`.

    Args:
        path: a folder, or the prefix of a checkpoint's files.
    Returns:
        `path`, or if TensorFlow would treat it as a pattern, the path of links
        to the same files in the temporary folder (TMPDIR).
    Raises:
        ValueError: as in `check`.
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
    """Raises ValueError for a cloud path that TensorFlow cannot read."""
    if "://" in path and _SPECIAL.search(path):
        raise ValueError(
            "A cloud path must not contain [ ] * ? or \\, which TensorFlow "
            "treats as a pattern when it reads checkpoints. Received: "
            f"{path}. Name another folder."
        )
