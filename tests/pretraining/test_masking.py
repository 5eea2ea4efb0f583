"""Masks: the graph against the reference, and both against the rules."""

import dataclasses

import numpy as np
import pytest
import tensorflow as tf

from data_pipeline.pretraining import masking
from data_pipeline.pretraining import randomness

CLS, SEP, MASK, V = 2, 3, 4, 60
# Pieces 5 to 39 start a word, 40 to 59 go on with one.
SPEC = masking.MaskSpec(
    starts_word=np.arange(V) < 40,
    ordinary_ids=np.arange(5, V, dtype=np.int32),
    special_ids=(CLS, SEP),
    mask_id=MASK,
    max_predictions=12,
)


def random_rows(count, length, seed=0):
    """Unmasked rows of two segments, and their padding masks."""
    rng = np.random.default_rng(seed)
    tokens = np.zeros((count, length), np.int32)
    for row in tokens:
        size = rng.integers(6, length + 1)
        row[:size] = rng.integers(5, V, size)
        row[0] = CLS
        row[[size // 2, size - 1]] = SEP
    return tokens, (tokens != 0).astype(np.int32)


def mask(spec, tokens, padding_mask, keys):
    masked = tf.function(masking.mask_batch, reduce_retracing=True)(
        spec, tf.constant(tokens), tf.constant(padding_mask), tf.constant(keys)
    )
    return {name: value.numpy() for name, value in masked.items()}


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"ngram": 1},
        {"ngram": 4, "favor_shorter_ngram": False},
        {"masked_lm_prob": 0.5, "max_predictions": 50},
        {"max_predictions": 1},
    ],
)
def test_graph_and_reference_agree_to_the_bit(changes):
    spec = dataclasses.replace(SPEC, **changes)
    tokens, padding_mask = random_rows(200, 48)
    keys = randomness.fold(9, np.arange(200))
    masked = mask(spec, tokens, padding_mask, keys)
    for row in range(200):
        size = padding_mask[row].sum()
        expected = masking.mask_row(
            spec, tokens[row, :size].tolist(), keys[row : row + 1]
        )
        used = masked["mask_weights"][row] == 1
        assert masked["token_ids"][row, :size].tolist() == expected["token_ids"]
        assert not masked["token_ids"][row, size:].any()
        for name in ("mask_positions", "mask_ids"):
            assert masked[name][row][used].tolist() == expected[name]
            assert not masked[name][row][~used].any()


def test_a_rows_masks_do_not_depend_on_its_batch():
    tokens, padding_mask = random_rows(40, 30)
    keys = randomness.fold(1, np.arange(40))
    whole = mask(SPEC, tokens, padding_mask, keys)
    part = mask(SPEC, tokens[7:9], padding_mask[7:9], keys[7:9])
    for name, value in part.items():
        np.testing.assert_array_equal(value, whole[name][7:9])


def whole_rows(count=4000, length=100):
    """Full rows of one segment with the sizes of their words."""
    rng = np.random.default_rng(3)
    tokens = rng.integers(5, V, (count, length)).astype(np.int32)
    tokens[:, 0], tokens[:, -1] = CLS, SEP
    return tokens, np.ones_like(tokens)


def test_words_are_masked_whole_and_never_special_tokens():
    tokens, padding_mask = whole_rows(500)
    masked = mask(
        SPEC, tokens, padding_mask, randomness.fold(2, np.arange(500))
    )
    chosen = np.zeros(tokens.shape, bool)
    rows, slots = np.nonzero(masked["mask_weights"])
    chosen[rows, masked["mask_positions"][rows, slots]] = True
    assert not chosen[:, [0, -1]].any()
    # A piece that goes on with a word shares its neighbour's fate, except the
    # first of the segment, which starts a word whatever it is.
    goes_on = ~SPEC.starts_word[tokens[:, 2:-1]]
    same = chosen[:, 2:-1] == chosen[:, 1:-2]
    assert same[goes_on].all()


