"""Unigram tokenizers of Hugging Face's tokenizer.json, run by SentencePiece.

A text is normalized as the file says and written with "▁" in place of spaces;
then a SentencePiece model with the same pieces and scores finds the likeliest
pieces, as the tokenizers library does. Three things differ from SentencePiece's
own models:

* Each word is tokenized by itself: pieces with a "▁" after their first
  character are never chosen.
* There is no digit-comma rule except in the scores.
* Added tokens ("." in ALBERT's vocabulary in transformers 5) are cut out of the
  original text first. Here each becomes a private-use character, which is a
  piece of the model.

In transformers, a special piece that is written in a text, such as "[MASK]",
also gives its id; here no text does.
"""

import dataclasses
import functools
import re
import unicodedata
from collections.abc import Callable
from collections.abc import Iterator
from typing import Any

from data_pipeline.text.pieces import charsmap
from data_pipeline.text.pieces import normalize
from data_pipeline.text.pieces import sentencepieces
from data_pipeline.text.pieces import tokenizer_json

_UNDERLINE = sentencepieces.UNDERLINE
# Characters that stand for added tokens, and one for those that a text
# contains.
FIRST_MARK, STRANGER = 0x100000, 0x10FFFD
_MARKS = f"{chr(FIRST_MARK)}-{chr(STRANGER - 1)}"
# White space other than U+0020. Unlike in Python, U+001C to U+001F are not.
_SPACES = (
    "\t\n\v\f\r\x85\xa0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006"
    "\u2007\u2008\u2009\u200a\u2028\u2029\u202f\u205f\u3000"
)


@dataclasses.dataclass(frozen=True)
class Normalizer:
    """A function from text to the input of the model.

    Args:
        steps: how text is changed.
        tokens: the added tokens that are cut out; token i becomes the
            character FIRST_MARK + i.
    """

    steps: tokenizer_json.Steps
    tokens: tuple[str, ...] = ()

    def __call__(self, text: str) -> str:
        begins = self._begins(self.is_bare(text))
        text = _strangers().sub(chr(STRANGER), text)
        for token, mark in self.marks():
            text = text.replace(token, mark)
        if self.steps.quotes:
            text = text.replace("``", '"').replace("''", '"')
        if self.looks_at_clusters and not text.isascii():
            text = charsmap.clusters().sub(
                lambda match: self.table.cluster(match[0]), text
            )
        text = text.translate(self._characters)
        if not self.steps.splits_words:
            if self.steps.collapses:
                text = _several_spaces().sub(" ", text)
            text = text.replace(" ", _UNDERLINE)
        text = begins.sub(_UNDERLINE, text)
        return text.replace(" ", "")

    def with_offsets(self, text: str) -> normalize.Aligned:
        """The same text as `__call__`, aligned with the original.

        A combining mark belongs to the character before it, as in
        normalize.Normalizer, and the "▁" of a word to its first character.
        """
        size = len(text)
        begins = self._begins(self.is_bare(text))
        text = _strangers().sub(chr(STRANGER), text)
        aligned = normalize.Aligned(
            text, list(range(size)), list(range(1, size + 1))
        )
        for token, mark in self.marks():
            aligned = _replaced(aligned, token, mark)
        if self.steps.quotes:
            aligned = _replaced(_replaced(aligned, "``", '"'), "''", '"')
        if self.looks_at_clusters:
            aligned = normalize.rewrite(aligned, self._clusters(aligned.text))
        aligned = normalize.rewrite(aligned, self._edits(aligned.text))
        if not self.steps.splits_words:
            if self.steps.collapses:
                aligned = _replaced(aligned, _several_spaces(), " ")
            aligned = _replaced(aligned, " ", _UNDERLINE)
        text = aligned.text
        places = (match.start() for match in begins.finditer(text))
        aligned = normalize.rewrite(
            aligned, ((i, i + 1, _UNDERLINE + text[i]) for i in places)
        )
        return _replaced(aligned, " ", "")

    def marks(self) -> list[tuple[str, str]]:
        """The added tokens, longest first, and the characters for them."""
        found = [(t, chr(FIRST_MARK + i)) for i, t in enumerate(self.tokens)]
        return sorted(found, key=lambda pair: -len(pair[0]))

    @property
    def looks_at_clusters(self) -> bool:
        # If accents are stripped first, no cluster of the table is left.
        return self.steps.charsmap is not None and self.steps.keep_accents

    @functools.cached_property
    def table(self) -> charsmap.Charsmap:
        assert self.steps.charsmap is not None
        return charsmap.Charsmap(self.steps.charsmap)

    def character(self, char: str) -> str:
        """The replacement of a single character; white space that separates
        words becomes U+0020."""
        text = char
        for step in self.steps.characters:
            if step == "Precompiled":
                text = "".join(map(self.table.character, text))
            else:
                text = _STEPS[step](text)
        if self.steps.any_space:
            text = "".join(" " if c in _SPACES else c for c in text)
        return text

    @functools.cached_property
    def _characters(self) -> "_Characters":
        return _Characters(self.character)

    def is_bare(self, text: str) -> bool:
        """Whether a text gets no "▁" at its start. If only the text is to begin
        with one, the library puts it before the first original character,
        which may have vanished."""
        if self.steps.prefix_all or not text:
            return False
        if self.steps.quotes and text.startswith(("``", "''")):
            return True
        return self.vanishes(text[0])

    def vanishes(self, char: str) -> bool:
        """Whether a character is a mark that is stripped as an accent."""
        if self.steps.keep_accents:
            return False
        return all(map(charsmap.is_mark, unicodedata.normalize("NFKD", char)))

    def _begins(self, is_bare: bool) -> re.Pattern[str]:
        """Matches the positions where a "▁" is inserted."""
        ahead = f"(?=[^ {_UNDERLINE}{_MARKS}])"
        if self.steps.prefix_all:
            return re.compile(f"(?<![^ {_MARKS}]){ahead}")
        behind = "(?<= )" if is_bare else r"(?:\A|(?<= ))"
        return re.compile(behind + ahead)

    def _clusters(self, text: str) -> Iterator[normalize.Edit]:
        for match in charsmap.clusters().finditer(text):
            new = self.table.cluster(match[0])
            if new != match[0]:
                yield *match.span(), new

    def _edits(self, text: str) -> Iterator[normalize.Edit]:
        pattern = _ascii() if text.isascii() else _clusters_and_characters()
        for match in pattern.finditer(text):
            new = match[0].translate(self._characters)
            if len(match[0]) > 1 or new != match[0]:
                yield *match.span(), new


