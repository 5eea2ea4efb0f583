"""Models of Kaggle in kagglehub's cache, where keras-hub keeps them, too."""

import os
import pathlib
import re

from albert_tf.hub import kaggle_handle

# Marked, as kagglehub marks each whole file, once all that are needed are.
ALL = "albert_tf"


def name_of(path: str) -> str | None:
    """The address, with its version, that a path in the cache came from."""
    match = re.fullmatch(
        re.escape(_home()) + r"/((?:[\w.-]+/){4}\d+)(?:/.*)?", path
    )
    return match and f"kaggle://{match[1]}"


def size_of(path: str) -> str | None:
    """The key in `published_sizes.SIZES` of a published model in the cache,
    if its files do not have their sizes."""
    name = name_of(path)
    if name is None:
        return None
    return kaggle_handle.PUBLISHED.get(kaggle_handle.parse(name).name)


def _home() -> str:
    """Where kagglehub keeps models."""
    default = os.path.join(pathlib.Path.home(), ".cache", "kagglehub")
    return os.path.join(os.environ.get("KAGGLEHUB_CACHE", default), "models")


def folder(handle: kaggle_handle.Handle) -> str:
    """Where the files of a version are, or will be."""
    return os.path.join(_home(), str(handle))


def mark(handle: kaggle_handle.Handle, name: str) -> pathlib.Path:
    """What kagglehub writes once a file is whole."""
    marks = os.path.join(_home(), handle.name, ".complete")
    return pathlib.Path(marks, str(handle.version), f"{name}.complete")


def whole(handle: kaggle_handle.Handle) -> str | None:
    """The folder of a version, if all that is needed is in the cache."""
    path = folder(handle)
    is_marked = mark(handle, ALL).exists() or os.path.exists(
        f"{path}.complete"  # fetched by kagglehub alone, with all files
    )
    return path if is_marked and os.path.isdir(path) else None


def _versions(name: str) -> list[kaggle_handle.Handle]:
    """The whole versions of a model in the cache, in their order."""
    versions = [
        int(path.name)
        for path in pathlib.Path(_home(), name).glob("*")
        if path.name.isdecimal()
    ]
    handles = [kaggle_handle.Handle(name, n) for n in sorted(versions)]
    return [handle for handle in handles if whole(handle)]


def find(handle: kaggle_handle.Handle, reason: str) -> str:
    """The folder of a version in the cache, or of the newest one there.

    Args:
        handle: what is asked for.
        reason: why it cannot be fetched.
    Raises:
        FileNotFoundError: it is not in the cache.
    """
    found = [handle] if handle.version else _versions(handle.name)[-1:]
    path = whole(found[0]) if found else None
    if path:
        return path
    home = pathlib.Path(_home())
    held = [
        str(each)
        for path in sorted(home.glob("*/*/*/*"))
        for each in _versions(str(path.relative_to(home)))
    ]
    raise FileNotFoundError(
        f"kaggle://{handle} must be within reach, or in the cache. Received: "
        f"{reason}, and no whole copy in {home}, which holds "
        f"{', '.join(held) or 'no models'}. With a network, run the same "
        f"command; or copy {home / handle.name} from a machine that has it."
    )
