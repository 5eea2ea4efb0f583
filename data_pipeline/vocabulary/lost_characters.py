"""Measures, and warns about, the characters that a tokenizer loses."""

import collections
import dataclasses
import unicodedata
from collections.abc import Iterable
from collections.abc import Iterator
from typing import Any

from absl import logging

from data_pipeline.text import tokenizers
from data_pipeline.text.pieces import normalize
from data_pipeline.text.pieces import tokenizer_settings


@dataclasses.dataclass(frozen=True)
class LostCharacters:
    """How many characters of a text are lost; white space does not count.

    Attributes:
        characters: number of characters of the text.
        changed: share of them that normalization drops or replaces, 0 to 1.
            Changes of case do not count, nor do other spellings of the same
            character, such as é as e and an accent.
        unknown: share of them that the unknown piece stands for, 0 to 1.
    """

    characters: int
    changed: float
    unknown: float


def measure(
    tokenizer: tokenizers.Tokenizer, texts: Iterable[str]
) -> LostCharacters:
    """Measures the loss; takes about 2 s for a million characters."""
    characters = changed = unknown = 0
    for text in texts:
        text = unicodedata.normalize("NFC", text)
        solid = [not char.isspace() for char in text]
        characters += sum(solid)
        changed += len(_changed(text, tokenizer.model.align(text)))
        ids, offsets = tokenizer.encode_with_offsets(text)
        unknowns: set[int] = set()
        for piece_id, (start, end) in zip(ids, offsets, strict=True):
            if piece_id == tokenizer.unk_id:
                unknowns.update(range(start, end))
        unknown += sum(solid[i] for i in unknowns)
    total = max(characters, 1)
    return LostCharacters(characters, changed / total, unknown / total)


def warn(
    tokenizer: tokenizers.Tokenizer,
    texts: Iterable[str],
    *,
    share: float = 0.05,
) -> LostCharacters:
    """Logs a warning if more than `share` is changed or unknown.

    The warning names settings with which less would be lost.

    Args:
        tokenizer: the tokenizer to judge.
        texts: a sample, such as the first 1,000 lines of a corpus.
        share: from 0 to 1.
    """
    texts = list(texts)
    lost = measure(tokenizer, texts)
    if max(lost.changed, lost.unknown) <= share:
        return lost
    logging.warning(
        "Of %d characters, the tokenizer changes %.1f%% beyond case and does "
        "not know %.1f%%. %s A published model must keep the settings that it "
        "was trained with; a script that it does not know needs a vocabulary "
        "of its own, trained with a normalization that keeps the script: "
        "albert-tf vocab --normalization=nfkc.",
        lost.characters,
        100 * lost.changed,
        100 * lost.unknown,
        _advice(tokenizer, texts, below=_total(lost) - share),
    )
    return lost


def _advice(
    tokenizer: tokenizers.Tokenizer, texts: list[str], *, below: float
) -> str:
    better = []
    for change in _possible_changes(tokenizer.settings):
        settings = dataclasses.replace(tokenizer.settings, **change)
        other = tokenizers.Tokenizer(tokenizer.vocabulary, settings)
        lost = measure(other, texts)
        if _total(lost) < below:
            better += [
                f"{name}={value!r} ({lost.changed:.1%} changed, "
                f"{lost.unknown:.1%} unknown)"
                for name, value in change.items()
            ]
    if not better:
        return "No other setting helps with this vocabulary."
    return f"Less is lost with {', '.join(better)}."


def _possible_changes(
    settings: tokenizer_settings.TokenizerSettings,
) -> Iterator[dict[str, Any]]:
    if settings.kind == "sentencepiece":
        for profile in normalize.PROFILES:
            if profile != settings.normalization:
                yield {"normalization": profile}
    yield {"lower_case": not settings.lower_case}


def changed_characters(
    normalizer: normalize.Normalizer, texts: Iterable[str]
) -> collections.Counter[str]:
    """The characters that a normalizer changes, and how often.

    As in `LostCharacters`, case and other spellings do not count.
    """
    changed: collections.Counter[str] = collections.Counter()
    for text in texts:
        text = unicodedata.normalize("NFC", text)
        changed.update(_changed(text, normalizer.with_offsets(text)))
    return changed


def _changed(text: str, aligned: normalize.Aligned) -> list[str]:
    """The characters of `text`, without white space, that do not survive."""
    made = [""] * len(text)  # the normalized text of each character
    ends = list(range(1, len(text) + 1))  # the end of its source
    for char, start, end in zip(*aligned, strict=True):
        made[start] += char
        ends[start] = end
    changed: list[str] = []
    start = 0
    while start < len(text):
        # A letter and its marks are one unit of several characters.
        old = text[start : ends[start]]
        new = unicodedata.normalize("NFC", made[start]).casefold().strip()
        start = ends[start]
        for char in filter(None, map(str.strip, old)):
            if new.startswith(char.casefold()):
                new = new[len(char.casefold()) :]
            else:
                changed.append(char)
    return changed


def _total(lost: LostCharacters) -> float:
    return lost.changed + lost.unknown
