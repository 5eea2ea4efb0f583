"""transformers' ALBERT of given sizes, and its tokenizer."""

import os
import shutil
import tempfile
from collections.abc import Callable

import numpy as np
import torch
import transformers

INPUTS = ("input_ids", "attention_mask", "token_type_ids")


def config(values: dict) -> transformers.AlbertConfig:
    """Of Google's names, which are the same; its "gelu" has another."""
    return transformers.AlbertConfig(**{**values, "hidden_act": "gelu_new"})


def tokenizer(vocabulary: str) -> transformers.AlbertTokenizer:
    """The fast tokenizer, of a SentencePiece model."""
    with tempfile.TemporaryDirectory() as folder:
        shutil.copy(vocabulary, os.path.join(folder, "spiece.model"))
        return transformers.AlbertTokenizer.from_pretrained(folder)


def encoder(settings: dict) -> Callable[[list[str]], dict[str, np.ndarray]]:
    """From texts to rows of ids, padded to the longest."""
    tokenize = tokenizer(settings["vocabulary"])

    def encoded(texts):
        rows = tokenize(
            texts,
            padding=True,
            truncation=True,
            max_length=settings["length"],
            return_tensors="np",
            return_token_type_ids=True,
        )
        return {name: rows[name] for name in INPUTS}

    return encoded


def versions() -> dict[str, str]:
    return {
        "torch": torch.__version__,
        "transformers": transformers.__version__,
    }
