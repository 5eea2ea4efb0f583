"""Pairs of a text and what is to be written for it, from files."""

import csv
import json
import os
import re
from collections.abc import Iterator
from typing import NamedTuple

# The end of a sentence: its mark, and a space where the script has spaces.
_END = re.compile(r"(?<=[.!?])\s+|(?<=[。！？；])")


class Pair(NamedTuple):
    """A text, its sentences, and the references, one or more."""

    text: str
    sentences: tuple[str, ...]
    targets: tuple[str, ...]


def read(path: str, text_column: str, target_column: str) -> list[Pair]:
    """Reads .tsv (Tatoeba's too, without a head), .csv or .jsonl.

    Args:
        path: of the file.
        text_column, target_column: names of the head or of fields; or numbers
            from 0, for a .tsv or .csv file without a head. In .jsonl a field
            may be a list: of the text's sentences, or of references.
    Raises:
        ValueError: the file has another ending, or a row lacks a column.
    """
    pairs = []
    for place, row in enumerate(_rows(path, text_column), start=1):
        try:
            text, target = row[text_column], row[target_column]
        except KeyError as error:
            raise ValueError(
                f"Each row of {path} must have the columns {text_column} and "
                f"{target_column}. Received: row {place} without {error}."
            ) from None
        if isinstance(text, str):
            sentences = tuple(s for s in _END.split(text.strip()) if s)
        else:
            sentences, text = tuple(text), " ".join(text)
        targets = (target,) if isinstance(target, str) else tuple(target)
        pairs.append(Pair(text, sentences, targets))
    return pairs


def rows(pairs: list[Pair], every: bool) -> list[tuple[str, str]]:
    """(text, target): each target of each pair, or only its first."""
    return [
        (pair.text, target)
        for pair in pairs
        for target in (pair.targets if every else pair.targets[:1])
    ]


def _rows(path: str, column: str) -> Iterator[dict]:
    ending = os.path.splitext(path)[1]
    if ending not in (".tsv", ".csv", ".jsonl"):
        raise ValueError(
            f"Pairs must be in a .tsv, .csv or .jsonl file. Received: {path}."
        )
    with open(path, encoding="utf-8", newline="") as file:
        if ending == ".jsonl":
            yield from (json.loads(line) for line in file if line.strip())
            return
        if ending == ".csv":
            cells: Iterator[list[str]] = csv.reader(file)
        else:
            # A quotation mark means itself there.
            cells = (line.rstrip("\r\n").split("\t") for line in file)
        head = None if column.isdigit() else next(cells)
        for row in cells:
            if any(row):
                names = head or [str(number) for number in range(len(row))]
                yield dict(zip(names, row, strict=False))
