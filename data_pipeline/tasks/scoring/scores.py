"""Metrics as the benchmarks report them, from gold and predicted values.

    accuracy(["a", "b"], ["a", "a"])  # {"accuracy": 0.5}

Each takes lists of equal length, one value an example, and returns numbers by
name, so that several go into one dict. Classification, correlation and F1 are
scikit-learn's and SciPy's, entities seqeval's.
"""

import collections
import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import scipy.stats
import sklearn.metrics
from absl import logging
from seqeval.metrics import sequence_labeling

from data_pipeline.tasks.tags import schemes as tag_schemes


def accuracy(gold: Sequence, predicted: Sequence) -> dict[str, float]:
    """The share that is right."""
    _check_lengths(gold, predicted)
    right = sum(g == p for g, p in zip(gold, predicted, strict=True))
    return {"accuracy": right / len(gold)}


def accuracy_by_group(
    gold: Sequence, predicted: Sequence, groups: Sequence[str]
) -> dict[str, float]:
    """accuracy over all, and accuracy/<group> in each, as RACE's "middle";
    "" is no group."""
    _check_lengths(gold, groups)
    result = accuracy(gold, predicted)
    for group in sorted(set(groups) - {""}):
        own = [i for i, name in enumerate(groups) if name == group]
        part = accuracy([gold[i] for i in own], [predicted[i] for i in own])
        result[f"accuracy/{group}"] = part["accuracy"]
    return result


def matthews(gold: Sequence, predicted: Sequence) -> dict[str, float]:
    """Matthews correlation, CoLA's; 0 where all predictions are the same."""
    _check_lengths(gold, predicted)
    value = sklearn.metrics.matthews_corrcoef(gold, predicted)
    return {"matthews": float(value)}


def f1(
    gold: Sequence[str], predicted: Sequence[str], labels: Sequence[str]
) -> dict[str, float]:
    """F1 of labels[1] against all others, MRPC's and QQP's."""
    _check_lengths(gold, predicted)
    value = _f1(
        [label == labels[1] for label in gold],
        [label == labels[1] for label in predicted],
    )
    return {"f1": value}


def multilabel(
    gold: Sequence[Sequence[str]],
    predicted: Sequence[Sequence[str]],
    labels: Sequence[str],
) -> dict[str, float]:
    """F1 over all decisions (micro_f1), and the mean of the labels' F1
    (macro_f1), where a label that is never given nor found counts 0.

    Args:
        gold, predicted: the labels of each example, out of `labels`.
    """
    _check_lengths(gold, predicted)
    is_gold, is_predicted = (
        np.array([[label in own for label in labels] for own in part])
        for part in (gold, predicted)
    )  # bool [N, C] each
    by_label = [
        _f1(is_gold[:, c], is_predicted[:, c]) for c in range(len(labels))
    ]
    return {
        "micro_f1": _f1(is_gold.ravel(), is_predicted.ravel()),
        "macro_f1": sum(by_label) / len(by_label),
    }


def correlation(
    gold: Sequence[float], predicted: Sequence[float]
) -> dict[str, float]:
    """pearson and spearman, STS-B's; 0 where one side does not vary.

    Raises:
        FloatingPointError: a number is not finite.
    """
    _check_lengths(gold, predicted)
    _check_finite(gold, predicted)
    if np.ptp(gold) == 0 or np.ptp(predicted) == 0:
        logging.warning(
            "A correlation must have numbers that differ. Received: %d labels "
            "from %g to %g, predictions from %g to %g. It is reported as 0.",
            len(gold),
            min(gold),
            max(gold),
            min(predicted),
            max(predicted),
        )
        return {"pearson": 0.0, "spearman": 0.0}
    return {
        "pearson": float(scipy.stats.pearsonr(gold, predicted)[0]),
        "spearman": float(scipy.stats.spearmanr(gold, predicted)[0]),
    }


def mean_squared_error(
    gold: Sequence[float], predicted: Sequence[float]
) -> dict[str, float]:
    """The mean of the squared differences.

    Raises:
        FloatingPointError: a number is not finite.
    """
    _check_lengths(gold, predicted)
    _check_finite(gold, predicted)
    value = sklearn.metrics.mean_squared_error(gold, predicted)
    return {"mean_squared_error": float(value)}


