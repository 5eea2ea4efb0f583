"""JSON: documents as objects, in an array or one after the other.

JSON other than JSON lines is never parsed as a whole: it is cut where one of
its values ends and the next may begin.
"""

import json
import re
from collections.abc import Iterator
from typing import Any

# Strings, which may hold anything, and the marks where values may end. A string
# without an end runs to the end of the known text. The lookahead keeps the
# expression from backtracking, since Python 3.10 has no `*+`.
_TOKEN = re.compile(
    rb'"(?=((?:[^"\\]+|\\.)*))\1(?:"|\\?\Z)|[\[\]{},]', re.DOTALL
)
_ARRAY_START = re.compile(rb"(?:\xef\xbb\xbf)?\s*\[")
_OPENING = re.compile(r"\s*\[")
_ARRAY_END = re.compile(r"\]\s*")
_BETWEEN = re.compile(r"[\s,]*")
_DECODER = json.JSONDecoder()
_NAMES: dict[type, str] = {
    dict: "an object",
    list: "a list",
    str: "a string",
    bool: "a boolean",
    int: "a number",
    float: "a number",
    type(None): "null",
}
# Number of keys that a message lists.
_MOST_KEYS = 20


def last_end(content: bytes | bytearray, offset: int) -> int:
    """The end of the last complete value in `content`; 0 if there is none.

    Args:
        content: the text, from a value or from its beginning on.
        offset: 0 at the beginning, where an array may open.
    """
    start = _ARRAY_START.match(content) if offset == 0 else None
    depth = end = 0
    for token in _TOKEN.finditer(content, start.end() if start else 0):
        mark = token[0]
        if mark in (b"{", b"["):
            depth += 1
        elif mark in (b"}", b"]"):
            depth -= 1
            if depth == 0:
                end = token.end()
        elif mark == b"," and depth == 0:
            end = token.end()
    return end


def is_array(start: bytes) -> bool:
    """Whether a text with this start is an array."""
    return bool(_ARRAY_START.match(start))


def closes_array(end: bytes) -> bool:
    """Whether a text with this end may be an array."""
    return end.rstrip().endswith(b"]")


def values(text: str, offset: int) -> Iterator[tuple[int, Any]]:
    """Yields values separated by white space or commas, each with its start.

    Args:
        text: text from a value or from the beginning on. It may include the
            end of the array.
        offset: 0 at the beginning, where an array may open.
    Raises:
        json.JSONDecodeError: the text is not JSON, or nested too deeply.
    """
    opening = _OPENING.match(text) if offset == 0 else None
    at = _after(text, opening.end() if opening else 0)
    while at < len(text) and not _ARRAY_END.fullmatch(text, at):
        value, end = parse(text, at)
        yield at, value
        at = _after(text, end)


def _after(text: str, at: int) -> int:
    """Where the next value begins, past white space and commas."""
    between = _BETWEEN.match(text, at)
    return between.end() if between else at


def parse(text: str, at: int = 0) -> tuple[Any, int]:
    """The value that begins at a position, and its end.

    Raises:
        json.JSONDecodeError: the text is not JSON, or nested too deeply.
    """
    try:
        return _DECODER.raw_decode(text, at)
    except json.JSONDecodeError:
        raise
    except RecursionError:
        raise json.JSONDecodeError("nested too deeply", text, at) from None
    except ValueError as error:  # a number of thousands of digits
        raise json.JSONDecodeError(str(error), text, at) from None


def what_is_wrong(value: Any, text_field: str) -> tuple[str, str] | None:
    """The reason that a value is not a document, and the remedy; or None."""
    if not isinstance(value, dict):
        return f"{_NAMES[type(value)]} instead of an object", "Correct it"
    if text_field in value:
        kind = type(value[text_field])
        if kind is str:
            return None
        return f"{text_field!r} is {_NAMES[kind]}", "Correct the object"
    keys = ", ".join(map(repr, list(value)[:_MOST_KEYS]))
    remedy = "Name the field of the text with --text_field"
    for key, inner in value.items():
        if isinstance(inner, list) and inner and isinstance(inner[0], dict):
            remedy += f", or write the objects of {key!r}, one per line"
            break
    return f"no {text_field!r} among the fields {keys or '(none)'}", remedy
