r"""Lists in the cells of text files, as JSON, Python and NumPy print them.

["EU", "rejects"]    ['EU', 'rejects']    ['EU' 'rejects']    [0 1 0]
[np.str_('EU'), np.str_('rejects')]    array(['EU'], dtype=object)
"""

import ast
import re
import types

from data_pipeline.io import json_file

_ARRAY = re.compile(r"array\((.*?)(?:,\s*dtype=[\w<>|.']+)?\)", re.DOTALL)
# Escapes as repr writes them.
_STRING = r"""u?(?:'(?:[^'\\]|\\[\\'nrtxuU])*'|"(?:[^"\\]|\\[\\"'nrtxuU])*")"""
_NUMBER = r"[-+]?(?:(?:0|[1-9]\d{0,18})\.?\d*|\.\d+)(?:[eE][-+]?\d+)?"
_VALUE = rf"{_STRING}|{_NUMBER}|None|nan|True|False|\.\.\."
# An item, and the separator after it.
_ITEM = re.compile(
    rf"(?:np\.\w+\((?P<scalar>{_VALUE})\)|(?P<value>{_VALUE}))"
    r"(?P<separator>\s*,?\s*)"
)
_CONSTANTS = {
    "None": None,
    "nan": None,
    "...": ...,
    "True": True,
    "False": False,
}
_CLOSING = {"[": "]", "(": ")"}
_FIRST = ("[", "(", "a")
# The beginning of a list of texts or of lists, even if the rest is malformed.
# No printed list has a space before the first quote; a tokenized text may.
_TEXTS = re.compile(
    r"(array\()?\[+([ub]?['\"]|np\.)|\[\[[-\d]|array\(\[|\{['\"]"
)
# Brackets around several unquoted items.
_BRACKETS = re.compile(r"\[(\[.*|[^][]*[\s,][^][]*)\]", re.DOTALL)
_SPACED = re.compile(r"[\[(]\s+u?['\"]")

Item = str | int | float | types.EllipsisType | None


def read(cell: str) -> list[Item] | None:
    """The items of a printed list; None if the cell is not a list.

    A tuple counts as a list if it has texts; numbers in parentheses are text.
    Missing items, printed as None, nan or null, become None. The dots that
    NumPy prints for the middle of a long list become Ellipsis.
    """
    text = cell.strip()
    if text[:1] not in _FIRST:
        return None
    if match := _ARRAY.fullmatch(text):
        text = match[1]
    if text.startswith("["):
        found = _of_json(text)
        if found is not None:
            return found
    if _SPACED.match(text) or _CLOSING.get(text[:1]) != text[-1:]:
        return None
    found = _printed(text[1:-1].strip())
    if text[0] == "(" and (
        "," not in text or not any(isinstance(x, str) for x in found or ())
    ):
        return None
    return found


def items(cell: object) -> list | None:
    """The items of a list or of a printed list; None for other values."""
    if isinstance(cell, str):
        return read(cell)
    return cell if isinstance(cell, list) else None


def is_list(cell: object) -> bool:
    """Whether a cell is a printed list, even one that cannot be read."""
    if not isinstance(cell, str):
        return False
    text = cell.strip()
    if text[:1] not in (*_FIRST, "{"):
        return False
    return (
        read(text) is not None
        or begins(text)
        or bool(_BRACKETS.fullmatch(text))
    )


def begins(cell: str) -> bool:
    """Whether a cell begins as a printed list or set does."""
    return bool(_TEXTS.match(cell.lstrip()))


def _of_json(text: str) -> list[Item] | None:
    try:
        found = json_file.parse(text)
    except ValueError:
        return None
    if not all(x is None or isinstance(x, str | int | float) for x in found):
        return None
    return [None if x != x else x for x in found]  # NaN is no number


def _printed(text: str) -> list[Item] | None:
    """The items of a list that has either commas or spaces between them."""
    found: list[Item] = []
    has_comma = set()
    place = 0
    while place < len(text):
        match = _ITEM.match(text, place)
        if not match:
            return None
        try:
            found.append(_item(match["scalar"] or match["value"]))
        except (ValueError, SyntaxError):  # an incomplete escape
            return None
        place = match.end()
        if place < len(text):
            if not match["separator"]:
                return None
            has_comma.add("," in match["separator"])
    return found if len(has_comma) < 2 else None


def _item(text: str) -> Item:
    return _CONSTANTS[text] if text in _CONSTANTS else ast.literal_eval(text)
