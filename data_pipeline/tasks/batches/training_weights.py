"""Weights of training examples: of their classes, and of their own.

They multiply the losses of examples in training. Metrics and losses of
evaluations count all examples equally.
"""

import math
from collections.abc import Mapping
from collections.abc import Sequence

import numpy as np
from absl import logging

from data_pipeline.io import json_file
from data_pipeline.tasks import class_labels
from data_pipeline.tasks import item_features
from data_pipeline.tasks import kinds
from data_pipeline.tasks import splits
from data_pipeline.tasks import table
from data_pipeline.tasks.kinds import task_kind

NONE, BALANCED = "none", "balanced"


def of_classes(
    given: str, task: table.Task, split: splits.Split, labels: Sequence[str]
) -> dict[str, float]:
    """The weight of each class; {} if there are none.

    `balanced` gives a class the weight I / (C x its number of examples). With
    several labels, it is the weight of a label's positive examples: the number
    of the others for each of them.

    Args:
        given: none, balanced, or the path of a JSON file with the weight of
            each class by name.
        task: the task.
        split: the training split.
        labels: the classes, in the order of the model's outputs.
    Raises:
        ValueError: the task has no classes, or the file does not fit them.
        OSError: the file cannot be read.
    """
    if given == NONE:
        return {}
    kind = kinds.of(task)
    if not (kind.takes_weights and kind.has_class_names):
        able = [
            name
            for name, each in kinds.KINDS.items()
            if each.takes_weights and each.has_class_names
        ]
        raise ValueError(
            "--class_weights must be used with tasks of these kinds: "
            f"{', '.join(able)}. Received: --class_weights={given} for "
            f"{task.name}, whose kind is {task.kind}. Leave it out."
        )
    if given == BALANCED:
        return _balanced(split, labels, kind.has_one_class)
    return _of_file(given, labels)


def of_items(
    encoded: task_kind.Encoded,
    labels: Sequence[str],
    classes: Mapping[str, float],
) -> np.ndarray | None:
    """The weight of each item's loss; None if all are 1.

    Weights of whole examples are scaled so that their mean over the training
    data is 1, which leaves the meaning of the learning rate as it is. Weights
    of single labels are not scaled.

    Args:
        encoded: the training split, and its features.
        labels: the classes, in the order of the model's outputs.
        classes: from `of_classes`.
    Returns:
        float32 [I], or [I, C] with several labels.
    Raises:
        ValueError: all weights are 0.
    """
    split, features = encoded
    own = [getattr(example, "weight", 1.0) for example in split.examples]
    is_weighted = any(weight != 1.0 for weight in own)
    if not classes and not is_weighted:
        return None
    weights = np.array(own, np.float64)[features.example]
    label = features.labels["label"]
    if classes and label.ndim == 1:
        factors = np.array([classes[name] for name in labels])
        weights *= factors[label]
    if not weights.sum() > 0:
        raise ValueError(
            "At least one training example must have a weight above 0. "
            f"Received: {len(weights):,} examples with the weight 0 in "
            f"{split.path}. Change --weight_column or --class_weights."
        )
    mean = weights.mean()
    if mean != 1:
        logging.info(
            "Weights of examples are divided by their mean, %.4g.", mean
        )
    weights = (weights / mean).astype(np.float32)
    if label.ndim == 1:
        return weights
    found = np.ones(label.shape, np.float32)
    if classes:
        factors = np.array([classes[name] for name in labels], np.float32)
        found = np.where(label > 0, factors, found)
    return weights[:, None] * found


def chance_loss(
    features: item_features.Features,
    weights: np.ndarray | None,
    power: float,
    smoothing: float,
    num_classes: int,
) -> float:
    """The least training loss of a constant prediction, in nats.

    Args:
        features: of a classification.
        weights: float [I], from `of_items`.
        power: as in `class_sampling.epoch`.
        smoothing: the share of a label that all classes get in equal parts.
        num_classes: C.
    """
    label = features.labels["label"]
    counts = np.bincount(label, minlength=num_classes).astype(float)
    sampled = np.where(counts > 0, np.maximum(counts, 1) ** power, 0)
    sampled /= sampled.sum()
    if weights is not None:
        totals = np.bincount(label, weights, minlength=num_classes)
        sampled *= totals / np.maximum(counts, 1)
    total = sampled.sum()
    shares = (1 - smoothing) * sampled / total + smoothing / num_classes
    shares = shares[shares > 0]
    return float(-total * (shares * np.log(shares)).sum())


def _balanced(
    split: splits.Split, labels: Sequence[str], has_one_class: bool
) -> dict[str, float]:
    known = [example for example in split.examples if example is not None]
    counts = dict.fromkeys(labels, 0)
    for example in known:
        for name in example.classes:
            counts[name] += 1
    if not has_one_class:
        return {
            name: (len(known) - count) / count
            if 0 < count < len(known)
            else 1.0
            for name, count in counts.items()
        }
    present = sum(count > 0 for count in counts.values())
    return {
        name: len(known) / (present * count) if count else 1.0
        for name, count in counts.items()
    }


def _of_file(path: str, labels: Sequence[str]) -> dict[str, float]:
    given = json_file.read_object(path)
    for name, weight in given.items():
        if (
            isinstance(weight, bool)
            or not isinstance(weight, int | float)
            or not (math.isfinite(weight) and weight >= 0)
        ):
            raise ValueError(
                "The weight of a class must be a number from 0 on. Received: "
                f"{weight!r:.60} for {name!r} in {path}."
            )
    missing = [name for name in labels if name not in given]
    unknown = [name for name in given if name not in labels]
    if missing or unknown:
        raise ValueError(
            "--class_weights must name the weight of each class of the "
            f"training data, and no other. Received: {path}; "
            f"missing: {class_labels.quoted(missing) or 'none'}; "
            f"unknown: {class_labels.quoted(unknown) or 'none'}."
        )
    if not any(given.values()):
        raise ValueError(
            "At least one class must have a weight above 0. Received: only "
            f"zeros in {path}."
        )
    return {name: float(given[name]) for name in labels}
