"""Texts with aspect terms and their polarities, from two published layouts.

.xml    SemEval's and MAMS': <sentence> with <text> and <aspectTerm from="4"
        to="9" polarity="negative" term="decor"/>
.txt    ASTE's: words####[([11, 12], [10], 'POS')], where the first list has
        the numbers of a term's words, and the second those of the opinion
"""

import ast
import json
import os
from collections.abc import Iterable
from typing import NamedTuple
from xml.etree import ElementTree

from data_pipeline.io import files

TERM = "TERM"
_POLARITIES = {"POS": "positive", "NEG": "negative", "NEU": "neutral"}


class Aspect(NamedTuple):
    """What a text has an opinion on.

    Attributes:
        start, end: its first character, and the one after its last.
        polarity: positive, negative, neutral, or as the file calls it.
    """

    start: int
    end: int
    polarity: str


class Review(NamedTuple):
    """A text and its aspects, in order; no two overlap."""

    text: str
    aspects: tuple[Aspect, ...]

    def term(self, aspect: Aspect) -> str:
        return self.text[aspect.start : aspect.end]


def read(path: str) -> list[Review]:
    """Reads a file of either layout.

    A term that two opinions of different polarities are about, or that overlaps
    an earlier one, is left out: a tagger gives each word one tag.

    Raises:
        ValueError: the file has another layout.
        FileNotFoundError: there is no such file.
    """
    with files.open(path, "rb") as file:
        content = file.read().decode("utf-8-sig")
    try:
        found = (
            _of_xml(content) if path.endswith(".xml") else _of_lines(content)
        )
    except (ElementTree.ParseError, SyntaxError, KeyError, TypeError) as error:
        raise _wrong(path, repr(error)) from None
    except ValueError as error:
        raise _wrong(path, str(error)) from None
    if not any(review.aspects for review in found):
        raise _wrong(path, "no aspect term")
    return found


def write_tagging(path: str, reviews: Iterable[Review]) -> None:
    """Writes texts with their terms as spans, as `--task_type=tagging` reads
    them."""
    _write(
        path,
        (
            {
                "text": review.text,
                "label": [[a.start, a.end, TERM] for a in review.aspects],
            }
            for review in reviews
        ),
    )


def write_pairs(path: str, reviews: Iterable[Review]) -> None:
    """Writes a pair of text and term for each aspect, with its polarity."""
    _write(
        path,
        (
            {
                "text": review.text,
                "term": review.term(aspect),
                "polarity": aspect.polarity,
            }
            for review in reviews
            for aspect in review.aspects
        ),
    )


def _write(path: str, rows: Iterable[dict]) -> None:
    files.make_folder(os.path.dirname(path))
    lines = (json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
    files.write(path, "".join(lines).encode())


def _of_xml(content: str) -> list[Review]:
    return [
        _review(
            sentence.findtext("text") or "",
            [
                Aspect(
                    int(term.attrib["from"]),
                    int(term.attrib["to"]),
                    term.attrib["polarity"],
                )
                for term in sentence.iter("aspectTerm")
            ],
        )
        for sentence in ElementTree.fromstring(content).iter("sentence")
    ]


def _of_lines(content: str) -> list[Review]:
    found = []
    for line in content.splitlines():
        if not line.strip():
            continue
        text, separator, triplets = line.partition("####")
        if not separator:
            raise ValueError(f"a line without ####: {line[:60]!r}")
        words = text.split()
        starts, place = [], 0
        for word in words:
            starts.append(place)
            place += len(word) + 1
        aspects = []
        for numbers, _, polarity in ast.literal_eval(triplets):
            first, last = min(numbers), max(numbers)
            if not 0 <= first <= last < len(words):
                raise ValueError(f"a term outside of its text: {line[:60]!r}")
            end = starts[last] + len(words[last])
            aspects.append(Aspect(starts[first], end, _POLARITIES[polarity]))
        found.append(_review(" ".join(words), aspects))
    return found


def _review(text: str, aspects: Iterable[Aspect]) -> Review:
    polarities: dict[tuple[int, int], set[str]] = {}
    for start, end, polarity in aspects:
        if not 0 <= start < end <= len(text):
            raise ValueError(f"a term outside of its text: {text[:60]!r}")
        polarities.setdefault((start, end), set()).add(polarity)
    kept: list[Aspect] = []
    for (start, end), own in sorted(polarities.items()):
        if len(own) == 1 and (not kept or kept[-1].end <= start):
            kept.append(Aspect(start, end, own.pop()))
    return Review(text, tuple(kept))


def _wrong(path: str, received: str) -> ValueError:
    return ValueError(
        "Opinions must be in SemEval's XML (.xml) or in lines of ASTE (.txt). "
        f"Received: {path}: {received[:200]}. Name another file."
    )
