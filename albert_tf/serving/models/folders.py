"""Finds the models that the command line names."""

import os
import re

import tensorflow as tf

SAVED_MODEL = "saved_model.pb"


def name_and_folder(argument: str) -> tuple[str, str]:
    """Parses NAME=FOLDER, or FOLDER, whose last part is then the name.

    Raises:
        ValueError: the name has characters that do not fit into a URL.
    """
    name, equals, folder = argument.partition("=")
    if not equals or os.path.isdir(argument):
        folder = argument
        name = os.path.basename(os.path.abspath(folder))
    if not re.fullmatch(r"[\w.-]+", name, re.ASCII):
        raise ValueError(
            "A model's name must consist of letters, digits, '.', '_' and '-'. "
            f"Received: {name!r}, from {argument!r}. Give NAME=FOLDER."
        )
    return name, folder


def newest_version(
    folder: str, file: str = SAVED_MODEL, formats: str = "savedmodel"
) -> tuple[int, str]:
    """Finds the newest version and its folder; a plain export is version 1.

    Args:
        folder: folder of an export, or of numbered exports.
        file: the file that shows that a folder is an export.
        formats: the value of --formats with which exports have that file.
    Raises:
        ValueError: there is no such file.
    """
    if tf.io.gfile.exists(os.path.join(folder, file)):
        return 1, folder
    is_folder = tf.io.gfile.isdir(folder)
    names = [
        name.rstrip("/")  # which cloud storage ends folders with
        for name in (tf.io.gfile.listdir(folder) if is_folder else ())
    ]
    # Both "1" and "01" are version 1; either may be served.
    versions = {
        int(name): name
        for name in names
        if re.fullmatch("[0-9]+", name, re.ASCII)
        and tf.io.gfile.exists(os.path.join(folder, name, file))
    }
    if not versions:
        raise ValueError(
            f"A model's folder must contain {file}, or numbered folders that "
            f"contain it. Received: {folder!r}. Export with "
            f"--formats={formats}."
        )
    newest = max(versions)
    return newest, os.path.join(folder, versions[newest])
