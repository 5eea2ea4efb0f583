"""Files on cloud storage, through fsspec: S3 and others that TensorFlow cannot
open, and ranges of all of them, Google Cloud Storage included.

TensorFlow opens gs://, but each of its reads that does not follow the last one
fetches a block of 64 MB, of which records need a kilobyte.

Source: tensorflow/core/platform/cloud/gcs_file_system.cc,
BufferedGcsRandomAccessFile.
"""

import random
import time
from collections.abc import Callable
from typing import Any

# Requests under way at a time.
REQUESTS = 64
_ATTEMPTS = 8
# Seconds before the second attempt, at most; each later wait may be twice as
# long, up to the longest. Waits are drawn, so that requests that failed
# together do not come back together.
_FIRST_WAIT, _LONGEST_WAIT = 0.1, 10.0
# Errors that another attempt does not mend.
_FINAL = (FileNotFoundError, IsADirectoryError, PermissionError)
# Clients give up a connection on which nothing arrives for so many seconds.
_STALLED = 10
_OPTIONS: dict[str, dict[str, Any]] = {
    "s3": {
        "config_kwargs": {
            "max_pool_connections": REQUESTS,
            "read_timeout": _STALLED,
        }
    }
}


def is_known(path: str) -> bool:
    """Whether fsspec knows the scheme of a path."""
    try:
        import fsspec
    except ImportError:
        return True  # `open_store` says what to install
    return _scheme(path) in fsspec.available_protocols()


def open_store(path: str) -> tuple[Any, str]:
    """The fsspec file system of a path, and the path's name in it.

    Raises:
        ImportError: the client of this storage is not installed.
        OSError: the storage cannot be reached.
    """
    scheme = _scheme(path)
    try:
        from fsspec import core

        return named(
            path, lambda: core.url_to_fs(path, **_OPTIONS.get(scheme, {}))
        )
    except ImportError as error:
        raise ImportError(
            f"Reading {scheme}:// must have a client of that storage. "
            f"Received: {path}, and {error}. Install it: "
            "pip install 'albert_tf[cloud]'"
        ) from None


def named(path: str, call: Callable[[], Any]) -> Any:
    """Calls a function of a client, and turns errors of kinds of its own into
    OSError with the path."""
    try:
        return call()
    except (OSError, ImportError):
        raise
    except Exception as error:
        raise _failed(path, error) from error


class Ranges:
    """Reads ranges of bytes of files of one storage.

    It is safe to use from several threads.

    Args:
        path: any file of the storage.
    """

    def __init__(self, path: str):
        self._store, _ = open_store(path)
        self._random = random.Random()

    def read(self, path: str, begin: int, size: int) -> bytes:
        """Reads `size` bytes from `begin` on, with several attempts.

        An attempt also fails if fewer bytes arrive, as after a reset.

        Raises:
            FileNotFoundError: there is no such file.
            OSError: all attempts failed.
        """
        if not size:
            return b""
        for attempt in range(_ATTEMPTS):
            if attempt:
                longest = min(_LONGEST_WAIT, _FIRST_WAIT * 2**attempt)
                time.sleep(self._random.uniform(0, longest))
            try:
                content = self._store.cat_file(
                    path, start=begin, end=begin + size
                )
            except _FINAL:
                raise
            except Exception as error:
                failure = error
                continue
            if len(content) == size:
                return content
            failure = OSError(f"{len(content)} bytes arrived")
        raise _failed(
            f"bytes {begin} to {begin + size} of {path}, after {_ATTEMPTS} "
            "attempts",
            failure,
        ) from failure


def _scheme(path: str) -> str:
    return path.split("://")[0]


def _failed(what: str, error: Exception) -> OSError:
    return OSError(
        f"Cloud storage must answer. Received: {what}: "
        f"{type(error).__name__}: {error}. Check the path, the credentials and "
        "the network; rerun the same command to resume."
    )
