"""Recognizes files that are not text to train on, by their beginning."""

import collections
import csv
import re
from collections.abc import Sequence

# First bytes of binary formats, and their names.
_DATA = (
    (b"PAR1\x15", "a Parquet file"),
    (b"ARROW1\0", "an Arrow file"),
    (b"Obj\x01", "an Avro file"),
    (b"\x89HDF", "an HDF5 file"),
    (b"\x93NUMPY", "a NumPy file"),
    (b"SQLite format 3\0", "an SQLite database"),
    (b"-- MySQL dump", "an SQL dump"),
    (b"WARC/", "a WARC web archive"),
    (b"%PDF-", "a PDF document"),
    (b"{\\rtf", "an RTF document"),
    (b"\xd0\xcf\x11\xe0", "a Microsoft Office document"),
)
_ARCHIVES = (
    (b"PK\x03\x04", "a zip archive, such as an Office document"),
    (b"7z\xbc\xaf", "a 7-Zip archive"),
    (b"Rar!\x1a", "a RAR archive"),
    (b"\x1f\x9d", "a file compressed by compress"),
    (b"\x04\x22\x4d\x18", "a file compressed by LZ4"),
    (b"\x5d\x00\x00", "a file compressed by LZMA"),
)
_ENCODINGS = (
    (b"\xff\xfe\x00\x00", "UTF-32"),
    (b"\x00\x00\xfe\xff", "UTF-32"),
    (b"\xff\xfe", "UTF-16"),
    (b"\xfe\xff", "UTF-16"),
)
_LFS_POINTER = b"version https://git-lfs.github.com/"
# Position and content of the mark of a tar archive.
_TAR = (257, b"ustar")
# Text has hardly any of these; in UTF-16, nearly half of the bytes are zeros.
_CONTROL = re.compile(rb"[\x00-\x08\x0e-\x19\x7f]")
_MOST_CONTROL = 1 / 300

_XML_START = re.compile(r"<\?xml\b|<!DOCTYPE\b|<html\b|<!--", re.IGNORECASE)
_TAG = re.compile(r"<[A-Za-z][\w:.-]*(\s[^<>]*)?/?>")
_CLOSING_TAG = re.compile(r"</[A-Za-z][\w:.-]*\s*>")
_PYTHON_DICT = re.compile(r"\{'\w+': ")
# A column's name: a few words, not a sentence.
_COLUMN = re.compile(r"[^\W\d][\w -]{0,39}")

_AS_JSON_LINES = (
    'Write its texts as JSON lines first, one {"text": ...} per line'
)

TABLE = ("a table, by its name", _AS_JSON_LINES)


def not_text(start: bytes) -> tuple[str, str] | None:
    """The kind of a file that is not text, and the remedy; or None."""
    for magic, what in _DATA:
        if start.startswith(magic):
            return what, _AS_JSON_LINES
    for magic, what in _ARCHIVES:
        if start.startswith(magic):
            return what, "Unpack it first"
    if start[_TAR[0] :].startswith(_TAR[1]):
        return "a tar archive", "Unpack it first"
    for magic, encoding in _ENCODINGS:
        if start.startswith(magic):
            return (
                f"{encoding} text",
                f"Convert it first: iconv -f {encoding} -t UTF-8",
            )
    if start.startswith(_LFS_POINTER):
        return "a Git LFS pointer", "Fetch the file itself: git lfs pull"
    control = len(_CONTROL.findall(start))
    if control > max(1, len(start) * _MOST_CONTROL):
        return (
            "binary data, or UTF-16 without a byte order mark",
            "Convert it to UTF-8 text first",
        )
    return None


def not_prose(lines: Sequence[str]) -> tuple[str, str] | None:
    """The kind of a text that is not prose, and the remedy; or None.

    Args:
        lines: complete lines from the start of the file, without blank ones.
    """
    if not lines:
        return None
    if _XML_START.match(lines[0]):
        return "XML or HTML", "Write the text without tags first"
    if _TAG.match(lines[0]):
        closing = sum(bool(_CLOSING_TAG.search(line)) for line in lines)
        if closing * 4 > len(lines):
            return "XML or HTML", "Write the text without tags first"
    if all(_PYTHON_DICT.match(line) for line in lines):
        return "dictionaries as Python prints them", (
            "Write them with json.dumps"
        )
    if _is_tab_separated(lines):
        return "a table (TSV)", _AS_JSON_LINES
    if _is_csv(lines, ",") or _is_csv(lines, ";"):
        return "a table (CSV)", _AS_JSON_LINES
    return None


def _is_tab_separated(lines: Sequence[str]) -> bool:
    """Whether most lines have the same number of tabs; comments may not."""
    tabs = collections.Counter(line.count("\t") for line in lines)
    number, count = tabs.most_common(1)[0]
    return len(lines) >= 3 and number > 0 and count >= 0.7 * len(lines)


def _is_csv(lines: Sequence[str], delimiter: str) -> bool:
    """Whether nearly all rows have as many cells as the first.

    Sentences have commas and semicolons too, so there must also be a header, or
    quoted cells in half of the lines.
    """
    try:
        rows = list(csv.reader(lines, delimiter=delimiter))
    except csv.Error:
        return False
    if len(rows) < 3 or len(rows[0]) < 2:
        return False
    same = sum(len(row) == len(rows[0]) for row in rows)
    cell = re.compile(f'(^|{delimiter})"([^"]|"")*"({delimiter}|$)')
    return same >= min(0.9 * len(rows), len(rows) - 1) and (
        all(map(_COLUMN.fullmatch, rows[0]))
        or sum(bool(cell.search(line)) for line in lines) > len(lines) / 2
    )
