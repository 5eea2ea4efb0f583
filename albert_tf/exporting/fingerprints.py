"""Hashes that identify weights and detect damaged files."""

import hashlib
import os

import keras

from albert_tf import models

_CHUNK = 2**20


def of_weights(model: keras.Model) -> str:
    """SHA-256 of all weights, in hexadecimal.

    The hash covers names, shapes and values, sorted by name. It does not depend
    on the file that the weights came from.
    """
    digest = hashlib.sha256()
    for name, weight in sorted(models.named_weights(model).items()):
        value = weight.numpy()
        digest.update(f"{name} {value.dtype} {value.shape}\n".encode())
        digest.update(value.tobytes())
    return digest.hexdigest()


def of_files(folder: str) -> dict[str, str]:
    """SHA-256 of every file in a local folder, in hexadecimal.

    The hashes are those of `sha256sum`. Keys are paths relative to the folder,
    with forward slashes.
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
