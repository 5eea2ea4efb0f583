"""Holding out: each sentence once, and enough of a small text."""

import itertools

import pytest

from data_pipeline.vocabulary import holdout

TEXTS = [f"sentence {n} of many" for n in range(20_000)]


def make(normalizer=str.upper, longest=256):
    return holdout.Samples(normalizer, max_bytes=10**6, longest=longest, seed=5)


def test_sentences_are_dealt_once_and_split_where_too_long():
    split = make()
    long = "Ten bytes. " * 100
    counts = split.deal([*TEXTS[:2000], long.strip()], 0.1)
    held, is_heldout = split.reported_on()
    trained = list(split.training.drain())
    assert is_heldout and counts["read"] == 2001
    assert 150 < len(held) < 250  # 200, standard deviation 13
    assert {text.upper() for text in held}.isdisjoint(trained)
    whole = " ".join(sorted([*trained, *map(str.upper, held)]))
    assert whole.count("SENTENCE") == 2000
    assert whole.count("BYTES.") == 100


@pytest.mark.parametrize("share", [0.0, 0.02])
def test_too_few_are_trained_on_and_reported_as_they_were(share):
    split = make()
    split.deal(TEXTS[:1000], share)
    texts, is_heldout = split.reported_on()
    assert not is_heldout
    assert texts == sorted(TEXTS[:1000])
    assert len(list(split.training.drain())) == 1000


def test_what_is_dealt_to_be_held_out_is_not_trained_on():
    split = make()
    split.deal(TEXTS[:50], 0.0)
    split.deal(["Another."], 1.0)
    assert split.heldout() == ["Another."]
    assert len(split.training) == 50


@pytest.mark.parametrize(
    "number, expected",
    [(0, 0.1), (500, 0.1), (1500, 0.1), (5000, 0.03), (20_000, 0.01)],
)
def test_the_share_of_a_small_text_is_larger(number, expected):
    share, sentences = holdout.share(iter(TEXTS[:number]), 256)
    assert share == pytest.approx(expected)
    assert list(sentences) == TEXTS[:number]


def test_no_more_is_read_ahead_than_tells_that_a_text_is_not_small():
    numbers = itertools.count()
    share, sentences = holdout.share((f"text {n}" for n in numbers), 256)
    assert share == 0.01 and next(numbers) == 15_000
    assert next(sentences) == "text 0"
    # A text without line breaks is as many as it is split into.
    share, _ = holdout.share(iter(["a word " * 100] * 1000), 8)
    assert share == 0.01
