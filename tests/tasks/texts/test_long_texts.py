"""Long texts: cut, both ends, or windows; and how many there are."""

import numpy as np
import pytest

from data_pipeline.tasks import example_types
from data_pipeline.tasks import item_features
from data_pipeline.tasks.texts import cut_notes
from data_pipeline.tasks.texts import long_texts
from data_pipeline.tasks.texts import text_features
from data_pipeline.text import tokenizers


def numbers(count, first=1):
    return list(range(first, first + count))


def test_head_tail_keeps_a_quarter_of_the_row_from_the_beginning():
    found = long_texts.read((numbers(20), None), 10, "head_tail")
    assert found == ([([1, 2, 15, 16, 17, 18, 19, 20], None)], True)
    whole = (numbers(8), None)
    assert long_texts.read(whole, 10, "head_tail") == ([whole], False)


def test_head_tail_of_pairs_divides_the_row_as_cutting_does():
    pair = (numbers(3), numbers(20, 101))
    cut = long_texts.read(pair, 13).rows[0]
    ((first, second),) = long_texts.read(pair, 13, "head_tail").rows
    assert (first, len(second)) == (cut[0], len(cut[1]))
    assert second == [101, *numbers(6, 115)]


def test_windows_overlap_up_to_the_end():
    found = long_texts.windows((numbers(7), None), 6, 2, 8)
    assert [row[0] for row in found.rows] == [
        [1, 2, 3, 4],
        [3, 4, 5, 6],
        [5, 6, 7],
    ]
    assert not found.is_cut
    found = long_texts.windows((numbers(7), None), 6, 2, 2)
    assert (len(found.rows), found.is_cut) == (2, True)


@pytest.mark.parametrize("length", [0, 3, 4, 5, 6, 7, 23])
@pytest.mark.parametrize("stride", [1, 3, 4])
def test_windows_hold_each_token_and_none_twice_in_a_row(length, stride):
    rows = long_texts.windows((numbers(length), None), 6, stride, 99).rows
    assert sorted({i for row, _ in rows for i in row}) == numbers(length)
    assert all(len(row) <= 4 for row, _ in rows)
    assert len(rows) == 1 or len(rows[0][0]) == 4


@pytest.mark.parametrize("swapped", [False, True])
def test_windows_of_pairs_are_on_the_longer_text(swapped):
    pair = (numbers(2), numbers(9, 101))
    found = long_texts.windows(pair[:: 1 - 2 * swapped], 9, 3, 8)
    rows = [row[:: 1 - 2 * swapped] for row in found.rows]
    assert [short for short, _ in rows] == [[1, 2]] * len(rows)
    assert [long[0] for _, long in rows] == [101, 104, 107]
    assert not found.is_cut


def test_a_long_shorter_text_leaves_half_a_row_to_windows():
    found = long_texts.windows((numbers(9), numbers(12, 101)), 11, 99, 8)
    assert found.rows[0] == ([1, 2, 3, 4], [101, 102, 103, 104])
    assert len(found.rows) == 3 and found.is_cut


@pytest.fixture(scope="module")
def examples():
    texts = ("cat", "the cat sees a house " * 3, "every day " * 90)
    return [
        example_types.TextExample(str(number), (text,))
        for number, text in enumerate(texts)
    ]


def encoded(examples, vocabulary, **reading):
    return text_features.encode_texts(
        [None, *examples],
        tokenizers.load(vocabulary),
        np.arange(len(examples)),
        16,
        **reading,
    )


def test_items_have_the_rows_of_their_windows(examples, vocabulary, tmp_path):
    made = encoded(
        examples, vocabulary, long_texts="windows", doc_stride=10, max_windows=5
    )
    counts = made.window_counts.tolist()
    assert counts[0] == 1 and 1 < counts[1] <= 5 and counts[2] == 5
    assert made.is_cut.tolist() == [False, False, True]
    assert made.lengths_of_items(False)[1:].tolist() == [
        16 * count for count in counts[1:]
    ]
    assert made.lengths.tolist()[1:] == [16, 16] and made.lengths[0] < 16
    assert len(made.row_splits) - 1 == sum(counts)
    path = str(tmp_path / "made.npz")
    item_features.save(made, path)
    back = item_features.load(path)
    assert back.window_length == 16
    for name in ("window_counts", "is_cut", "text_lengths", "row_splits"):
        np.testing.assert_array_equal(getattr(back, name), getattr(made, name))


@pytest.mark.parametrize(
    ("reading", "then"),
    [
        ({}, "are cut at the end (--long_texts=cut)"),
        ({"long_texts": "head_tail"}, "keep their beginning and end"),
        (
            {"long_texts": "windows", "doc_stride": 10, "max_windows": 5},
            "are read in windows; 1 of 3 texts (33.3%) are cut even in "
            "--max_windows=5",
        ),
    ],
    ids=["cut", "head_tail", "windows"],
)
def test_cut_texts_are_counted(examples, vocabulary, reading, then):
    made = encoded(examples, vocabulary, **reading)
    said = cut_notes.described(
        made,
        16,
        reading.get("long_texts", "cut"),
        reading.get("max_windows", 1),
    )
    assert said.startswith(
        "2 of 3 texts (66.7%) have more than --max_seq_length=16 tokens and "
        + then
    )
    enough = int(np.ceil(np.quantile(made.text_lengths, 0.95)))
    assert said.endswith(f"95% have at most {enough:,} tokens.")
    short = encoded(examples[:1], vocabulary)
    assert cut_notes.described(short, 16, "cut", 1).startswith("no text is cut")
