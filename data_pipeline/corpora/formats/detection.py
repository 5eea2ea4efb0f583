"""Detects the format of a text file from its beginning."""

import itertools
import json
import os
import re
from collections.abc import Sequence

import sentencex

from data_pipeline.corpora.formats import lookalikes
from data_pipeline.corpora.formats import streams
from data_pipeline.corpora.formats import wikiextractor

_SNIFF_BYTES = 64 << 10
_JSON_NAMES = (".jsonl", ".ndjson", ".json")
_TABLE_NAMES = (".csv", ".tsv")

_DUMP = re.compile(r"(<\?xml[^>]*>\s*)?(<mediawiki\b|<page>\s*<title>)")
_STRING = r'"(?:[^"\\]|\\.)*"'
_OBJECT = re.compile(rf"\{{\s*{_STRING}\s*:")
_ARRAY = re.compile(rf'\[\s*(?:\{{\s*"|{_STRING}\s*,\s*")')


def find(path: str, asked: str) -> str:
    """The format of a file: the one asked for or, for "auto", detected.

    Raises:
        ValueError: the file is not text or, for "auto", its lines are neither
            sentences nor prose.
    """
    start = streams.start(path, _SNIFF_BYTES + 1)
    found = lookalikes.not_text(start[:_SNIFF_BYTES])
    if found:
        raise _refusal(path, *found)
    if asked != "auto":
        return asked
    whole = len(start) <= _SNIFF_BYTES
    text = start[:_SNIFF_BYTES].decode("utf-8-sig", "replace")
    if whole:
        text += "\n"
    return guess(path, text, whole=whole)


def guess(path: str, text: str, *, whole: bool) -> str:
    """The format of a file that begins with a text.

    Args:
        path: path of the file; its name decides only if the text does not.
        text: the beginning of the file. Its last line does not count, as it
            may be cut off.
        whole: whether the text is the whole file.
    """
    name = os.path.basename(path).lower()
    while name.endswith(streams.COMPRESSION):
        name = os.path.splitext(name)[0]
    head = text.lstrip()
    lines = [line.strip() for line in text.split("\n")[:-1] if line.strip()]
    if _DUMP.match(head):
        return "wikipedia"
    if wikiextractor.is_meant(lines):
        return "wikiextractor"
    found = _json_format(head, lines)
    if found or name.endswith(_JSON_NAMES):
        return found or "jsonl"
    other = lookalikes.not_prose(lines)
    if not other and name.endswith(_TABLE_NAMES):
        other = lookalikes.TABLE
    if other:
        raise _refusal(
            path,
            *other,
            "; to train on its lines as they are, pass "
            "--input_format=sentences",
        )
    return sniff(text)


def _json_format(head: str, lines: Sequence[str]) -> str | None:
    """ "jsonl" or "json" if a text that begins with `head` is one of them.

    The majority of the lines decides: a few may be malformed, and prose may
    begin with a brace.
    """
    values = sum(map(_is_json, lines))
    if values and values >= len(lines) / 2:
        is_array = len(lines) == 1 and head.startswith("[")
        return "json" if is_array else "jsonl"
    if _ARRAY.match(head) or _OBJECT.match(head) and _goes_on(head):
        return "json"
    # The other lines are malformed, or the only one is cut off.
    begun = sum(bool(_OBJECT.match(line)) for line in lines or [head])
    return "jsonl" if begun and begun >= len(lines) / 2 else None


def _is_json(line: str) -> bool:
    """Whether a line is an object or an array, even one nested too deeply."""
    if not line.startswith(("{", "[")):
        return False
    try:
        json.loads(line)
    except RecursionError:
        return True
    except ValueError:
        return False
    return True


def _goes_on(text: str) -> bool:
    """Whether a text begins with an object over several lines, then JSON."""
    if text.partition("\n")[0].strip() == "{":
        return True
    try:
        _, end = json.JSONDecoder().raw_decode(text)
    except (ValueError, RecursionError):
        return False
    return text[end:].lstrip()[:1] in ("", "{", "[")


def _refusal(
    path: str, what: str, remedy: str, otherwise: str = ""
) -> ValueError:
    return ValueError(
        "A file of text must hold plain text, JSON, articles of WikiExtractor "
        f"or a Wikipedia dump. Received: {path}, which looks like {what}. "
        f"{remedy}{otherwise}."
    )


def sniff(text: str) -> str:
    """Whether lines are "sentences", or parts of "prose".

    In prose, lines hold several sentences, or sentences run on over several
    lines (text wrapped at some width). More than an eighth of such lines means
    prose: all of 44 novels had more (0.19 to 0.76 of their first 64 KB), and
    lists of sentences have hardly any. So does a quarter of the text, for
    paragraphs between many short lines, such as verse.
    """
    # The last line may be cut off; it counts only if it is the only one.
    *whole, last = text.split("\n")
    lines = [line.strip() for line in whole or [last]]
    filled = [line for line in lines if line]
    if not filled:
        return "sentences"
    several = [x for x in filled if len(list(sentencex.segment("en", x))) > 1]
    runs_on = sum(
        bool(re.search(r"[\w,]$", line) and re.match(r"[a-z]", following))
        for line, following in itertools.pairwise(lines)
    )
    is_prose = max(len(several), runs_on) > len(filled) / 8
    is_much = _size(several) > _size(filled) / 4
    return "prose" if is_prose or is_much else "sentences"


def _size(lines: Sequence[str]) -> int:
    return sum(map(len, lines))
