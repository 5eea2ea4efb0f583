"""Holds out a share of the training rows for evaluation.

The texts of a row alone decide which side it is on. So every run holds out the
same rows, whatever their order in the file, and rows with the same texts stay
together, as do the questions on a passage.
"""

import dataclasses
import hashlib
import json
from collections import Counter
from collections.abc import Sequence
from typing import TypeVar

from absl import logging

from data_pipeline.tasks import example_types
from data_pipeline.tasks import splits
from data_pipeline.tasks import table
from data_pipeline.tasks.kinds import learned_labels

Item = TypeVar("Item")

# The name of the split.
NAME = "held_out"
_SHOWN = 10


def split(
    task: table.Task, whole: splits.Split, fraction: float
) -> tuple[splits.Split, splits.Split]:
    """Divides training data into rows to train on and rows held out.

    Both sides have all classes of the whole. Skipped rows stay with the rows
    to train on.

    Args:
        task: the task of the rows.
        whole: the training split, with labels.
        fraction: share of the rows to hold out, above 0 and below 1.
    Returns:
        The split to train on, and the one held out.
    Raises:
        ValueError: one side has no rows.
    """
    is_held = [
        example is not None and share(example) < fraction
        for example in whole.examples
    ]
    counts = Counter(
        held
        for held, example in zip(is_held, whole.examples, strict=True)
        if example is not None
    )
    if len(counts) < 2:
        raise ValueError(
            "--eval_fraction must leave rows to train on and rows to evaluate "
            f"on. Received: {fraction:g}, which divides {whole.path} into "
            f"{counts[False]:,} and {counts[True]:,} rows. Choose another "
            "fraction, or name a file with --eval_file."
        )
    return divided(task, whole, is_held)


def divided(
    task: table.Task, whole: splits.Split, is_held: Sequence[bool]
) -> tuple[splits.Split, splits.Split]:
    """The rows to train on and those held out, both with all classes.

    Args:
        task, whole: as in `split`.
        is_held: whether to hold out each row.
    """
    classes = learned_labels.of(task, whole.examples, whole.classes)
    train, held = (
        _side(whole, [held == side for held in is_held], classes)
        for side in (False, True)
    )
    return train, dataclasses.replace(held, name=NAME)


def log(train: splits.Split, held: splits.Split, what: str) -> None:
    """Logs how many rows each side has, and which classes one side lacks.

    Args:
        train, held: the two sides.
        what: the setting that divides them.
    """
    rows = [[e for e in side.examples if e] for side in (train, held)]
    logging.info(
        "%s divides %s into %s rows to train on and %s to evaluate on.",
        what,
        train.path,
        f"{len(rows[0]):,}",
        f"{len(rows[1]):,}",
    )
    seen = [
        {name for example in side for name in example.classes} for side in rows
    ]
    for lacking, other, what in ((0, 1, "to train on"), (1, 0, "held out")):
        missing = sorted(seen[other] - seen[lacking])
        if missing:
            more = len(missing) - _SHOWN
            logging.warning(
                "No row %s has the class %s%s.",
                what,
                ", ".join(missing[:_SHOWN]),
                f" and {more} more" if more > 0 else "",
            )


def _side(
    whole: splits.Split, kept: list[bool], classes: Sequence[str]
) -> splits.Split:
    def of(values: Sequence[Item]) -> list[Item]:
        return [v for v, keep in zip(values, kept, strict=True) if keep]

    return dataclasses.replace(
        whole,
        examples=of(whole.examples),
        ids=of(whole.ids),
        classes=tuple(classes),
    )


def share(example: example_types.Example) -> float:
    """A number from 0 to 1, from a hash of the texts that stay together."""
    content = json.dumps(list(example.held_together)).encode()
    first = hashlib.sha256(content).digest()[:8]
    return int.from_bytes(first, "big") / 2**64