def test_rate_position_and_fate():
    spec = dataclasses.replace(SPEC, max_predictions=20)
    tokens, padding_mask = whole_rows()
    masked = mask(
        spec, tokens, padding_mask, randomness.fold(4, np.arange(len(tokens)))
    )
    counts = masked["mask_weights"].sum(axis=1)
    # The budget is 15 of 100; words of several pieces may not fill it to the
    # last, never exceed it.
    assert counts.max() == 15 and counts.mean() > 14.9
    rows, slots = np.nonzero(masked["mask_weights"])
    positions = masked["mask_positions"][rows, slots]
    per_position = np.bincount(positions, minlength=100)[1:-1] / len(tokens)
    # 4,000 rows: a standard deviation of 0.006 at 0.15. The edges of a segment
    # are in fewer n-grams and so masked less.
    assert np.abs(per_position[5:-5] - 0.152).max() < 0.03
    assert np.abs(per_position[5:-5].mean() - 0.152) < 0.003
    after = masked["token_ids"][rows, positions]
    before = masked["mask_ids"][rows, slots]
    # 60,000 masked tokens: standard deviations of 0.0016 and 0.0012.
    assert np.mean(after == MASK) == pytest.approx(0.8, abs=0.006)
    assert np.mean(after == before) == pytest.approx(
        0.1 + 0.1 / (V - 5), abs=0.005
    )
    others = after[(after != MASK) & (after != before)]
    assert others.min() >= 5
    np.testing.assert_array_equal(
        masked["mask_ids"][rows, slots], tokens[rows, positions]
    )


@pytest.mark.parametrize(
    "favor_shorter, shares", [(True, (6, 3, 2)), (False, (2, 3, 6))]
)
def test_ngram_lengths(favor_shorter, shares):
    spec = dataclasses.replace(SPEC, favor_shorter_ngram=favor_shorter)
    draws = randomness.uniform(randomness.fold(5, np.arange(1000)), 2, 100)
    lengths = 1 + (draws[:, :, None] >= spec.thresholds()).sum(axis=2)
    # 100,000 draws: standard deviations below 0.0016.
    np.testing.assert_allclose(
        np.bincount(lengths.ravel())[1:] / lengths.size,
        np.array(shares) / 11,
        atol=0.006,
    )


def test_ngrams_do_not_straddle_separators():
    # Every word is one piece; the whole second half may be masked.
    spec = dataclasses.replace(
        SPEC, masked_lm_prob=1.0, max_predictions=60, ngram=3
    )
    tokens = np.full((300, 9), 7, np.int32)
    tokens[:, 0], tokens[:, [4, 8]] = CLS, SEP
    masked = mask(
        spec, tokens, np.ones_like(tokens), randomness.fold(6, np.arange(300))
    )
    special = masked["token_ids"][:, [0, 4, 8]]
    assert (special == [[CLS, SEP, SEP]]).all()
    assert masked["mask_weights"].sum(axis=1).max() == 6


def test_random_numbers_are_uniform_and_equal_in_numpy_and_tensorflow():
    keys = randomness.fold(11, np.arange(2000))
    ours = randomness.uniform(keys, 1, 50)
    theirs = randomness.uniform(tf.constant(keys), 1, 50).numpy()
    np.testing.assert_array_equal(ours, theirs)
    np.testing.assert_array_equal(
        keys, randomness.fold(tf.constant(11), tf.range(2000)).numpy()
    )
    histogram = np.histogram(ours, 20, (0, 1))[0]
    # Chi-squared with 19 degrees of freedom: 43.8 is its 0.1% point.
    assert np.sum((histogram - 5000.0) ** 2 / 5000) < 43.8
    neighbours = np.corrcoef(ours[:-1].ravel(), ours[1:].ravel())[0, 1]
    assert abs(neighbours) < 0.012  # 3.8 standard deviations
    other = randomness.uniform(keys, 2, 50)
    assert abs(np.corrcoef(ours.ravel(), other.ravel())[0, 1]) < 0.012
