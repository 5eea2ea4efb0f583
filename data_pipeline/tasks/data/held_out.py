"""A split of the training rows that is held out for evaluation.

On which side a row is depends on its texts alone: it is there in every run, in
whatever order the file is, and rows with the same texts stay together, as do
the questions on a passage.
"""

import dataclasses
import hashlib
import json
from collections import Counter
from collections.abc import Sequence

from absl import logging

from data_pipeline.tasks import example_types
from data_pipeline.tasks import splits
from data_pipeline.tasks import table
from data_pipeline.tasks.data import learned_labels

# Of the split, as dev is of another.
NAME = "held_out"
_SHOWN = 10


def split(
    task: table.Task, whole: splits.Split, fraction: float
) -> tuple[splits.Split, splits.Split]:
    """The rows to train on, and those that are held out.

    Both know the classes of the whole. Rows that were skipped are with those
    to train on.

    Args:
        task: whose rows they are.
        whole: the training split, with labels.
        fraction: of the rows to hold out, above 0 and below 1.
    Raises:
        ValueError: one side has no rows.
    """
    is_held = [
        example is not None and _share(example) < fraction
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
            f"on. Received: {fraction:g}, which makes {counts[False]:,} and "
            f"{counts[True]:,} of {whole.path}. Take another fraction, or name "
            "a file with --eval_file."
        )
    classes = learned_labels.of(task, whole.examples, whole.classes)
    train, held = (
        _side(whole, [held == side for held in is_held], classes)
        for side in (False, True)
    )
    return train, dataclasses.replace(held, name=NAME)


def log(train: splits.Split, held: splits.Split, fraction: float) -> None:
    """Says how many rows each side has, and which classes one side lacks."""
    rows = [[e for e in side.examples if e] for side in (train, held)]
    logging.info(
        "--eval_fraction=%g: %s rows of %s to train on, %s held out for "
        "evaluation.",
        fraction,
        *(f"{len(rows[0]):,}", train.path, f"{len(rows[1]):,}"),
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
    def of(values: list) -> list:
        return [v for v, keep in zip(values, kept, strict=True) if keep]

    return dataclasses.replace(
        whole,
        examples=of(whole.examples),
        ids=of(whole.ids),
        classes=tuple(classes),
    )


def _share(example: example_types.Example) -> float:
    """From 0 to 1: the hash of what must stay on one side."""
    content = json.dumps(list(example.held_together)).encode()
    first = hashlib.sha256(content).digest()[:8]
    return int.from_bytes(first, "big") / 2**64
