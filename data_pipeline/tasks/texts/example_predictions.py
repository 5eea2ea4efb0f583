"""Predictions of one value for each example, in memory and in files."""

import os
from collections import Counter
from collections.abc import Callable
from collections.abc import Sequence
from typing import Any

import numpy as np
from absl import logging

from data_pipeline.io import files
from data_pipeline.tasks import class_labels
from data_pipeline.tasks import item_features
from data_pipeline.tasks import row_problems
from data_pipeline.tasks import splits
from data_pipeline.tasks.readers import cells
from data_pipeline.tasks.readers import delimited

INDEX, PREDICTION = "index", "prediction"
# Decimals of displayed probabilities and numbers.
_DIGITS = 6


def softmax(logits: np.ndarray) -> np.ndarray:
    """Probabilities [..., C] of mutually exclusive classes."""
    shares = np.exp(logits - logits.max(axis=-1, keepdims=True))
    return shares / shares.sum(axis=-1, keepdims=True)


def sigmoid(logits: np.ndarray) -> np.ndarray:
    """Probabilities [..., C] of independent labels."""
    return 1 / (1 + np.exp(-logits))


def rounded(value: float) -> float:
    """A probability or a number, rounded for display."""
    return round(float(value), _DIGITS)


def by_example(
    split: splits.Split,
    made: item_features.Features,
    value: Callable[[int, int], Any],
) -> list[Any]:
    """A value for each example; None for a skipped one.

    Args:
        split, made: the examples, and their features.
        value: takes (number of an item, number of its example).
    """
    found: list[Any] = [None] * len(split.examples)
    for item, number in enumerate(made.example.tolist()):
        found[number] = value(item, number)
    return found


def labelled_pairs(
    split: splits.Split, predicted: Sequence[Any]
) -> list[tuple]:
    """(label, prediction) of the examples that were not skipped."""
    return [
        (example.label, prediction)
        for example, prediction in zip(split.examples, predicted, strict=True)
        if example is not None
    ]


def commonest(known: Sequence[Any]) -> Any:
    """The most frequent prediction."""
    return Counter(known).most_common(1)[0][0]


def filled(
    split: splits.Split,
    predicted: Sequence[Any],
    typical: Callable[[Sequence[Any]], Any],
) -> list[Any]:
    """Predictions for all inputs, for files that need one for each.

    Args:
        split: the split that was predicted.
        predicted: its predictions; None for a skipped input.
        typical: computes the prediction that replaces None from the others.
    """
    known = [value for value in predicted if value is not None]
    if len(known) == len(predicted):
        return known
    fill = typical(known)
    logging.warning(
        "%d inputs of %s were skipped; they are predicted as %r.",
        len(predicted) - len(known),
        split.path,
        fill,
    )
    return [fill if value is None else value for value in predicted]


def write(
    folder: str,
    split: splits.Split,
    texts: Sequence[str],
    columns: Sequence[str] = (),
    shares: np.ndarray | None = None,
    items: np.ndarray | None = None,
) -> list[str]:
    """Writes <split>_predictions.tsv: index, prediction and probabilities.

    Args:
        folder: the folder to write to.
        split: the split that was predicted.
        texts: a prediction for each input.
        columns: names of the C classes.
        shares: probabilities [I, C].
        items: [I], the number of each item's example.
    Returns:
        The path of the file, in a list.
    """
    files.make_folder(folder)
    table = np.full([len(texts), len(columns)], np.nan)
    if shares is not None:
        table[items] = shares
    lines = ["\t".join([INDEX, PREDICTION, *columns])]
    for name, text, row in zip(split.indices, texts, table, strict=True):
        lines.append("\t".join([name, text, *(f"{x:.6g}" for x in row)]))
    path = os.path.join(folder, f"{split.name}_predictions.tsv")
    files.write(path, ("\n".join(lines) + "\n").encode())
    return [path]


def read_classes(path: str) -> list[str]:
    """The classes in a file of predictions: its columns besides index and
    prediction."""
    for _, row in delimited.rows(path, row_problems.Problems("skip")):
        if row is not None:
            return [name for name in row if name not in (INDEX, PREDICTION)]
    return []


def read(
    path: str,
    split: splits.Split,
    problems: row_problems.Problems,
    value: Callable[[cells.Row, Any], Any],
) -> list[Any]:
    """Reads a prediction for each example of a split; None for a missing one.

    Args:
        path: a .tsv or .csv file with the columns index and prediction, as
            `write` or the GLUE site has them.
        split: the split that was predicted.
        problems: reports malformed predictions, which count as missing.
        value: takes (row, example) and returns the prediction; raises
            cells.BadRow.
    Raises:
        ValueError: the file lacks one of the columns.
    """
    numbers = {name: number for number, name in enumerate(split.indices)}
    predicted: list[Any] = [None] * len(split.examples)
    seen = set()
    for line, row in delimited.rows(path, problems):
        if row is None:
            continue
        if INDEX not in row or PREDICTION not in row:
            raise ValueError(
                f"Predictions must have the columns {INDEX} and {PREDICTION}. "
                f"Received: {path} with {', '.join(row)}. Name a file of "
                "predictions, or correct its first line."
            )
        name = row[INDEX].strip()
        if name not in numbers:
            rule = f"Each index must be one in {split.path}."
            problems.add(path, line, rule, name)
        elif name in seen:
            problems.add(path, line, "Each index must be unique.", name)
        else:
            seen.add(name)
            example = split.examples[numbers[name]]
            if example is not None:
                try:
                    predicted[numbers[name]] = value(row, example)
                except cells.BadRow as bad:
                    problems.add(path, line, bad.rule, bad.received)
    problems.close(path, len(predicted))
    return predicted


def known(name: str, labels: Sequence[str]) -> str:
    """Returns the name if it is one of the labels; raises cells.BadRow if
    not."""
    if name not in labels:
        raise cells.BadRow(class_labels.unknown(labels), name)
    return name
