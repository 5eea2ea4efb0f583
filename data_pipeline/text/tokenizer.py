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
from collections.abc import Sequence

import numpy as np

from data_pipeline import files
from data_pipeline.text import sentencepieces
from data_pipeline.text import settings as settings_lib
from data_pipeline.text import word_starts
from data_pipeline.text import wordpiece

# The special pieces by kind: padding, unknown, start, separator, mask.
_SPECIAL_PIECES = {
    "sentencepiece": ("<pad>", "<unk>", "[CLS]", "[SEP]", "[MASK]"),
    "wordpiece": ("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"),
}


class Tokenizer:
    """Text to ids and back. Make one with `load`.

    Args:
        vocabulary: the bytes of a SentencePiece model or of a vocab.txt.
        settings: how it is used.

    Attributes:
        vocabulary, settings: as given.
        pieces: list of str, V pieces; the index is the id.
        pad_id, unk_id, cls_id, sep_id, mask_id: ids of the special pieces.
            But for unk_id none of them ever comes out of a text, not even
            out of the text "[CLS]".

    Raises:
        ValueError: the vocabulary is of another kind, or lacks a special
            piece, or could produce one from plain text.
    """

    def __init__(
        self, vocabulary: bytes, settings: settings_lib.Settings
    ) -> None:
        self.vocabulary = vocabulary
        self.settings = settings
        self.model = _make_model(vocabulary, settings)
        self.pieces = self.model.pieces
        ids = _special_ids(self.pieces, settings.kind)
        self.pad_id, self.unk_id, self.cls_id, self.sep_id, self.mask_id = ids
        if isinstance(self.model, sentencepieces.SentencePieceModel):
            _check_special_types(self.model, ids)

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
        """The ids of every text; the fast way to encode many.

        Args:
            texts: any number of texts.
            num_threads: at most so many; -1 for one per core. WordPiece runs
                on one.
        """
        return self.model.encode_batch(texts, num_threads)

    def encode_as_pieces(self, text: str) -> list[str]:
        """The pieces of a text; SentencePiece's unknown ones as written."""
        return self.model.encode_as_pieces(text)

    def encode_with_offsets(
        self, text: str
    ) -> tuple[list[int], list[tuple[int, int]]]:
        """The ids and, per id, (start, end) in the text as it was given.

        Offsets count Unicode code points: text[start:end] is what the piece
        stands for, without the space before it. A piece that stands for a
        space only ("▁") has an empty span. Linear in the length of the text.
        """
        return self.model.encode_with_offsets(text)

    def decode(self, ids: Sequence[int]) -> str:
        """Readable text for ids: normalized, special pieces left out.

        Raises:
            ValueError: an id outside [0, V).
        """
        ids = [int(i) for i in ids]
        if ids and not 0 <= min(ids) <= max(ids) < self.vocab_size:
            raise ValueError(
                f"Ids lie between 0 and {self.vocab_size - 1}. Received: "
                f"{min(ids)} to {max(ids)}. Were they made with another "
                "vocabulary?"
            )
        return self.model.decode(ids)

    @functools.cached_property
    def starts_word(self) -> np.ndarray:
        """bool [V]: the pieces that begin a word, for whole-word masking."""
        return word_starts.word_starts(self.pieces, self.settings.kind)

    @functools.cached_property
    def fingerprint(self) -> str:
        """Hex SHA-256 of the vocabulary and of every setting."""
        settings = dataclasses.asdict(self.settings)
        digest = hashlib.sha256(json.dumps(settings, sort_keys=True).encode())
        digest.update(b"\0" + self.vocabulary)
        return digest.hexdigest()

    def save(self, directory: str | os.PathLike[str]) -> None:
        """Writes the vocabulary and tokenizer.json; `load` reads them back.

        The settings are written last: a folder that has them is complete.
        """
        directory = os.fspath(directory)
        files.make_folder(directory)
        name = settings_lib.VOCABULARY_NAMES[self.settings.kind]
        files.write(os.path.join(directory, name), self.vocabulary)
        files.write(
            os.path.join(directory, settings_lib.FILE_NAME),
            settings_lib.to_json(self.settings, self.fingerprint),
        )