def entities(
    gold: Sequence[Sequence[str]],
    predicted: Sequence[Sequence[str]],
    scheme: str,
) -> dict[str, float]:
    """f1, precision and recall of entities, and f1/<type> etc. of each type.

    As conlleval and seqeval (not strict): an entity is right if its first and
    last word and its type are; an I-X with no X before it begins one.

    Args:
        gold, predicted: tags of each sentence.
        scheme: of both, one of tag_schemes.SCHEMES but "none".
    """
    _check_lengths(gold, predicted)
    # seqeval knows no M, and reads all others alike.
    both = [
        [tag_schemes.to_bio(tags, scheme) for tags in sentences]
        for sentences in (gold, predicted)
    ]
    names = ("precision", "recall", "f1")
    micro = sequence_labeling.precision_recall_fscore_support(
        *both, average="micro", zero_division=0
    )
    result = dict(zip(names, map(float, micro[:3]), strict=True))
    by_type = _by_type(*both)
    for name in names:
        result |= {f"{name}/{row['name']}": row[name] for row in by_type}
    return result


def entities_by_type(
    gold: Sequence[Sequence[str]], predicted: Sequence[Sequence[str]]
) -> list[dict[str, Any]]:
    """Of each type its name, precision, recall and f1, and rows, how many
    entities of it there are; as `entities`, of tags in BIO."""
    _check_lengths(gold, predicted)
    return _by_type(
        *(
            [tag_schemes.to_bio(tags, "BIO") for tags in sentences]
            for sentences in (gold, predicted)
        )
    )


def _by_type(gold, predicted) -> list[dict[str, Any]]:
    kinds = {
        tag.partition("-")[2]
        for sentences in (gold, predicted)
        for tags in sentences
        for tag in tags
        if tag.startswith("B-")
    }
    # In the order that seqeval returns types in.
    values = sequence_labeling.precision_recall_fscore_support(
        gold, predicted, average=None, zero_division=0
    )
    return [
        {
            "name": kind,
            "precision": float(precision),
            "recall": float(recall),
            "f1": float(f1),
            "rows": int(rows),
        }
        for kind, precision, recall, f1, rows in zip(
            sorted(kinds), *values, strict=True
        )
    ]


def tag_accuracy(
    gold: Sequence[Sequence[str]], predicted: Sequence[Sequence[str]]
) -> dict[str, float]:
    """The share of words whose tag is right: for tags without entities."""
    _check_lengths(gold, predicted)
    pairs = [
        pair
        for tags in zip(gold, predicted, strict=True)
        for pair in zip(*tags, strict=True)
    ]
    return accuracy([g for g, _ in pairs], [p for _, p in pairs])


def majority(labels: Sequence) -> object:
    """The commonest label, the smallest of equally common ones: what a model
    must beat. `accuracy(gold, [majority(train)] * len(gold))`.
    """
    counts = collections.Counter(labels)
    return min(counts, key=lambda label: (-counts[label], label))


def _f1(gold: Sequence[bool], predicted: Sequence[bool]) -> float:
    return float(sklearn.metrics.f1_score(gold, predicted, zero_division=0))


def _check_lengths(gold: Sequence, predicted: Sequence) -> None:
    if not len(gold) or len(gold) != len(predicted):
        raise ValueError(
            "Each label must have one prediction, and there must be at least "
            f"one label. Received: {len(gold)} labels, {len(predicted)} "
            "predictions. Score labelled examples that were not skipped."
        )


def _check_finite(*parts: Sequence[float]) -> None:
    for name, numbers in zip(("labels", "predictions"), parts, strict=True):
        wrong = [i for i, x in enumerate(numbers) if not math.isfinite(x)]
        if wrong:
            raise FloatingPointError(
                f"Labels and predictions must be finite numbers. Received: "
                f"{len(wrong)} {name} that are not, the first "
                f"{numbers[wrong[0]]} at {wrong[0]}. A model that predicts "
                "them has diverged: take an earlier checkpoint."
            )
