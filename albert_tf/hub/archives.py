"""Weights in an archive on the web, unpacked into Keras' cache."""

import hashlib
import json
import os
import re
import tarfile
import urllib.parse
import zipfile
from typing import NamedTuple

import keras
from absl import logging

from albert_tf.hub import digests
from albert_tf.io import json_file
from albert_tf.io import new_folder

# Beneath Keras' home, where Keras keeps its own downloads.
_CACHE = os.path.join("models", "albert_tf")
_HASH = "#sha256="
_ORIGIN = ".origin.json"  # beside the folder of an archive


class Address(NamedTuple):
    """An http(s) address, and the SHA-256 that the file there must have."""

    url: str
    sha256: str | None


def parse(address: str) -> Address:
    """Reads https://...[#sha256=<64 hex digits>].

    Raises:
        ValueError: what follows #sha256= is no SHA-256.
    """
    url, mark, sha256 = address.partition(_HASH)
    if mark and not re.fullmatch(r"[0-9a-f]{64}", sha256):
        raise ValueError(
            "A SHA-256 must have 64 hexadecimal digits, in lower case. "
            f"Received: {address}."
        )
    return Address(url, sha256 or None)


def cached(url: str) -> str:
    """The folder that an archive is unpacked to, whether it is there or not."""
    name = os.path.basename(urllib.parse.urlsplit(url).path)
    name = re.sub(r"\.(tar\.\w+|tgz|tar|zip)$", "", name)
    mark = hashlib.sha256(url.encode()).hexdigest()[:8]
    return os.path.join(_home(), f"{name}-{mark}")


def fetch(address: str, is_offline: bool) -> str:
    """Downloads and unpacks an archive, unless that was done before.

    Args:
        address: see `parse`; the file is a tar or zip archive.
        is_offline: whether only the cache may be used.
    Returns:
        the folder with its files, below folders that hold only a folder.
    Raises:
        ValueError: the file is no archive, has paths outside its folder, or
            has another SHA-256.
        OSError: there is no such file, or no connection.
    """
    url, sha256 = parse(address)
    folder = cached(url)
    if not os.path.isdir(folder):
        if is_offline:
            raise FileNotFoundError(
                f"{url} must have been fetched before it is used offline. "
                f"Received: no {folder}. Run the same command with a network, "
                "or copy that folder, and the file beside it, from a machine "
                "that has one."
            )
        logging.info("Fetching %s into %s.", url, folder)
        os.makedirs(os.path.dirname(folder), exist_ok=True)
        with new_folder.create(folder) as unfinished:
            path = _download(url, unfinished)
            found = digests.sha256(path)
            _check(url, found, sha256)
            _unpack(path, unfinished)
            with open(folder + _ORIGIN, "w", encoding="utf-8") as file:
                json.dump({"url": url, "sha256": found}, file)
    _check(url, _origin(folder).sha256, sha256)
    while len(inside := os.listdir(folder)) == 1:
        inner = os.path.join(folder, inside[0])
        if not os.path.isdir(inner):
            break
        folder = inner
    return folder


def name_of(path: str) -> str | None:
    """The address, with its SHA-256, that a path in the cache came from."""
    home = _home() + os.sep
    if not path.startswith(home):
        return None
    folder, _, _ = path.removeprefix(home).partition(os.sep)
    url, sha256 = _origin(home + folder)
    return f"{url}{_HASH}{sha256}"


def _home() -> str:
    home = os.environ.get("KERAS_HOME") or os.path.join("~", ".keras")
    return os.path.join(os.path.abspath(os.path.expanduser(home)), _CACHE)


def _origin(folder: str) -> Address:
    origin = json_file.read_object(folder + _ORIGIN)
    return Address(str(origin.get("url")), str(origin.get("sha256")))


def _download(url: str, folder: str) -> str:
    try:
        return keras.utils.get_file(
            "archive", url, cache_dir=folder, cache_subdir="."
        )
    except Exception as error:  # Keras raises this class for HTTP errors
        raise OSError(
            "An archive must be at its address, and within reach. Received: "
            f"{error}. Check the address and the connection; what was fetched "
            "before can be used without one (--offline)."
        ) from None


def _check(url: str, found: str | None, expected: str | None) -> None:
    if expected not in (None, found):
        raise ValueError(
            "The archive must have the SHA-256 asked for. Received: "
            f"{found} at {url}, for {expected}."
        )


def _unpack(path: str, folder: str) -> None:
    """Unpacks, and removes, an archive that lies in the folder."""
    try:
        if tarfile.is_tarfile(path):
            with tarfile.open(path) as archive:
                # Refuses absolute links, "..", links to outside and devices.
                archive.extractall(folder, filter="data")
        elif zipfile.is_zipfile(path):
            with zipfile.ZipFile(path) as archive:
                _check_names(archive.namelist())
                archive.extractall(folder)
        else:
            raise ValueError("neither a tar nor a zip archive")
    except (
        ValueError,
        EOFError,
        tarfile.TarError,
        zipfile.BadZipFile,
    ) as error:
        raise ValueError(
            "The file must be a whole archive of files in its own folder. "
            f"Received: {error}."
        ) from None
    os.remove(path)


def _check_names(names: list[str]) -> None:
    for name in names:
        if name.startswith(("/", "\\")) or ".." in name.split("/"):
            raise ValueError(f"{name!r} lies outside of it")
