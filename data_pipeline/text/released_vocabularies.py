"""Vocabularies in the folders of released models, known by their file names."""

import os

from data_pipeline.io import files

_NAMES = (
    "30k-clean.model",
    "spiece.model",
    "vocab.txt",
    "vocab_chinese.txt",
    "assets/30k-clean.model",  # of SavedModels for TF-Hub
)


def find(folder: str) -> str | None:
    """The path of the vocabulary, or None if the folder has none."""
    paths = [os.path.join(folder, name) for name in _NAMES]
    return next(filter(files.exists, paths), None)


def require(folder: str) -> str:
    """The path of the vocabulary.

    Raises:
        ValueError: the folder has none.
    """
    path = find(folder)
    if path is None:
        raise ValueError(
            "The folder of a tokenizer must be Tokenizer.save's, Hugging "
            "Face's, a keras-hub preset of ALBERT, or hold one of "
            f"{', '.join(_NAMES)}. Received: {folder}. Name the vocabulary "
            "file itself."
        )
    return path
