"""What besides the vocabulary decides the ids, and its file, tokenizer.json."""

import dataclasses
import json
from typing import Any

from data_pipeline import files
from data_pipeline.text import normalize

# How SentencePiece models are used; WordPiece has no variants.
#   albert       Google's rules as they were meant.
#   google_py3   Google's rules as the released code runs under Python 3: the
#                digit-comma rule leaves a "▁" behind (see sentencepieces.py).
#   huggingface  albert, and `` and '' become " first.
VARIANTS = ("albert", "google_py3", "huggingface")

FILE_NAME = "tokenizer.json"
# The vocabulary's file name beside it, by kind.
VOCABULARY_NAMES = {
    "sentencepiece": "tokenizer.model",
    "wordpiece": "vocab.txt",
}

# Hugging Face folders have a tokenizer.json too, of quite another content.
_FORMAT = "albert_tf.tokenizer"


@dataclasses.dataclass(frozen=True, kw_only=True)
class Settings:
    """Everything but the vocabulary that decides which ids a text gets.

    Args:
        kind: "sentencepiece" or "wordpiece".
        lower_case: whether text is lower-cased; all published models are
            lower-case.
        variant: one of VARIANTS, default albert; None for WordPiece.
        normalization: one of normalize.PROFILES, default albert; None for
            WordPiece, whose rules are fixed.
    """

    kind: str
    lower_case: bool = True
    variant: str | None = None
    normalization: str | None = None

    def __post_init__(self) -> None:
        if self.kind not in VOCABULARY_NAMES:
            raise ValueError(
                "A tokenizer's kind is sentencepiece or wordpiece. "
                f"Received: {self.kind!r}."
            )
        if not isinstance(self.lower_case, bool):
            raise ValueError(
                f"lower_case is true or false. Received: {self.lower_case!r}."
            )
        if self.kind == "wordpiece":
            self._refuse_sentencepiece_settings()
            return
        # Frozen, so the defaults that depend on the kind are filled in here.
        object.__setattr__(self, "variant", self.variant or "albert")
        object.__setattr__(
            self, "normalization", self.normalization or "albert"
        )
        if self.variant not in VARIANTS:
            raise ValueError(
                f"A tokenizer variant is one of {', '.join(VARIANTS)}. "
                f"Received: {self.variant!r}."
            )
        self.normalizer()  # checks the profile

    def normalizer(self) -> normalize.Normalizer:
        """The normalization of a SentencePiece tokenizer."""
        assert self.normalization is not None, self
        return normalize.Normalizer(
            profile=self.normalization,
            lower_case=self.lower_case,
            rewrite_quotes=self.variant == "huggingface",
        )

    def _refuse_sentencepiece_settings(self) -> None:
        if self.variant is not None or self.normalization is not None:
            raise ValueError(
                "A WordPiece tokenizer has no variants and no normalization "
                f"profiles. Received: variant={self.variant!r}, "
                f"normalization={self.normalization!r}. Leave both out."
            )


def to_json(settings: Settings, fingerprint: str) -> bytes:
    content = {
        "format": _FORMAT,
        **dataclasses.asdict(settings),
        "fingerprint": fingerprint,
    }
    return (json.dumps(content, indent=2) + "\n").encode()


def read(path: str) -> tuple[Settings, str] | None:
    """Settings and the tokenizer's fingerprint, or None.

    None: there is no such file, or it is not ours.

    Raises:
        ValueError: the file is ours and has other keys than `to_json` writes.
    """
    if not files.exists(path):
        return None
    try:
        content: Any = json.loads(files.read(path))
    except ValueError:
        return None
    if not isinstance(content, dict) or content.pop("format", None) != _FORMAT:
        return None
    fields = {field.name for field in dataclasses.fields(Settings)}
    expected = fields | {"fingerprint"}
    if content.keys() != expected:
        raise ValueError(
            f"{path} must have exactly the keys {sorted(expected)}. "
            f"Received: {sorted(content)}. Save the tokenizer again."
        )
    fingerprint = content.pop("fingerprint")
    return Settings(**content), fingerprint
