"""The baselines of a report: models without a network on the same rows."""

import time
from collections.abc import Callable
from collections.abc import Iterator
from collections.abc import Sequence
from typing import Any
from typing import NamedTuple

import numpy as np
from absl import logging

from data_pipeline.tasks import splits
from data_pipeline.tasks.kinds import task_kind
from data_pipeline.tasks.reports import text_baselines
from data_pipeline.tasks.scoring import scores
from data_pipeline.tasks.tags import tag_scores

_TFIDF = "TF-IDF"
# Predicts texts from labeled ones, or returns None.
_Learn = Callable[[Sequence[Any], Sequence[Any]], list[Any] | None]
_TEXT_MODELS: dict[str, tuple[str, _Learn]] = {
    "classification": ("logistic regression", text_baselines.classes),
    "multilabel": (
        "a logistic regression for each label",
        text_baselines.label_sets,
    ),
    "regression": ("ridge regression", text_baselines.numbers),
}
# The kinds with baselines that learn from training rows.
KINDS = (*_TEXT_MODELS, "tagging")


class Guess(NamedTuple):
    """A baseline's predictions.

    Attributes:
        name: what it predicts.
        short: one word, for the head of a column.
        predicted: a prediction for each row that was not skipped.
        trained_rows: the rows that it was computed from; None for the
            evaluated rows themselves.
        seconds: how long it took.
    """

    name: str
    short: str
    predicted: list[Any]
    trained_rows: int | None
    seconds: float


def of(
    kind: str, split: splits.Split, train: splits.Split | None
) -> Iterator[Guess]:
    """The baselines of a kind of task; nothing for kinds without any.

    Args:
        kind: the name of the kind.
        split: the evaluated rows.
        train: the rows that the model was trained on; None if unknown. Then
            only labels are guessed, from the evaluated rows.
    """
    rows = [example for example in split.examples if example is not None]
    known = [e for e in train.examples if e is not None] if train else None
    if kind == "tagging":
        yield _usual_tags(rows, known)
    elif kind in _TEXT_MODELS:
        yield _majority(kind, rows, known)
        if known is not None:
            learned = _learned(kind, rows, known)
            if learned:
                yield learned


def metrics_of(
    score: Callable[[list[Any]], task_kind.Metrics],
    kind: str,
    split: splits.Split,
    guess: Guess,
) -> dict[str, float]:
    """The metrics of a baseline.

    Args:
        score: maps a prediction for each example, None for a skipped one, to
            metrics.
        kind, split: as in `of`.
        guess: the baseline.
    """
    if kind == "regression" and not np.ptp(guess.predicted):
        # Correlations of a constant are 0; scoring them would warn.
        gold = np.array([e.label for e in split.examples if e is not None])
        names = ("pearson_and_spearman", "pearson", "spearman")
        error = scores.mean_squared_error(gold.tolist(), guess.predicted)
        return {**dict.fromkeys(names, 0.0), **error}
    return score(in_place(split, guess.predicted))


def in_place(split: splits.Split, predicted: Sequence[Any]) -> list[Any]:
    """The predictions with None in place of skipped examples."""
    left = iter(predicted)
    return [
        None if example is None else next(left) for example in split.examples
    ]


def _majority(kind: str, rows: list[Any], known: list[Any] | None) -> Guess:
    labels = [e.label for e in (rows if known is None else known)]
    value: Any
    if kind == "regression":
        mean = float(np.mean(labels))
        name, value = f"mean label ({mean:.4g})", mean
    elif kind == "multilabel":
        names = [name for own in labels for name in own]
        # If no example has a label, the baseline predicts none.
        value = (scores.majority(names),) if names else ()
        name = f"most frequent label ({', '.join(value) or 'none'})"
    else:
        value = scores.majority(labels)
        name = f"most frequent class ({value})"
    short = "mean" if kind == "regression" else "majority"
    count = None if known is None else len(known)
    return Guess(name, short, [value] * len(rows), count, 0.0)


def _usual_tags(rows: list[Any], known: list[Any] | None) -> Guess:
    start = time.monotonic()
    sentences = [(e.words, e.tags) for e in rows]
    if known is None:
        name = "each word's most frequent tag in other sentences"
        predicted = tag_scores.usual_tags(sentences)
    else:
        name = "each word's most frequent tag in training"
        predicted = tag_scores.learned_tags(
            [(e.words, e.tags) for e in known], [e.words for e in rows]
        )
    count = None if known is None else len(known)
    seconds = time.monotonic() - start
    return Guess(name, "usual tags", predicted, count, seconds)


def _learned(kind: str, rows: list[Any], known: list[Any]) -> Guess | None:
    name, learn = _TEXT_MODELS[kind]
    start = time.monotonic()
    sample = text_baselines.sample(known)
    predicted = learn(sample, rows)
    seconds = time.monotonic() - start
    if predicted is None:
        return None
    logging.info(
        "The TF-IDF baseline took %.1f s with %s of %s training rows.",
        seconds,
        f"{len(sample):,}",
        f"{len(known):,}",
    )
    return Guess(
        f"{_TFIDF} with {name}", _TFIDF, predicted, len(sample), seconds
    )
