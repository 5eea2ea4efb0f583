"""Tokenizers: text to ids, pieces and character offsets.

With the vocabulary of ALBERT's English models:

    tokenizer = load("30k-clean.model")
    tokenizer.encode("Hello,  World!")            # [10975, 15, 126, 187]
    tokenizer.encode_as_pieces("Hello,  World!")  # ▁hello  ,  ▁world  !
    tokenizer.encode_with_offsets("Hello,  World!")[1]
    # [(0, 5), (5, 6), (8, 13), (13, 14)]

and back to text with `tokenizer.decode`.
"""

import dataclasses
import functools
import hashlib
import json
import os
from collections.abc import Iterable
from collections.abc import Mapping
from collections.abc import Sequence
from typing import Any

import numpy as np
from absl import logging

from data_pipeline.io import files
from data_pipeline.text import keras_hub
from data_pipeline.text import released_vocabularies
from data_pipeline.text.huggingface import folder as huggingface_folder
from data_pipeline.text.pieces import models
from data_pipeline.text.pieces import tokenizer_json
from data_pipeline.text.pieces import tokenizer_settings
from data_pipeline.text.pieces import word_starts


class Tokenizer:
    """Text to ids and back. Make one with `load`.

    Args:
        vocabulary: the bytes of a SentencePiece model, of a vocab.txt or of
            Hugging Face's tokenizer.json.
        settings: the settings of the tokenizer.

    Attributes:
        vocabulary, settings: as given.
        pieces: list of str, V pieces; the index is the id.
        pad_id, unk_id, cls_id, sep_id, mask_id: ids of the special pieces,
            found as special_pieces.py says. Except for unk_id, no text yields
            any of them, not even the text "[CLS]".

    Raises:
        ValueError: the vocabulary is of another kind than the settings say,
            or lacks a special piece.
    """

    def __init__(
        self, vocabulary: bytes, settings: tokenizer_settings.TokenizerSettings
    ) -> None:
        self.vocabulary = vocabulary
        self.settings = settings
        self.model = models.make(vocabulary, settings)
        self.pieces = self.model.pieces
        ids = self.model.special_ids
        self.pad_id, self.unk_id, self.cls_id, self.sep_id, self.mask_id = ids

    @property
    def vocab_size(self) -> int:
        return len(self.pieces)

    @property
    def lower_case(self) -> bool:
        return self.settings.lower_case

    def encode(self, text: str) -> list[int]:
        """The ids of a text, without [CLS] and [SEP]."""
        return self.model.encode(text)

    def encode_batch(
        self, texts: Iterable[str], num_threads: int = -1
    ) -> list[list[int]]:
        """The ids of each text; faster for many texts than `encode`.

        Args:
            texts: any number of texts.
            num_threads: maximum number of threads; -1 means one per core.
                WordPiece uses one.
        """
        return self.model.encode_batch(texts, num_threads)

    def encode_as_pieces(self, text: str) -> list[str]:
        """The pieces of a text; SentencePiece's unknown ones as in the text."""
        return self.model.encode_as_pieces(text)

    def encode_with_offsets(
        self, text: str
    ) -> tuple[list[int], list[tuple[int, int]]]:
        """The ids and, for each id, (start, end) in the original text.

        Offsets count Unicode code points: a piece stands for text[start:end],
        without the space before it. A piece that stands for a space only ("▁")
        has an empty span. The time is linear in the length of the text.
        """
        return self.model.encode_with_offsets(text)

    def decode(self, ids: Sequence[int]) -> str:
        """Readable text for ids: normalized, without special pieces.

        Raises:
            ValueError: an id is outside [0, V).
        """
        ids = [int(i) for i in ids]
        if ids and not 0 <= min(ids) <= max(ids) < self.vocab_size:
            raise ValueError(
                f"Ids must be between 0 and {self.vocab_size - 1}. Received: "
                f"{min(ids)} to {max(ids)}. Use the vocabulary that they were "
                "made with."
            )
        return self.model.decode(ids)

    @functools.cached_property
    def starts_word(self) -> np.ndarray:
        """bool [V]: the pieces that begin a word, for whole-word masking."""
        starts = word_starts.word_starts(self.pieces, self.settings.kind)
        starts[self.unk_id] = True  # whatever its name
        return starts

    @functools.cached_property
    def fingerprint(self) -> str:
        """Hex SHA-256 of the vocabulary and of every setting."""
        settings = tokenizer_settings.as_dict(self.settings)
        digest = hashlib.sha256(json.dumps(settings, sort_keys=True).encode())
        digest.update(b"\0" + self.vocabulary)
        return digest.hexdigest()

    def save(self, directory: str | os.PathLike[str]) -> None:
        """Writes the vocabulary and tokenizer.json; `load` reads them back.

        The settings are written last: a folder that has them is complete.
        """
        directory = os.fspath(directory)
        files.make_folder(directory)
        name = tokenizer_settings.VOCABULARY_NAMES[self.settings.kind]
        files.write(os.path.join(directory, name), self.vocabulary)
        files.write(
            os.path.join(directory, tokenizer_settings.FILE_NAME),
            tokenizer_settings.to_json(self.settings, self.fingerprint),
        )


