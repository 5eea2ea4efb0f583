"""The settings of a tokenizer, and their file, tokenizer.json."""

import dataclasses
import json
from collections.abc import Mapping
from typing import Any

from data_pipeline.io import files
from data_pipeline.io import json_file
from data_pipeline.text.pieces import normalize

# How SentencePiece models are used; the first is the default.
#   albert       Google's rules as intended.
#   google_py3   Google's rules as the released code runs under Python 3: the
#                digit-comma rule leaves a "▁" (see sentencepieces.py).
#   huggingface  albert, and `` and '' become " first.
#   keras_hub    SentencePiece alone, without the digit-comma rule.
VARIANTS = ("albert", "google_py3", "huggingface", "keras_hub")
# WordPiece: Google's rules, or transformers' (see wordpiece.py). Hugging Face's
# tokenizer.json holds its own rules.
_VARIANTS_OF = {
    "sentencepiece": VARIANTS,
    "wordpiece": (None, "huggingface"),
    "unigram": (None,),
}

FILE_NAME = "tokenizer.json"
# The name of the vocabulary beside it, by kind.
VOCABULARY_NAMES = {
    "sentencepiece": "tokenizer.model",
    "wordpiece": "vocab.txt",
    "unigram": "unigram.json",
}

# Hugging Face folders also have a tokenizer.json, with different content.
_FORMAT = "albert_tf.tokenizer"
# Files from before these settings existed lack them. So do all files where they
# have their defaults, so that fingerprints stay the same.
_LATER = ("strip_accents", "split_ideographs", "special_pieces")


@dataclasses.dataclass(frozen=True, kw_only=True)
class TokenizerSettings:
    """Everything besides the vocabulary that decides the ids of a text.

    Args:
        kind: "sentencepiece", "wordpiece", or "unigram": a tokenizer.json of
            Hugging Face with a Unigram model.
        lower_case: whether text is lower-cased, as in all published models. For
            a Unigram tokenizer, its file decides.
        variant: one of VARIANTS for SentencePiece, by default albert; None or
            huggingface for WordPiece.
        normalization: one of normalize.PROFILES for SentencePiece, by default
            albert; None for other kinds, whose rules are fixed.
        strip_accents: whether a WordPiece tokenizer removes accents; if None,
            it does if it lower-cases.
        split_ideographs: whether a WordPiece tokenizer makes every CJK
            ideograph a word of its own.
        special_pieces: names of the pieces for padding, unknown, start,
            separator and mask; None, for each or all, if special_pieces.py is
            to find them.
    """

    kind: str
    lower_case: bool = True
    variant: str | None = None
    normalization: str | None = None
    strip_accents: bool | None = None
    split_ideographs: bool = True
    special_pieces: tuple[str | None, ...] | None = None

    def __post_init__(self) -> None:
        if self.kind not in [*VOCABULARY_NAMES]:  # of any type, in a file
            raise ValueError(
                "A tokenizer's kind must be one of "
                f"{', '.join(VOCABULARY_NAMES)}. Received: {self.kind!r}."
            )
        for name in ("lower_case", "split_ideographs"):
            if not isinstance(getattr(self, name), bool):
                raise ValueError(
                    f"{name} must be true or false. Received: "
                    f"{getattr(self, name)!r}."
                )
        self._check_later_settings()
        variants = _VARIANTS_OF[self.kind]
        # The class is frozen; defaults that depend on the kind are set here.
        if self.variant is None:
            object.__setattr__(self, "variant", variants[0])
        if self.variant not in variants:
            raise ValueError(
                f"The variant of a {self.kind} tokenizer must be "
                f"{_choice(variants)}. Received: {self.variant!r}."
            )
        if self.kind != "wordpiece" and self._has_wordpiece_settings():
            raise ValueError(
                "strip_accents and split_ideographs must be left out, except "
                "for WordPiece. Received: "
                f"strip_accents={self.strip_accents!r}, "
                f"split_ideographs={self.split_ideographs!r} for a "
                f"{self.kind} tokenizer. Leave them out."
            )
        if self.kind == "sentencepiece":
            profile = self.normalization or normalize.PROFILES[0]
            object.__setattr__(self, "normalization", profile)
            self.normalizer()  # checks the profile
        elif self.normalization is not None:
            raise ValueError(
                "normalization must be left out, except for SentencePiece. "
                f"Received: normalization={self.normalization!r} for a "
                f"{self.kind} tokenizer. Leave it out."
            )

    def normalizer(self) -> normalize.Normalizer:
        """The normalization of a SentencePiece tokenizer."""
        assert self.normalization is not None, self
        return normalize.Normalizer(
            profile=self.normalization,
            lower_case=self.lower_case,
            rewrite_quotes=self.variant == "huggingface",
        )

    @property
    def removes_accents(self) -> bool:
        """Whether a WordPiece tokenizer removes accents."""
        if self.strip_accents is None:
            return self.lower_case
        return self.strip_accents

    def _has_wordpiece_settings(self) -> bool:
        return self.strip_accents is not None or not self.split_ideographs

    def _check_later_settings(self) -> None:
        if not isinstance(self.strip_accents, bool | None):
            raise ValueError(
                "strip_accents must be true, false or null. Received: "
                f"{self.strip_accents!r}."
            )
        names = self.special_pieces
        if names is None:
            return
        if (
            not isinstance(names, (list, tuple))
            or len(names) != 5
            or not all(isinstance(name, (str, type(None))) for name in names)
        ):
            raise ValueError(
                "special_pieces must be the names of five pieces: padding, "
                f"unknown, start, separator, mask. Received: {names!r}."
            )
        object.__setattr__(self, "special_pieces", tuple(names))


