"""transformers' ALBERT of given sizes, and its tokenizer."""

import os
import shutil
import tempfile

import torch
import transformers


def config(values: dict) -> transformers.AlbertConfig:
    """Of Google's names, which are the same; its "gelu" has another."""
    return transformers.AlbertConfig(**{**values, "hidden_act": "gelu_new"})


def tokenizer(vocabulary: str) -> transformers.AlbertTokenizer:
    """The fast tokenizer, of a SentencePiece model."""
    with tempfile.TemporaryDirectory() as folder:
        shutil.copy(vocabulary, os.path.join(folder, "spiece.model"))
        return transformers.AlbertTokenizer.from_pretrained(folder)


def versions() -> dict[str, str]:
    return {
        "torch": torch.__version__,
        "transformers": transformers.__version__,
    }
