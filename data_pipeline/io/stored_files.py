"""What `files` needs of tf.io.gfile, under its names, for storage that only
fsspec opens."""

from typing import IO
from typing import NamedTuple

from data_pipeline.io import object_stores


class Stat(NamedTuple):
    """Facts about a file: its bytes, and when it was written, in ns."""

    length: int
    mtime_nsec: int


def GFile(path: str, mode: str) -> IO:
    store, name = object_stores.open_store(path)
    encoding = {} if "b" in mode else {"encoding": "utf-8"}
    return object_stores.named(path, lambda: store.open(name, mode, **encoding))


def glob(pattern: str) -> list[str]:
    store, name = object_stores.open_store(pattern)
    found = object_stores.named(pattern, lambda: store.glob(name))
    scheme = pattern.split("://")[0]
    return [f"{scheme}://{path}" for path in found]


def exists(path: str) -> bool:
    store, name = object_stores.open_store(path)
    return object_stores.named(path, lambda: store.exists(name))


def isdir(path: str) -> bool:
    store, name = object_stores.open_store(path)
    return object_stores.named(path, lambda: store.isdir(name))


def stat(path: str) -> Stat:
    store, name = object_stores.open_store(path)
    info = object_stores.named(path, lambda: store.info(name))
    written = info.get("LastModified") or info.get("mtime")
    seconds = getattr(written, "timestamp", lambda: written or 0)()
    return Stat(info["size"], int(seconds * 1e9))


def listdir(folder: str) -> list[str]:
    store, name = object_stores.open_store(folder)
    found = object_stores.named(folder, lambda: store.ls(name, detail=False))
    names = [path.rstrip("/").split("/")[-1] for path in found]
    return [each for each in names if each]


def makedirs(path: str) -> None:
    store, name = object_stores.open_store(path)
    object_stores.named(path, lambda: store.makedirs(name, exist_ok=True))


def rename(source: str, target: str, overwrite: bool) -> None:
    del overwrite  # as on all of these
    store, name = object_stores.open_store(source)
    _, new_name = object_stores.open_store(target)
    object_stores.named(source, lambda: store.mv(name, new_name))


def remove(path: str) -> None:
    store, name = object_stores.open_store(path)
    object_stores.named(path, lambda: store.rm_file(name))


def rmtree(path: str) -> None:
    store, name = object_stores.open_store(path)
    object_stores.named(path, lambda: store.rm(name, recursive=True))
