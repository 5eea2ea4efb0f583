"""Documents to segments: nothing lost, cut where sentences end."""

import numpy as np
import pytest

from data_pipeline.pretraining import segments


def split(sentences, seed=0, max_seq_length=13, short_seq_prob=0.0):
    return list(
        segments.split_document(
            sentences,
            np.random.default_rng(seed),
            max_seq_length=max_seq_length,
            short_seq_prob=short_seq_prob,
        )
    )


def test_gathers_whole_sentences():
    examples = split([[1, 2, 3], [4, 5], [6, 7, 8, 9]], max_seq_length=9)
    assert examples == [
        segments.Example([1, 2, 3, 4, 5], 3),
        segments.Example([6, 7, 8, 9], 4),  # one sentence: no second segment
    ]


def test_boundaries_are_drawn_evenly():
    firsts = [split([[1], [2], [3], [4]], seed)[0] for seed in range(3000)]
    lengths = np.bincount([example.first_length for example in firsts])
    # 1,000 of each expected; 3.5 standard deviations are 90.
    assert list(lengths[:1]) == [0] and np.all(np.abs(lengths[1:] - 1000) < 90)


@pytest.mark.parametrize("short_seq_prob", [0.0, 0.5, 1.0])
def test_every_token_is_used_once_and_every_example_fits(short_seq_prob):
    rng = np.random.default_rng(1)
    for seed in range(50):
        lengths = rng.integers(0, 30, rng.integers(0, 20))
        stops = np.cumsum(lengths)
        sentences = [
            list(range(stop - length, stop))
            for length, stop in zip(lengths, stops, strict=True)
        ]
        examples = split(sentences, seed, short_seq_prob=short_seq_prob)
        tokens = [token for example in examples for token in example.token_ids]
        assert tokens == list(range(lengths.sum()))
        for example in examples:
            assert 1 <= example.first_length <= len(example.token_ids) <= 10
            if example.first_length < len(example.token_ids):
                assert example.token_ids[example.first_length] in stops


def test_short_examples_come_as_often_as_asked():
    sentences = [[1]] * 100_000
    examples = split(sentences, max_seq_length=13, short_seq_prob=0.2)
    lengths = np.array([len(example.token_ids) for example in examples])
    # A short target is 2..10, one in nine of them full length.
    assert np.mean(lengths < 10) == pytest.approx(0.2 * 8 / 9, abs=0.015)


def test_a_sentence_too_long_for_a_row_is_cut_evenly():
    examples = split([list(range(23))])
    assert [len(example.token_ids) for example in examples] == [7, 8, 8]


def test_an_empty_document_yields_nothing():
    assert split([]) == split([[], []]) == []