def load(
    path: str | os.PathLike[str],
    *,
    variant: str | None = None,
    lower_case: bool | None = None,
    normalization: str | None = None,
) -> Tokenizer:
    """Loads a tokenizer.

    A tokenizer.json of ours beside the vocabulary decides the settings;
    arguments may repeat it, not contradict it.

    Args:
        path: a SentencePiece model, a WordPiece vocabulary (*.txt), or what
            `Tokenizer.save` wrote: the folder or its tokenizer.json.
        variant: one of settings.VARIANTS; default albert. SentencePiece only.
        lower_case: default True.
        normalization: one of normalize.PROFILES; default albert.
            SentencePiece only.

    Raises:
        FileNotFoundError: no such file.
        ValueError: the file is no vocabulary, lacks a special piece, or an
            argument is unknown or contradicts the saved settings.
    """
    path = os.fspath(path)
    is_folder = files.is_folder(path)
    folder = path if is_folder else os.path.dirname(path)
    saved_path = os.path.join(folder, settings_lib.FILE_NAME)
    saved = settings_lib.read(saved_path)
    asked = {
        "variant": variant,
        "lower_case": lower_case,
        "normalization": normalization,
    }
    asked = {key: value for key, value in asked.items() if value is not None}
    names_no_vocabulary = is_folder or path == saved_path
    if saved is None:
        if names_no_vocabulary:
            raise _not_saved_by_us(path)
        kind = "wordpiece" if path.endswith(".txt") else "sentencepiece"
        settings = settings_lib.Settings(kind=kind, **asked)
        return Tokenizer(_read(path), settings)
    settings, fingerprint = saved
    if names_no_vocabulary:
        name = settings_lib.VOCABULARY_NAMES[settings.kind]
        path = os.path.join(folder, name)
    _check_agreement(settings, asked, saved_path)
    tokenizer = Tokenizer(_read(path), settings)
    if tokenizer.fingerprint != fingerprint:
        raise ValueError(
            f"{saved_path} must belong to the vocabulary beside it. Received: "
            f"{path}, with fingerprint {tokenizer.fingerprint} instead of "
            f"{fingerprint}. One of the two was changed or is of another "
            "tokenizer: put the vocabulary into a folder of its own."
        )
    return tokenizer


def _make_model(
    vocabulary: bytes, settings: settings_lib.Settings
) -> sentencepieces.SentencePieceModel | wordpiece.WordPieceModel:
    if settings.kind == "wordpiece":
        return wordpiece.WordPieceModel(
            vocabulary, lower_case=settings.lower_case
        )
    return sentencepieces.SentencePieceModel(
        vocabulary,
        settings.normalizer(),
        keep_inserted_underline=settings.variant == "google_py3",
    )


def _special_ids(pieces: Sequence[str], kind: str) -> list[int]:
    ids = {piece: i for i, piece in enumerate(pieces)}
    needed = _SPECIAL_PIECES[kind]
    missing = [piece for piece in needed if piece not in ids]
    if missing:
        raise ValueError(
            "The vocabulary of an ALBERT model has the pieces "
            f"{' '.join(needed)}. Received {len(pieces)} pieces without "
            f"{' '.join(missing)}. Train the vocabulary with "
            "data_pipeline.text.train_vocab, or take the file that was "
            "published with the model."
        )
    return [ids[piece] for piece in needed]


def _check_special_types(
    model: sentencepieces.SentencePieceModel, ids: Sequence[int]
) -> None:
    pad_id, unk_id, *others = ids
    plain = [i for i in (pad_id, *others) if not model.is_control(i)]
    if plain or not model.is_unknown(unk_id):
        names = [model.pieces[i] for i in plain] or ["<unk>"]
        raise ValueError(
            "Special pieces are control symbols, so that no text produces "
            f"them, and <unk> is the unknown piece. Received {' '.join(names)} "
            "of another type. Train the vocabulary with control_symbols="
            "[CLS],[SEP],[MASK], pad_id=0, unk_id=1."
        )


def _check_agreement(
    settings: settings_lib.Settings, asked: dict[str, object], path: str
) -> None:
    for key, value in asked.items():
        if getattr(settings, key) != value:
            raise ValueError(
                "Arguments may not contradict the tokenizer's own settings. "
                f"Received: {key}={value!r}, but {path} says "
                f"{getattr(settings, key)!r}. Leave the argument out, or copy "
                "the vocabulary alone to another folder."
            )


def _read(path: str) -> bytes:
    if not files.exists(path):
        raise FileNotFoundError(_missing(path))
    return files.read(path)


def _missing(path: str) -> str:
    return (
        "A tokenizer is loaded from a SentencePiece model, a vocab.txt or a "
        f"folder with a tokenizer.json. Nothing there: {path!r}. Check the "
        "path; relative ones start in the working directory."
    )


def _not_saved_by_us(path: str) -> Exception:
    if not files.exists(path):
        return FileNotFoundError(_missing(path))
    return ValueError(
        "A folder is loaded by the tokenizer.json that Tokenizer.save wrote. "
        f"Received: {path}, which has none of ours. Name the vocabulary file "
        "itself, such as 30k-clean.model, spiece.model or vocab.txt."
    )
