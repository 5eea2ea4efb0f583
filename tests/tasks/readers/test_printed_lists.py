import random

import numpy as np
import pytest

from data_pipeline.tasks.readers import printed_lists


@pytest.mark.parametrize(
    "cell, items",
    [
        ('["EU", "rejects"]', ["EU", "rejects"]),
        ("['EU', 'rejects']", ["EU", "rejects"]),
        ("['EU' 'rejects'\n 'German']", ["EU", "rejects", "German"]),
        (" ['a'] ", ["a"]),
        ("[\"don't\", 'say \"x\"', 'a\\'b', '\\xe9']", None),
        ("['a', 'b\\\\c', '\\u4f60']", ["a", "b\\c", "你"]),
        ("[np.str_('a'), np.str_(\"b'\")]", ["a", "b'"]),
        ("[np.int64(3), np.int64(-1)]", [3, -1]),
        ("array(['a', 'b'], dtype=object)", ["a", "b"]),
        ("array(['a', 'bc'], dtype='<U2')", ["a", "bc"]),
        ("array([0, 1])", [0, 1]),
        ("('a', 'b')", ["a", "b"]),
        ("('a',)", ["a"]),
        ("[u'a', u'b']", ["a", "b"]),
        ("[0 1 0]", [0, 1, 0]),
        ("[ 0 10\n  7]", [0, 10, 7]),
        ("[0. 0.5]", [0.0, 0.5]),
        ("[True, False]", [True, False]),
        ("['a', None, nan]", ["a", None, None]),
        ("[NaN, null]", [None, None]),
        ("[0 1 ... 1 0]", [0, 1, ..., 1, 0]),
        ("[]", []),
    ],
)
def test_lists(cell, items):
    if items is None:
        items = ["don't", 'say "x"', "a'b", "é"]
    assert printed_lists.read(cell) == items


@pytest.mark.parametrize(
    "cell",
    [
        "",
        "[",
        "a",
        "[laughs]",
        "[a, b]",
        "[1] a",
        "[ ' hello ' ]",
        "('hello')",
        "(1, 2)",
        "{'a', 'b'}",
        "{'a': 1}",
        "['a', 'b'",
        "['a''b']",
        "['a' 'b', 'c']",
        "['a',, 'b']",
        "[['a'], ['b']]",
        "[01 2]",
        "['\\N{foo}']",
        "['\\x4']",
        "[__import__('os')]",
        "[" * 100_000,
        "['" + "\\'" * 100_000,
    ],
)
def test_what_is_no_list(cell):
    assert printed_lists.read(cell) is None


def test_lists_that_go_wrong_are_seen_by_their_beginning():
    for cell in ("['a', 'b'", "[['a']]", "{'a', 'b'}", "[b'a']", "[[1 2]]"):
        assert printed_lists.begins(cell)
    for cell in ("[laughs]", "[ ' hello ' ]", "[1] a", "it's ['a']", "{a}"):
        assert not printed_lists.begins(cell)


def test_what_python_and_numpy_print_is_read_again():
    texts = ["EU", "don't", 'say "x"', "a'b\"c", "\\back", "é你", "[x]", "a,b"]
    texts += ["...", "None", "nan", "1", "\t", "🙂", "'", '"', "(", "])"]
    rng = random.Random(0)
    for size in range(1, 100):
        row = rng.choices(texts, k=size)
        array = np.array(row)
        assert printed_lists.read(str(row)) == row
        assert printed_lists.read(str(array)) == row
        assert printed_lists.read(repr(array)) == row
        assert printed_lists.read(repr(array.astype(object))) == row
        assert printed_lists.read(str(list(array))) == row
        numbers = [rng.randrange(-9, 999) for _ in row]
        assert printed_lists.read(str(np.array(numbers))) == numbers