def as_dict(settings: TokenizerSettings) -> dict[str, Any]:
    """The settings as they are written to files and fingerprints."""
    return {
        field.name: getattr(settings, field.name)
        for field in dataclasses.fields(TokenizerSettings)
        if field.name not in _LATER
        or getattr(settings, field.name) != field.default
    }


def to_json(settings: TokenizerSettings, fingerprint: str) -> bytes:
    """The content of the file."""
    content = {
        "format": _FORMAT,
        **as_dict(settings),
        "fingerprint": fingerprint,
    }
    return (json.dumps(content, indent=2) + "\n").encode()


def read(path: str) -> tuple[TokenizerSettings, str] | None:
    """Reads the settings and the tokenizer's fingerprint.

    Returns:
        None if there is no such file, or it has another format.
    Raises:
        ValueError: the file has this format, but other keys or values than
            `to_json` writes.
    """
    if not files.exists(path):
        return None
    try:
        content = json_file.read_object(path)
    except ValueError:
        return None
    if content.pop("format", None) != _FORMAT:
        return None
    fields = {field.name for field in dataclasses.fields(TokenizerSettings)}
    expected = (fields - set(_LATER)) | {"fingerprint"}
    if set(content) - set(_LATER) != expected:
        raise ValueError(
            f"{path} must have exactly the keys {sorted(expected)}. "
            f"Received: {sorted(content)}. Save the tokenizer again."
        )
    fingerprint = content.pop("fingerprint")
    try:
        return TokenizerSettings(**content), fingerprint
    except ValueError as error:
        raise ValueError(
            f"{path} must hold the settings of a tokenizer. {error} Save the "
            "tokenizer again."
        ) from None


def check_agreement(
    settings: TokenizerSettings, asked: Mapping[str, object], path: str
) -> None:
    """Raises ValueError if arguments contradict the settings of a file."""
    for key, value in asked.items():
        if getattr(settings, key) != value:
            raise ValueError(
                "An argument must agree with the tokenizer's own settings. "
                f"Received: {key}={value!r}, but {path} says "
                f"{getattr(settings, key)!r}. Leave the argument out, or copy "
                "only the vocabulary to another folder."
            )


def _choice(variants: tuple[str | None, ...]) -> str:
    return "one of " + ", ".join(name or "none" for name in variants)
