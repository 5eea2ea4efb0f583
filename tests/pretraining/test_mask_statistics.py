"""How often masks come, by the rule walked through to its end."""

import collections
import dataclasses
import functools

import numpy as np
import pytest
import toy_rows

from data_pipeline.pretraining import masking
from data_pipeline.pretraining.records import randomness

CLS, SEP, MASK, V = toy_rows.CLS, toy_rows.SEP, toy_rows.MASK, toy_rows.V
CLEAN, both_rules = toy_rows.CLEAN, toy_rows.both_rules
mask_full_rows = toy_rows.mask_full_rows


def mask_sets(segments, budget, shares):
    """The rule, walked through to the end: what may be masked, how likely.

    Args:
        segments: for each segment its words, for each word its positions. An
            n-gram stays inside a segment.
        budget: tokens to mask at most.
        shares: p(n) of n = 1, 2, ...
    Returns:
        A dict: frozenset of positions to its probability.
    """
    ngrams = [
        [segment[start : start + n] for n in range(1, len(shares) + 1)]
        for segment in segments
        for start in range(len(segment))
    ]

    @functools.cache
    def walk(remaining, masked):
        if not remaining or len(masked) == budget:
            return {masked: 1.0}
        found = collections.Counter()
        for candidate in remaining:
            for n, share in enumerate(shares, start=1):
                choices = [
                    frozenset(sum(words, ())) for words in ngrams[candidate][:n]
                ]
                fitting = [
                    choice
                    for choice in choices
                    if len(masked) + len(choice) <= budget
                ]
                after = masked
                if fitting and not fitting[-1] & masked:
                    after = masked | fitting[-1]
                rest = walk(remaining - {candidate}, after)
                for outcome, probability in rest.items():
                    found[outcome] += probability * share / len(remaining)
        return found

    return walk(frozenset(range(len(ngrams))), frozenset())


def count_sets(is_masked) -> dict[frozenset[int], int]:
    """How often each set of positions is masked in bool [B, S]."""
    length = is_masked.shape[1]
    codes = is_masked @ (1 << np.arange(length))
    return {
        frozenset(np.flatnonzero(code >> np.arange(length) & 1).tolist()): count
        for code, count in enumerate(np.bincount(codes).tolist())
        if count
    }


ROWS = {
    # One piece a word, and a piece behind [SEP] that goes on with a word.
    "long": [CLS, 7, 8, 9, 10, SEP, 41, 12, 13, SEP],
    # Words of 1 to 3 pieces: not every word fits into what is left.
    "pieces": [CLS, 7, 8, 41, 9, SEP, 11, 42, 43, 10, 6, 44, SEP],
    # No second segment, and a first piece that goes on with nothing.
    "single": [CLS, 41, 42, 5, 6, 7, 43, SEP],
}
WORDS = {
    ("long", False): [[(1,), (2,), (3,), (4,)], [(6,), (7,), (8,)]],
    ("long", True): [[(1,), (2,), (3,), (4, 6), (7,), (8,)]],
    ("pieces", False): [[(1,), (2, 3), (4,)], [(6, 7, 8), (9,), (10, 11)]],
    ("pieces", True): [[(1,), (2, 3), (4,), (6, 7, 8), (9,), (10, 11)]],
    ("single", False): [[(1, 2), (3,), (4,), (5, 6)]],
    ("single", True): [[(1, 2), (3,), (4,), (5, 6)]],
}


@both_rules
@pytest.mark.parametrize("row", ROWS)
@pytest.mark.parametrize("favor_shorter", [True, False])
def test_masks_come_as_often_as_the_rule_says(spec, row, favor_shorter):
    """n-gram lengths, order, budget and whole words, all in one figure."""
    budget, count = 4, 200_000
    spec = dataclasses.replace(
        spec,
        favor_shorter_ngram=favor_shorter,
        masked_lm_prob=1.0,
        max_predictions=budget,
    )
    shares = (6 / 11, 3 / 11, 2 / 11)
    expected = mask_sets(
        WORDS[row, spec.google_quirks],
        budget,
        shares if favor_shorter else shares[::-1],
    )
    assert sum(expected.values()) == pytest.approx(1)
    tokens = np.tile(np.array(ROWS[row], np.int32), (count, 1))
    _, is_masked = mask_full_rows(spec, tokens, seed=8)
    found = count_sets(is_masked)
    assert set(found) <= set(expected)
    share = np.array(list(expected.values()))
    counts = np.array([found.get(masked, 0) for masked in expected])
    chi_squared = np.sum((counts - count * share) ** 2 / (count * share))
    freedom = len(share) - 1
    # Chi-squared has mean `freedom` and sd sqrt(2 freedom). The lengths alone
    # are held to 2% by the next test.
    assert chi_squared < freedom + 4 * np.sqrt(2 * freedom)