def load(
    path: str | os.PathLike[str],
    *,
    variant: str | None = None,
    lower_case: bool | None = None,
    normalization: str | None = None,
) -> Tokenizer:
    """Loads a tokenizer.

    Files beside the vocabulary decide the settings: a tokenizer.json of
    `Tokenizer.save`, or the files of a Hugging Face folder (see
    huggingface/folder.py). Arguments must not contradict them.

    Args:
        path: a SentencePiece model, a WordPiece vocabulary (*.txt), or a folder
            of `Tokenizer.save`, Hugging Face, keras-hub, or a released model.
        variant: one of tokenizer_settings.VARIANTS, by default albert; for
            SentencePiece only.
        lower_case: whether to lower-case text, by default True.
        normalization: one of normalize.PROFILES, by default albert; for
            SentencePiece only.
    Raises:
        FileNotFoundError: there is no such file.
        ValueError: the file is not a vocabulary or lacks a special piece, or
            an argument is unknown or contradicts the files beside it.
    """
    path = os.fspath(path)
    is_folder = files.is_folder(path)
    folder = path if is_folder else os.path.dirname(path)
    saved_path = os.path.join(folder, tokenizer_settings.FILE_NAME)
    saved = tokenizer_settings.read(saved_path)
    arguments: dict[str, Any] = {
        "variant": variant,
        "lower_case": lower_case,
        "normalization": normalization,
    }
    asked = {key: v for key, v in arguments.items() if v is not None}
    if saved is not None:
        named = None if is_folder or path == saved_path else path
        return _load_saved(*saved, saved_path, named, asked)
    if not is_folder and not files.exists(path):
        raise FileNotFoundError(_missing(path))
    named = None if is_folder else path
    if huggingface_folder.is_one(folder, named):
        return _load_huggingface(folder, named, asked)
    if is_folder:
        preset = keras_hub.find(folder)
        if preset is None:
            return load(released_vocabularies.require(folder), **arguments)
        path, asked = preset, {**keras_hub.SETTINGS, **asked}
    kind = "wordpiece" if path.endswith(".txt") else "sentencepiece"
    settings = tokenizer_settings.TokenizerSettings(kind=kind, **asked)
    tokenizer = _of_file(path, settings)
    logging.info(
        "%s: %s. Settings that were not given are defaults.",
        path,
        _described(settings),
    )
    return tokenizer


def _of_file(
    path: str, settings: tokenizer_settings.TokenizerSettings
) -> Tokenizer:
    content = files.read(path)
    try:
        return Tokenizer(content, settings)
    except ValueError as error:
        raise ValueError(f"{path}: {error}") from None


def _load_saved(
    settings: tokenizer_settings.TokenizerSettings,
    fingerprint: str,
    saved_path: str,
    path: str | None,
    asked: Mapping[str, Any],
) -> Tokenizer:
    tokenizer_settings.check_agreement(settings, asked, saved_path)
    if path is None:
        name = tokenizer_settings.VOCABULARY_NAMES[settings.kind]
        path = os.path.join(os.path.dirname(saved_path), name)
    if not files.exists(path):
        raise FileNotFoundError(_missing(path))
    tokenizer = _of_file(path, settings)
    if tokenizer.fingerprint != fingerprint:
        raise ValueError(
            f"{saved_path} must belong to the vocabulary beside it. Received: "
            f"{path}, with fingerprint {tokenizer.fingerprint} instead of "
            f"{fingerprint}. One of the two was changed or belongs to another "
            "tokenizer: put the vocabulary into a folder of its own."
        )
    return tokenizer


def _load_huggingface(
    folder: str, path: str | None, asked: Mapping[str, Any]
) -> Tokenizer:
    found = huggingface_folder.find(folder, path)
    tokenizer_settings.check_agreement(found.settings, asked, found.source)
    try:
        tokenizer = _with_needed_names(found.vocabulary, found.settings)
        huggingface_folder.check(
            found, tokenizer.pieces, tokenizer.model.special_ids
        )
    except tokenizer_json.NotUnderstood as error:
        raise ValueError(f"{found.path}: {error}") from None
    how = _described(tokenizer.settings)
    logging.info("%s: %s, as the Hugging Face folder says.", found.path, how)
    return tokenizer


def _with_needed_names(
    vocabulary: bytes, settings: tokenizer_settings.TokenizerSettings
) -> Tokenizer:
    """A tokenizer that names special pieces only if the vocabulary alone would
    give others, so that a tokenizer has one fingerprint."""
    plain = dataclasses.replace(settings, special_pieces=None)
    try:
        tokenizer = Tokenizer(vocabulary, plain)
    except ValueError:
        return Tokenizer(vocabulary, settings)
    names = settings.special_pieces or ()
    for name, i in zip(names, tokenizer.model.special_ids, strict=True):
        if name not in (None, tokenizer.pieces[i]):
            return Tokenizer(vocabulary, settings)
    return tokenizer


def _described(settings: tokenizer_settings.TokenizerSettings) -> str:
    return ", ".join(
        f"{name}={value}"
        for name, value in tokenizer_settings.as_dict(settings).items()
        if value is not None
    )


def _missing(path: str) -> str:
    return (
        "A tokenizer must be loaded from a SentencePiece model, a vocab.txt or "
        f"a folder with a tokenizer.json. Received: {path!r}, which does not "
        "exist. Check the path; relative ones start in the working directory."
    )
