"""Hashes by which an export is known again, and a damaged file found."""

import hashlib
import os

import keras

from albert_tf import models

_CHUNK = 2**20


def of_weights(model: keras.Model) -> str:
    """Hex SHA-256 of all weights: names, shapes and values, in order of name.

    The same for the same numbers, whatever file they came from.
    """
    digest = hashlib.sha256()
    for name, weight in sorted(models.named_weights(model).items()):
        value = weight.numpy()
        digest.update(f"{name} {value.dtype} {value.shape}\n".encode())
        digest.update(value.tobytes())
    return digest.hexdigest()


def of_files(folder: str) -> dict[str, str]:
    """Hex SHA-256 of every file in a local folder, by its path in it.

    As `sha256sum` gives it; paths have forward slashes.
    """
    found = {}
    for place, _, names in os.walk(folder):
        for name in names:
            path = os.path.join(place, name)
            relative = os.path.relpath(path, folder).replace(os.sep, "/")
            found[relative] = _of_file(path)
    return dict(sorted(found.items()))


def _of_file(path: str) -> str:
    digest = hashlib.sha256()
    with open(path, "rb") as file:
        while chunk := file.read(_CHUNK):
            digest.update(chunk)
    return digest.hexdigest()
