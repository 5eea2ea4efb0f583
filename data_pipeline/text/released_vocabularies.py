"""Vocabularies in the folders of released models, known by their file names."""

import os

from data_pipeline.io import files

NAMES = ("30k-clean.model", "spiece.model", "vocab.txt", "vocab_chinese.txt")


def find(folder: str) -> str | None:
    """The path of the vocabulary, or None if the folder has none."""
    paths = [os.path.join(folder, name) for name in NAMES]
    return next(filter(files.exists, paths), None)