_STEPS: dict[str, Callable[[str], str]] = {
    "NFKD": functools.partial(unicodedata.normalize, "NFKD"),
    "StripAccents": lambda text: "".join(
        c for c in text if not charsmap.is_mark(c)
    ),
    # Each character by itself: a capital sigma never becomes ς.
    "Lowercase": lambda text: "".join(map(str.lower, text)),
}


class _Characters(dict):
    """A table for str.translate, whose entries are computed on demand."""

    def __init__(self, function: Callable[[str], str]) -> None:
        super().__init__()
        self._function = function

    def __missing__(self, code: int) -> str:
        self[code] = self._function(chr(code))
        return self[code]

    def __reduce__(self) -> tuple[Any, ...]:
        return _Characters, (self._function,)


def _replaced(
    aligned: normalize.Aligned, old: str | re.Pattern[str], new: str
) -> normalize.Aligned:
    if isinstance(old, str):
        old = re.compile(re.escape(old))
    matches = old.finditer(aligned.text)
    return normalize.rewrite(aligned, ((*m.span(), new) for m in matches))


@functools.cache
def _strangers() -> re.Pattern[str]:
    return re.compile(f"[{_MARKS}]")


@functools.cache
def _several_spaces() -> re.Pattern[str]:
    return re.compile(" {2,}")


@functools.cache
def _ascii() -> re.Pattern[str]:
    return re.compile("[^ -@\\[-~]")


@functools.cache
def _clusters_and_characters() -> re.Pattern[str]:
    joiners = normalize.characters_where(normalize.joins_the_one_before)
    return re.compile(rf".[{joiners}]+|[^ -@\[-~]", re.DOTALL)
