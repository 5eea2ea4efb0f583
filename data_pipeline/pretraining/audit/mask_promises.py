"""Compares masks with what the settings promise."""

import dataclasses
import math
from collections.abc import Sequence
from typing import Any

from data_pipeline.pretraining import mask_spec
from data_pipeline.pretraining.audit import comparison

# Promised shares of [MASK], kept and random tokens.
FATES = (0.8, 0.1, 0.1)


def ngram_shares(ngram: int, favor_shorter: bool) -> list[float]:
    """p(n) for n of 1 to `ngram`: proportional to 1/n, or its reverse."""
    weights = [1 / n for n in range(1, ngram + 1)]
    if not favor_shorter:
        weights.reverse()
    return [weight / sum(weights) for weight in weights]


def ngram_tolerance(
    shares: Sequence[float], budget: float, ngrams: int
) -> float:
    """Tolerance for the shares of n-grams.

    The last n-gram of a row is cut to the rest of the budget, an n-gram that
    would overlap another is dropped, and the end of a segment cuts n-grams,
    too. All of this affects long n-grams more. The largest differences seen on
    novels and WikiText with ALBERT's vocabulary and n-grams up to 3, by masked
    tokens in a row: 0.03 at 77, 0.05 at 18, 0.08 at 9, 0.11 at 5; with p(n)
    reversed, 0.10 at 18 and 0.19 at 9; with up to 5 words, 0.10 at 9. This
    formula gives 0.04, 0.08, 0.13, 0.22; 0.14, 0.25; 0.21.

    Args:
        shares: from `ngram_shares`.
        budget: average number of masked tokens in a row.
        ngrams: number of n-grams seen.
    """
    words = sum(n * share for n, share in enumerate(shares, start=1))
    chance = 4 * math.sqrt(0.25 / max(ngrams, 1))
    return 0.03 + 0.35 * words**2 / max(budget, 1) + chance


def masks(
    counts: dict[str, Any], spec: mask_spec.MaskSpec
) -> list[comparison.Comparison]:
    """Compares the number of masked tokens, and what becomes of them.

    Args:
        counts: statistics of masks, from `statistics`.
        spec: how rows are masked.
    """
    budget = counts["mask_budget"]
    comparisons = [
        comparison.judge(
            "mask rate",
            f"{budget:.2%}",
            f"{counts['mask_rate']:.2%}",
            abs(counts["mask_rate"] - budget) <= 0.02 * budget,
            "Rows have too few words that fit the budget: are they very "
            "short, or their words very long?",
        )
    ]
    for what, promised, seen in zip(
        ("[MASK]", "kept", "random"), FATES, counts["fates"], strict=True
    ):
        chance = 4 * comparison.deviation(promised, counts["masked_tokens"])
        comparisons.append(
            comparison.judge(
                f"masked: {what}",
                f"{promised:.0%}",
                f"{seen:.2%}",
                # One in V random tokens is the original token.
                abs(seen - promised)
                <= chance + 0.1 / max(len(spec.random_ids()), 1),
                "The masks are not drawn with the expected probabilities.",
            )
        )
    return comparisons


def ngrams(
    counts: dict[str, Any], spec: mask_spec.MaskSpec
) -> list[comparison.Comparison]:
    """Compares the number of words masked together, and their segments."""
    shares = ngram_shares(spec.ngram, spec.favor_shorter_ngram)
    tolerance = ngram_tolerance(
        shares,
        counts["masked_tokens"] / max(counts["rows"], 1),
        counts["ngrams"],
    )
    comparisons = [
        comparison.judge(
            f"n-grams of {words}",
            f"{promised:.1%} ± {tolerance:.0%}",
            f"{seen:.1%}",
            abs(seen - promised) <= tolerance,
            "The masks have other lengths than --ngram and "
            "--favor_shorter_ngram ask for, or rows are too short for them.",
        )
        for words, (promised, seen) in enumerate(
            zip(shares, counts["ngram_shares"], strict=True), start=1
        )
    ]
    straddling = counts["straddling"] / max(counts["ngrams"], 1)
    comparisons.append(
        comparison.judge(
            "n-grams across [SEP]",
            "some" if spec.google_quirks else "none",
            f"{straddling:.3%}",
            spec.google_quirks or not straddling,
            "A masked n-gram has words of both segments, which never happens "
            "with --masking=clean.",
        )
    )
    return comparisons


def runs(counts: dict[str, Any]) -> list[comparison.Comparison]:
    """Shares of runs of masked words, for which nothing is promised."""
    comparisons = [
        comparison.Comparison(f"runs of {words}", "", f"{seen:.1%}")
        for words, seen in enumerate(counts["ngram_shares"], start=1)
    ]
    comparisons[-1] = dataclasses.replace(
        comparisons[-1], what=f"{comparisons[-1].what} or more"
    )
    across = counts["straddling"] / max(counts["ngrams"], 1)
    return [
        *comparisons,
        comparison.Comparison("runs across [SEP]", "", f"{across:.3%}"),
    ]
