"""Splits prose into sentences."""

import re
from collections.abc import Iterable

import sentencex

_EMPTY_LINE = re.compile(r"\n\s*\n")
# No line of wrapped text is longer than this.
_WRAPPED_WIDTH = 100


def sentences(text: str) -> list[str]:
    """The sentences of prose."""
    return split(paragraphs(text))


def split(paragraphs: Iterable[str]) -> list[str]:
    """The sentences of paragraphs."""
    return [
        sentence.strip()
        for paragraph in paragraphs
        for sentence in sentencex.segment("en", paragraph)
        if sentence.strip()
    ]


def paragraphs(text: str) -> list[str]:
    """Splits prose at empty lines and, if it is not wrapped, at every line.

    Text between two empty lines is not wrapped if one of its lines has more
    than 100 characters; then each line is a paragraph.
    """
    found: list[str] = []
    for part in _EMPTY_LINE.split(text):
        lines = part.split("\n")
        if max(map(len, lines)) > _WRAPPED_WIDTH:
            found += [" ".join(line.split()) for line in lines]
        else:
            found.append(" ".join(part.split()))
    return found


def without_title(text: str, title: str) -> str:
    """The text without its first line, if that is the title.

    A title is not a sentence of the text that follows it.
    """
    first, _, rest = text.lstrip().partition("\n")
    is_title = bool(title.strip()) and first.strip() == title.strip()
    return rest if is_title else text