@pytest.mark.slow
@pytest.mark.parametrize("favor_shorter", [True, False])
def test_n_gram_lengths(favor_shorter):
    """The longest run of masked words where three of ten may be masked."""
    words, count, seeds = 10, 300_000, 5
    spec = dataclasses.replace(
        CLEAN,
        favor_shorter_ngram=favor_shorter,
        masked_lm_prob=1.0,
        max_predictions=3,
    )
    shares = (6 / 11, 3 / 11, 2 / 11)
    positions = [(position,) for position in range(1, words + 1)]
    expected = np.zeros(3)
    for masked, share in mask_sets(
        [positions], 3, shares if favor_shorter else shares[::-1]
    ).items():
        expected[longest_run(masked) - 1] += share
    tokens = np.tile(np.array([CLS, *[7] * words, SEP], np.int32), (count, 1))
    found = np.zeros(3)
    for seed in range(seeds):
        _, is_masked = mask_full_rows(spec, tokens, seed)
        for masked, number in count_sets(is_masked).items():
            found[longest_run(masked) - 1] += number
    expected *= count * seeds
    # Chi-squared with 2 degrees of freedom: 13.8 is its 0.1% point. Any p(n)
    # off by 2% adds 50 to it, or more.
    assert np.sum((found - expected) ** 2 / expected) < 13.8


def longest_run(masked) -> int:
    here = range(min(masked), max(masked) + 1)
    runs = "".join("x" if position in masked else " " for position in here)
    return max(map(len, runs.split()))


@both_rules
def test_n_grams_straddle_separators_for_google_only(spec):
    spec = dataclasses.replace(spec, masked_lm_prob=1.0, max_predictions=2)
    tokens = [CLS, 7, 8, 9, SEP, 10, 11, 12, SEP]
    straddling = 0
    for key in randomness.fold(6, np.arange(500)):
        row = masking.mask_row(spec, tokens, np.array([key]))
        straddling += row["spans"] == [2] and row["mask_positions"] == [3, 5]
    # A sixth of 5/11 for Google: 38 of 500.
    assert (straddling > 0) == spec.google_quirks


def test_the_n_grams_that_the_reference_reports():
    spec = dataclasses.replace(CLEAN, max_predictions=40, masked_lm_prob=0.4)
    rng = np.random.default_rng(1)
    first = np.zeros(4)
    for key in randomness.fold(5, np.arange(1500)):
        tokens = [CLS, *rng.integers(5, 40, 98).tolist(), SEP]
        row = masking.mask_row(spec, tokens, np.array([key]))
        assert sum(row["spans"]) == len(row["mask_positions"]) == 40
        first[row["spans"][0]] += 1
    # sd 0.013. The lengths themselves are held to 2% above.
    np.testing.assert_allclose(
        first[1:] / 1500, np.array([6, 3, 2]) / 11, atol=0.05
    )


@pytest.mark.slow
@both_rules
def test_every_position_alike(spec):
    rows, length = 500_000, 40
    tokens = np.full((rows, length), 7, np.int32)
    tokens[:, 0], tokens[:, -1] = CLS, SEP
    _, is_masked = mask_full_rows(spec, tokens, seed=4)
    share = is_masked.mean(axis=0)
    assert not share[[0, -1]].any()
    assert share.sum() == pytest.approx(6)  # 15% of 40, in every row
    # The first words are in fewer n-grams and so masked less (the test with
    # all outcomes holds them to the rule); from the fourth on all are alike.
    inner = share[4:-4]
    # sd 0.3% for each of the 32.
    np.testing.assert_allclose(inner / inner.mean(), 1, atol=0.013)


@both_rules
def test_what_becomes_of_a_masked_token(spec):
    spec = dataclasses.replace(spec, max_predictions=77)
    rng = np.random.default_rng(3)
    tokens = rng.integers(5, V, (20_000, 512)).astype(np.int32)
    tokens[:, 0], tokens[:, -1] = CLS, SEP
    masked, is_masked = mask_full_rows(spec, tokens, seed=4)
    np.testing.assert_array_equal(
        masked["token_ids"][~is_masked], tokens[~is_masked]
    )
    before, after = tokens[is_masked], masked["token_ids"][is_masked]
    np.testing.assert_array_equal(
        masked["mask_ids"][masked["mask_weights"] == 1], before
    )
    random_ids = np.arange(0 if spec.google_quirks else 5, V)
    # 1.5 million tokens, sd 0.0003. A random token may be the one it was, or
    # for Google [MASK].
    assert len(after) > 1_500_000
    kept, made_mask = np.mean(after == before), np.mean(after == MASK)
    same = 0.1 / len(random_ids)
    assert kept == pytest.approx(0.1 + same, abs=0.0013)
    assert made_mask == pytest.approx(
        0.8 + (same if spec.google_quirks else 0), abs=0.0013
    )
    # Every token on its own: neighbors of one word share no fate. sd 0.0005
    pairs = is_masked[:, 1:] & is_masked[:, :-1]
    both = (masked["token_ids"] == MASK)[:, 1:] & (masked["token_ids"] == MASK)[
        :, :-1
    ]
    assert np.mean(both[pairs]) == pytest.approx(made_mask**2, abs=0.0025)
    # Uniform over the ids: 150,000 random tokens, 2,600 of each, sd 2%.
    others = after[(after != MASK) & (after != before)]
    assert set(others.tolist()) == set(random_ids.tolist()) - {MASK}
    counts = np.bincount(others, minlength=V)
    ordinary = counts[5:].astype(float)
    assert np.abs(ordinary / ordinary.mean() - 1).max() < 0.09
    if spec.google_quirks:
        # Those that no row holds are never the token itself.
        special = counts[[0, 1, CLS, SEP]] * (V - 6) / (V - 5)
        assert np.abs(special / ordinary.mean() - 1).max() < 0.09
