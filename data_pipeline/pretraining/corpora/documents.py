"""Blocks of bytes to documents of sentences."""

import dataclasses
import json
import os
import re
from collections.abc import Iterable
from collections.abc import Iterator

import sentencex
from absl import logging

from data_pipeline.pretraining.corpora import blocks
from data_pipeline.pretraining.corpora import sources
from data_pipeline.pretraining.corpora import wikipedia

_BYTE_ORDER_MARK = b"\xef\xbb\xbf"
_EMPTY_LINE = re.compile(r"\n\s*\n")
# Text wrapped at some width has no line longer than this.
_WRAPPED_WIDTH = 100


@dataclasses.dataclass(frozen=True)
class Document:
    """One text: a name to tell it by, and its sentences in order."""

    name: str
    sentences: list[str]


def read(text_input: sources.TextInput) -> Iterator[Document]:
    """Reads the documents of a text in order, a few megabytes at a time.

    Raises:
        FileNotFoundError: nothing matches.
        ValueError: a file that is not what it should be.
    """
    groups = sources.groups(sources.list_sources(text_input))
    for number, group in enumerate(groups):
        for block, _ in blocks.cut(number, group, text_input):
            found, invalid = parse(block, text_input)
            for place in invalid:
                logging.warning("Not UTF-8: %s.", place)
            yield from found


def parse(
    block: blocks.Block, text_input: sources.TextInput
) -> tuple[list[Document], list[str]]:
    """The documents of a block that hold a sentence.

    Returns:
        The documents, and the places (file and byte) of what is not UTF-8 and
        so was replaced or skipped, as `text_input.invalid_utf8` says.
    Raises:
        ValueError: such a place, if invalid_utf8 is "error"; a JSON line
            without its field; a dump that is cut short.
    """
    documents: list[Document] = []
    places: list[str] = []
    for piece in block.pieces:
        text, invalid = _decode(piece, text_input.invalid_utf8)
        places += invalid
        read = _READERS[piece.format]
        documents += [
            Document(name, sentences)
            for name, sentences in read(piece, text, text_input.text_field)
            if sentences
        ]
    return documents, places


def split_sentences(paragraphs: Iterable[str]) -> list[str]:
    return [
        sentence.strip()
        for paragraph in paragraphs
        for sentence in sentencex.segment("en", paragraph)
        if sentence.strip()
    ]


def paragraphs(text: str) -> list[str]:
    """Parts prose at empty lines, and where it is not wrapped, at every line.

    Between two empty lines, a line longer than 100 characters shows that lines
    are paragraphs.
    """
    found: list[str] = []
    for part in _EMPTY_LINE.split(text):
        lines = part.split("\n")
        if max(map(len, lines)) > _WRAPPED_WIDTH:
            found += [" ".join(line.split()) for line in lines]
        else:
            found.append(" ".join(part.split()))
    return found


def _read_sentences(piece, text, text_field):
    lines: list[str] = []
    number = 0
    for line in [*text.split("\n"), ""]:
        if line := line.strip():
            lines.append(line)
        elif lines:
            yield f"{_name(piece)}:{number}", lines
            lines, number = [], number + 1


def _read_prose(piece, text, text_field):
    yield _name(piece), split_sentences(paragraphs(text))


def _read_jsonl(piece, text, text_field):
    # Not splitlines: it also parts at characters that JSON strings may hold.
    for number, line in enumerate(text.split("\n")):
        if not line.strip():
            continue
        try:
            content = json.loads(line)[text_field]
            if not isinstance(content, str):
                raise TypeError(f"{text_field} is no text")
        except (ValueError, KeyError, TypeError) as error:
            raise ValueError(
                "A JSON line is an object with a text in the field that "
                f"--text_field names. Received: {piece.name}, line "
                f"{number + 1} from byte {piece.offset}: {line[:60]!r} "
                f"({type(error).__name__}: {error})."
            ) from None
        name = f"{_name(piece)}:{number}"
        yield name, split_sentences(paragraphs(content))


def _read_wikipedia(piece, text, text_field):
    pages = text[text.find("<page>") :] if "<page>" in text else ""
    pages, end, rest = pages.rpartition("</page>")
    if "<page>" in rest:
        raise ValueError(
            "A dump must be whole. Received: "
            f"{piece.name}, which ends inside of an article. Fetch it again."
        )
    for title, prose in wikipedia.articles(pages + end):
        yield title, split_sentences(prose)


_READERS = {
    "sentences": _read_sentences,
    "prose": _read_prose,
    "tfds": _read_prose,
    "jsonl": _read_jsonl,
    "wikipedia": _read_wikipedia,
}


def _name(piece: blocks.Piece) -> str:
    name = os.path.basename(piece.name)
    return f"{name}:{piece.offset}" if piece.offset else name


def _decode(piece: blocks.Piece, policy: str) -> tuple[str, list[str]]:
    """The text of a piece, and the places that are not UTF-8."""
    content, offset = piece.content, piece.offset
    if offset == 0 and content.startswith(_BYTE_ORDER_MARK):
        content, offset = content[3:], 3
    try:
        return content.decode(), []
    except UnicodeDecodeError:
        pass
    separator = b"</page>" if piece.format == "wikipedia" else b"\n"
    kept, places = [], []
    for unit in content.split(separator):
        try:
            kept.append(unit.decode())
        except UnicodeDecodeError as error:
            byte = f"{offset + error.start} ({unit[error.start]:#x})"
            if piece.format == "tfds":
                byte = f"{error.start} of example {piece.offset}"
            places.append(f"{piece.name}, byte {byte}")
            if policy == "error":
                raise ValueError(
                    f"Text must be UTF-8. Received: {places[0]}: "
                    f"{error.reason}. Convert the file, for example with "
                    "iconv, or pass --invalid_utf8=replace or skip."
                ) from None
            if policy == "replace":
                kept.append(unit.decode(errors="replace"))
        offset += len(unit) + len(separator)
    return separator.decode().join(kept), places
