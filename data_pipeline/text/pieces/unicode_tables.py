"""Python's Unicode data as arrays, for TensorFlow graphs.

The Unicode library in TensorFlow (ICU) and Python's unicodedata implement
different versions of Unicode: NFKD differs for 118 code points and lower case
for 41 between Python 3.11 and TensorFlow 2.21. So graphs do not use ICU, but
look up tables that Python makes here, and give the same results as Python.
"""

import functools
import sys
import unicodedata
from collections.abc import Callable
from collections.abc import Iterable
from typing import NamedTuple

import numpy as np

from data_pipeline.text.pieces import normalize
from data_pipeline.text.pieces import wordpiece

BLOCK = 256  # code points in a block
CAPITAL_SIGMA = "\u03a3"
FINAL_SIGMA = "\u03c2"

# The roles of characters near a capital sigma.
NEUTRAL, CASED, IGNORED = 0, 1, 2


class CodePointTable(NamedTuple):
    """One int32 per code point; equal blocks of 256 are stored once.

    value(code) = rows[blocks[code // 256], code % 256]
    """

    blocks: np.ndarray  # int32 [4352]
    rows: np.ndarray  # int32 [unique blocks, 256]


class CodePointMap(NamedTuple):
    """A function from one code point to any number of code points.

    Code point c becomes lengths[k] code points, where k is c's value in
    `entries`: c + deltas[starts[k]], c + deltas[starts[k] + 1] and so on.
    Differences repeat where code points do not: all of A-Z are one entry, +32.
    """

    entries: CodePointTable
    starts: np.ndarray  # int32 [K]
    lengths: np.ndarray  # int32 [K]
    deltas: np.ndarray  # int32 [sum of lengths]


@functools.cache
def normalization_map(albert_form: bool, lower_case: bool) -> CodePointMap:
    """normalize.Normalizer for single characters; capital sigma is kept.

    With `albert_form` this is exact for texts, character by character: NFKD
    reorders only characters that the profile drops afterwards.
    """
    form = normalize.Normalizer(lower_case=False).form

    def change(char: str) -> str:
        if albert_form:
            char = form(char)
        return _lower(char) if lower_case else char

    return character_map(change)


@functools.cache
def word_map(rules: wordpiece.Rules) -> CodePointMap:
    """Steps 1 to 4 of wordpiece.py.

    A capital sigma is kept if rules.finds_final_sigmas.
    """
    lower = _lower if rules.finds_final_sigmas else str.lower

    def change(char: str) -> str:
        text = _break_words(rules, char)
        if rules.lower_case:
            text = "".join(map(lower, text))
        if rules.strip_accents:
            text = "".join(map(wordpiece.strip_accents, text))
        return text

    return character_map(change)


@functools.cache
def word_breaks_map(rules: wordpiece.Rules) -> CodePointMap:
    """Steps 1 to 3 of wordpiece.py."""
    return character_map(functools.partial(_break_words, rules))


@functools.cache
def lower_map(*, keep_sigmas: bool) -> CodePointMap:
    """`str.lower` for single characters; capital sigma may be kept."""
    return character_map(_lower if keep_sigmas else str.lower)


@functools.cache
def accents_map() -> CodePointMap:
    """wordpiece.strip_accents for single characters."""
    return character_map(wordpiece.strip_accents)


@functools.cache
def punctuation_map() -> CodePointMap:
    """Step 5 of wordpiece.py, with a space before and after."""
    return character_map(
        lambda char: f" {char} " if wordpiece.is_punctuation(char) else char
    )


@functools.cache
def unassigned() -> CodePointTable:
    """1 for the code points that Python's Unicode version does not know."""
    return property_table(
        lambda char: unicodedata.category(char) == "Cn",
        range(sys.maxunicode + 1),
    )


def property_table(
    test: Callable[[str], bool], codes: Iterable[int] = normalize.ASSIGNED
) -> CodePointTable:
    """A table that is 1 for characters that pass a test."""
    values = np.zeros(sys.maxunicode + 1, np.int32)
    for code in codes:
        values[code] = test(chr(code))
    return _make_table(values)


@functools.cache
def sigma_contexts() -> CodePointTable:
    """NEUTRAL, CASED or IGNORED, per code point.

    A capital sigma becomes ς if, skipping IGNORED characters, a CASED one
    precedes and none follows; otherwise σ (Unicode, Final_Sigma). Python does
    not expose the two properties, so they are derived from `str.lower`.
    """
    values = np.full(sys.maxunicode + 1, NEUTRAL, np.int32)
    for code in normalize.ASSIGNED:
        char = chr(code)
        if (char + CAPITAL_SIGMA).lower()[-1] == FINAL_SIGMA:
            values[code] = CASED
        elif ("a" + char + CAPITAL_SIGMA).lower()[-1] == FINAL_SIGMA:
            values[code] = IGNORED
    return _make_table(values)


def _break_words(rules: wordpiece.Rules, char: str) -> str:
    """All white space becomes U+0020, where tf.strings.split splits."""
    if rules.removes(char):
        return ""
    if char.isspace():
        return " "
    return f" {char} " if rules.splits(char) else char


def _lower(text: str) -> str:
    return "".join(c if c == CAPITAL_SIGMA else c.lower() for c in text)


def _make_table(values: np.ndarray) -> CodePointTable:
    """Compresses int32 [0x110000]."""
    blocks = values.reshape(-1, BLOCK)
    rows, which = np.unique(blocks, axis=0, return_inverse=True)
    return CodePointTable(
        which.reshape(-1).astype(np.int32), rows.astype(np.int32)
    )


def character_map(function: Callable[[str], str]) -> CodePointMap:
    """Tabulates a function that leaves unassigned characters alone."""
    entries: dict[tuple[int, ...], int] = {(0,): 0}
    index = np.zeros(sys.maxunicode + 1, np.int32)
    for code in normalize.ASSIGNED:
        new = function(chr(code))
        if new == chr(code):
            continue
        deltas = tuple(ord(char) - code for char in new)
        index[code] = entries.setdefault(deltas, len(entries))
    lengths = np.array([len(deltas) for deltas in entries], np.int32)
    flat = [delta for entry in entries for delta in entry]
    return CodePointMap(
        _make_table(index),
        starts=(np.cumsum(lengths) - lengths).astype(np.int32),
        lengths=lengths,
        deltas=np.array(flat, np.int32),
    )
