"""Reads the documents in pieces of text, with one reader for each format.

A reader takes a piece, its text, the name of the text field, and the faults to
add to. It yields names and sentences of documents, even of those without
sentences.
"""

import json
import os
from collections.abc import Callable
from collections.abc import Iterator
from typing import Any

from data_pipeline.corpora import blocks
from data_pipeline.corpora import text_config
from data_pipeline.corpora import text_faults
from data_pipeline.corpora.formats import json_text
from data_pipeline.corpora.formats import prose
from data_pipeline.corpora.formats import wikiextractor
from data_pipeline.corpora.formats import wikipedia

_BYTE_ORDER_MARK = b"\xef\xbb\xbf"
# In these formats, invalid UTF-8 is decoded to lone surrogates, so that it is
# found in the document that contains it.
_LENIENT = ("jsonl", "json", "wikiextractor")

_Documents = Iterator[tuple[str, list[str]]]


def read(
    piece: blocks.Piece,
    config: text_config.TextConfig,
    faults: text_faults.Faults,
) -> _Documents:
    """Reads the documents of a piece.

    Yields:
        A name, and a list of sentences, which may be empty.
    Raises:
        ValueError: a document has a fault, and the config says to stop.
    """
    text = _decode(piece, faults, config.invalid_utf8)
    return _READERS[piece.format](piece, text, config.text_field, faults)


def _read_sentences(
    piece: blocks.Piece,
    text: str,
    text_field: str,
    faults: text_faults.Faults,
) -> _Documents:
    lines: list[str] = []
    number = 0
    for line in [*text.split("\n"), ""]:
        if line := line.strip():
            lines.append(line)
        elif lines:
            yield f"{_name(piece)}:{number}", lines
            lines, number = [], number + 1


def _read_prose(
    piece: blocks.Piece,
    text: str,
    text_field: str,
    faults: text_faults.Faults,
) -> _Documents:
    yield _name(piece), prose.sentences(text)


def _read_jsonl(
    piece: blocks.Piece,
    text: str,
    text_field: str,
    faults: text_faults.Faults,
) -> _Documents:
    # Not splitlines, which also splits at characters inside JSON strings.
    for number, line in enumerate(text.split("\n")):
        line = line.strip().removeprefix("\ufeff")  # from concatenated files
        if not line:
            continue
        place = f"{piece.name}, line {piece.line + number}"
        try:
            value, end = json_text.parse(line)
            if end < len(line):
                raise json.JSONDecodeError("Extra data", line, end)
        except json.JSONDecodeError as error:
            faults.bad_document(
                "Each line of JSON lines must be a JSON object (for an array, "
                "or objects over several lines, use --input_format=json).",
                place,
                f"{line[:60]!r}, which is not JSON ({error.msg}, column "
                f"{error.pos + 1})",
                "Fix the line",
            )
            continue
        found = _text_of(value, text_field, place, faults)
        if found is not None:
            yield f"{_name(piece)}:{number}", prose.sentences(found)


def _read_json(
    piece: blocks.Piece,
    text: str,
    text_field: str,
    faults: text_faults.Faults,
) -> _Documents:
    try:
        for at, value in json_text.values(text, piece.offset):
            line = piece.line + text.count("\n", 0, at)
            place = f"{piece.name}, line {line}"
            found = _text_of(value, text_field, place, faults)
            if found is not None:
                yield f"{_name(piece)}:{at}", prose.sentences(found)
    except json.JSONDecodeError as error:
        line = piece.line + text.count("\n", 0, error.pos)
        raise ValueError(
            "A JSON file must be valid to its end. Received: "
            f"{piece.name}, line {line}, "
            f"{text[error.pos : error.pos + 30]!r}: {error.msg}. Fix "
            "it, or write one object per line, so that "
            "--on_bad_document=skip can leave out the bad ones."
        ) from None


def _read_wikiextractor(
    piece: blocks.Piece,
    text: str,
    text_field: str,
    faults: text_faults.Faults,
) -> _Documents:
    for article in wikiextractor.articles(text):
        place = f"{piece.name}, line {piece.line + article.line}"
        if article.text is None:
            faults.bad_document(
                "Each article of WikiExtractor must lie between <doc ...> and "
                "</doc>.",
                place,
                article.wrong,
                "The file may be truncated. Extract it again",
            )
            continue
        found = faults.valid(article.text, place)
        if found is not None:
            title = article.title.encode(errors="replace").decode()
            yield (
                title or f"{_name(piece)}:{article.line}",
                prose.sentences(found),
            )


def _read_wikipedia(
    piece: blocks.Piece,
    text: str,
    text_field: str,
    faults: text_faults.Faults,
) -> _Documents:
    for article in wikipedia.articles(text):
        if article.paragraphs is None:
            faults.bad_document(
                "Each page of a dump must be complete XML with a title.",
                f"{piece.name}, line {piece.line + article.line}",
                article.wrong,
                "Fetch the dump again",
            )
            continue
        yield article.title, prose.split(article.paragraphs)


_READERS: dict[str, Callable[..., _Documents]] = {
    "sentences": _read_sentences,
    "prose": _read_prose,
    "tfds": _read_prose,
    "jsonl": _read_jsonl,
    "json": _read_json,
    "wikiextractor": _read_wikiextractor,
    "wikipedia": _read_wikipedia,
}


def _text_of(
    value: Any, text_field: str, place: str, faults: text_faults.Faults
) -> str | None:
    """The text of a JSON document without its title; None if there is none."""
    wrong = json_text.what_is_wrong(value, text_field)
    if wrong:
        faults.bad_document(
            "Each document in JSON must be an object with its text, a string, "
            f"in the field that --text_field names ({text_field!r}).",
            place,
            *wrong,
        )
        return None
    text = faults.valid(value[text_field], place)
    title = value.get("title")
    if text is not None and isinstance(title, str) and text_field != "title":
        return prose.without_title(text, title)
    return text


def _name(piece: blocks.Piece) -> str:
    name = os.path.basename(piece.name)
    return f"{name}:{piece.offset}" if piece.offset else name


def _decode(
    piece: blocks.Piece, faults: text_faults.Faults, policy: str
) -> str:
    """The text of a piece; invalid UTF-8 is added to `faults`."""
    content, offset = piece.content, piece.offset
    if offset == 0 and content.startswith(_BYTE_ORDER_MARK):
        content, offset = content[3:], 3
    if piece.format in _LENIENT:
        return content.decode(errors="surrogateescape")
    try:
        return content.decode()
    except UnicodeDecodeError:
        pass
    separator = b"</page>" if piece.format == "wikipedia" else b"\n"
    kept = []
    for unit in content.split(separator):
        try:
            kept.append(unit.decode())
        except UnicodeDecodeError as error:
            byte = f"{offset + error.start} ({unit[error.start]:#x})"
            if piece.format == "tfds":
                byte = f"{error.start} of example {piece.offset}"
            faults.invalid(f"{piece.name}, byte {byte}")
            if policy == "replace":
                kept.append(unit.decode(errors="replace"))
        offset += len(unit) + len(separator)
    return separator.decode().join(kept)
