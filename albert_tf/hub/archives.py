"""Weights in an archive on the web, unpacked into Keras' cache."""

import hashlib
import os
import re
import tarfile
import urllib.parse
import zipfile

import keras
from absl import logging

from albert_tf.io import new_folder

# Beneath Keras' home, where Keras keeps its own downloads.
_CACHE = "models/albert_tf"


def cached(address: str) -> str:
    """The folder that an archive is unpacked to, whether it is there or not."""
    name = os.path.basename(urllib.parse.urlsplit(address).path)
    name = re.sub(r"\.(tar\.\w+|tgz|tar|zip)$", "", name)
    mark = hashlib.sha256(address.encode()).hexdigest()[:8]
    home = os.environ.get("KERAS_HOME") or os.path.join("~", ".keras")
    return os.path.join(os.path.expanduser(home), _CACHE, f"{name}-{mark}")


def fetch(address: str, is_offline: bool) -> str:
    """Downloads and unpacks an archive, unless that was done before.

    Args:
        address: an http(s) address of a tar or zip archive.
        is_offline: whether only the cache may be used.
    Returns:
        the folder with its files, without folders that hold only a folder.
    Raises:
        ValueError: the file is no archive, or has paths outside its folder.
        OSError: there is no such file, or no connection.
    """
    folder = cached(address)
    if not os.path.isdir(folder):
        if is_offline:
            raise FileNotFoundError(
                f"{address} must have been fetched before it is used offline. "
                f"Received: no {folder}. Run the same command with a network, "
                "or copy that folder from a machine that has one."
            )
        logging.info("Fetching %s into %s.", address, folder)
        os.makedirs(os.path.dirname(folder), exist_ok=True)
        with new_folder.create(folder) as unfinished:
            _unpack(_download(address, unfinished), unfinished)
    while len(inside := os.listdir(folder)) == 1:
        inner = os.path.join(folder, inside[0])
        if not os.path.isdir(inner):
            break
        folder = inner
    return folder


def _download(address: str, folder: str) -> str:
    try:
        return keras.utils.get_file(
            "archive", address, cache_dir=folder, cache_subdir="."
        )
    except Exception as error:  # Keras raises this class for HTTP errors
        raise OSError(
            "An archive must be at its address, and within reach. Received: "
            f"{error}. Check the address and the connection; what was fetched "
            "before can be used without one (--offline)."
        ) from None


def _unpack(path: str, folder: str) -> None:
    """Unpacks, and removes, an archive that lies in the folder."""
    try:
        if tarfile.is_tarfile(path):
            with tarfile.open(path) as archive:
                # Refuses absolute paths, "..", links to outside and devices.
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
