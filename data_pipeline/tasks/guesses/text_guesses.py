"""The baselines of texts: the usual label, and linear models of words."""

import time
from collections.abc import Callable
from collections.abc import Iterator
from collections.abc import Sequence
from typing import Any

import numpy as np
from absl import logging

from data_pipeline.tasks import splits
from data_pipeline.tasks.guesses import guess
from data_pipeline.tasks.guesses import text_baselines
from data_pipeline.tasks.scoring import scores

_TFIDF = "TF-IDF"


def of_classes(
    split: splits.Split, train: splits.Split | None
) -> Iterator[guess.Guess]:
    """The most frequent class, and logistic regression; see `guess.Guesses`."""
    labels, count = _labels(split, train)
    best = scores.majority(labels)
    yield _constant(f"most frequent class ({best})", split, best, count)
    yield from _learned(
        "logistic regression", text_baselines.classes, split, train
    )


def of_sets(
    split: splits.Split, train: splits.Split | None
) -> Iterator[guess.Guess]:
    """The most frequent label, and a logistic regression for each label; see
    `guess.Guesses`."""
    labels, count = _labels(split, train)
    names = [name for own in labels for name in own]
    # If no example has a label, the baseline predicts none.
    answer = (scores.majority(names),) if names else ()
    said = ", ".join(answer) or "none"
    yield _constant(f"most frequent label ({said})", split, answer, count)
    yield from _learned(
        "a logistic regression for each label",
        text_baselines.label_sets,
        split,
        train,
    )


def of_numbers(
    split: splits.Split, train: splits.Split | None
) -> Iterator[guess.Guess]:
    """The mean, and ridge regression; see `guess.Guesses`."""
    labels, count = _labels(split, train)
    mean = float(np.mean(labels))
    gold = np.array([example.label for example in guess.rows_of(split)])
    found = _constant(f"mean label ({mean:.4g})", split, mean, count)
    # The correlations of a constant are 0; scoring them would warn.
    names = ("pearson_and_spearman", "pearson", "spearman")
    error = float(np.square(gold - mean).mean())
    yield found._replace(
        short="mean",
        metrics={**dict.fromkeys(names, 0.0), "mean_squared_error": error},
    )
    yield from _learned(
        "ridge regression", text_baselines.numbers, split, train
    )


def _labels(
    split: splits.Split, train: splits.Split | None
) -> tuple[list[Any], int | None]:
    """The labels to guess from, and their number if they are for training."""
    labels = [example.label for example in guess.rows_of(train or split)]
    return labels, len(labels) if train else None


def _constant(
    name: str, split: splits.Split, value: Any, count: int | None
) -> guess.Guess:
    predicted = [value] * len(guess.rows_of(split))
    return guess.Guess(name, "majority", predicted, count)


def _learned(
    name: str,
    learn: Callable[[Sequence[Any], Sequence[Any]], list[Any] | None],
    split: splits.Split,
    train: splits.Split | None,
) -> Iterator[guess.Guess]:
    if train is None:
        return
    start = time.monotonic()
    known = guess.rows_of(train)
    sample = text_baselines.sample(known)
    predicted = learn(sample, guess.rows_of(split))
    seconds = time.monotonic() - start
    if predicted is None:
        return
    logging.info(
        "The TF-IDF baseline took %.1f s with %s of %s training rows.",
        seconds,
        f"{len(sample):,}",
        f"{len(known):,}",
    )
    yield guess.Guess(
        f"{_TFIDF} with {name}", _TFIDF, predicted, len(sample), seconds
    )
