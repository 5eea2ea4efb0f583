"""Log lines on what was taken for granted about the labels of a file."""

import collections
from collections.abc import Sequence

from absl import logging

from data_pipeline.tasks import example_types
from data_pipeline.tasks import file_columns

# Words for a class as well as for nothing.
_DOUBTFUL = ("None", "none", "NONE", "NA", "N/A", "n/a")
_SEPARATORS = (",", ";", "|", " ")


def log(
    path: str,
    columns: file_columns.Columns,
    examples: Sequence[example_types.TextExample | None],
    *,
    may_be_several: bool,
) -> None:
    """Names labels that may mean none, and cells that may hold several.

    Args:
        path: of the file.
        columns: what the columns hold.
        examples: read from it; None for those that were skipped.
        may_be_several: whether the task allows several labels.
    """
    counts: collections.Counter[str] = collections.Counter()
    several = False
    for example in examples:
        label = example.label if example else None
        found = [label] if isinstance(label, str) else label or ()
        several = several or len(found) > 1
        counts.update(found)
    for label in _DOUBTFUL:
        if counts[label]:
            logging.warning(
                "%s: the label %r of %d rows is taken for a class. Empty the "
                "cells if they have no label.",
                path,
                label,
                counts[label],
            )
    if may_be_several and not several:
        _log_separator(path, columns, counts)


def _log_separator(
    path: str, columns: file_columns.Columns, counts: collections.Counter[str]
) -> None:
    """Says so where a cell may hold several labels."""
    for other in _SEPARATORS:
        cells = sum(n for label, n in counts.items() if other in label)
        if cells and other != columns.label_separator:
            logging.warning(
                "%s: %d labels have %r in them, such as %r; only %r separates "
                "labels. --label_separator names another.",
                path,
                cells,
                other,
                next(label for label in counts if other in label),
                columns.label_separator,
            )
