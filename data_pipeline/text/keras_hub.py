"""The tokenizer of a keras-hub preset: a SentencePiece model, used as it is.

keras-hub's AlbertTokenizer gives a text to SentencePiece without any rule of
its own: it does not lower-case, keeps accents that the model's normalization
keeps, and cuts no comma off a number. Models that it fine-tuned saw such ids.
"""

import os
from typing import Any

from data_pipeline.io import files
from data_pipeline.io import json_file
from data_pipeline.text.pieces import tokenizer_settings

_CLASS = "AlbertTokenizer"
_VOCABULARY = "assets/tokenizer/vocabulary.spm"
# Settings of its config that change ids, and their only value here.
_ONLY = {"sequence_length": None, "add_bos": False, "add_eos": False}

# Pieces that it looks up by name, and must find.
SPECIAL_PIECES = ("<pad>", "[CLS]", "[SEP]", "[MASK]")

SETTINGS: dict[str, Any] = {
    "variant": "keras_hub",
    "normalization": "none",
    "lower_case": False,
}


def find(folder: str) -> str | None:
    """The vocabulary of a preset, or None if the folder is not one of ALBERT.

    Raises:
        ValueError: the tokenizer has a setting that is not supported here.
    """
    config_path = os.path.join(folder, tokenizer_settings.FILE_NAME)
    path = os.path.join(folder, _VOCABULARY)
    if not files.exists(config_path) or not files.exists(path):
        return None
    content = json_file.read_object(config_path)
    if content.get("class_name") != _CLASS:
        return None
    config = content.get("config")
    for key, only in _ONLY.items():
        value = config.get(key, only) if isinstance(config, dict) else config
        if value != only:
            raise ValueError(
                f"{key} of a keras-hub tokenizer must be {only}. Received: "
                f"{str(value)[:80]!r} in {config_path}. Name the vocabulary "
                f"itself: {path}."
            )
    return path


def ignored_rules(
    settings: tokenizer_settings.TokenizerSettings,
) -> list[str]:
    """The rules of a SentencePiece tokenizer that keras-hub does not have."""
    rules = {
        "lower case": settings.lower_case,
        "no accents": settings.normalization == "albert",
        "NFKC": settings.normalization == "nfkc",
        "`` and '' become \"": settings.variant == "huggingface",
        "a comma after a digit is a piece of its own": (
            settings.variant != SETTINGS["variant"]
        ),
    }
    return [rule for rule, holds in rules.items() if holds]
