"""What was taken for granted of the labels of a file, as lines of the log."""

from __future__ import annotations

import collections
import typing
from collections.abc import Sequence

from absl import logging

from data_pipeline.tasks import examples as examples_lib

if typing.TYPE_CHECKING:
    from data_pipeline.tasks.readers import custom

# Words for a class as well as for nothing.
_DOUBTFUL = ("None", "none", "NONE", "NA", "N/A", "n/a")
_SEPARATORS = (",", ";", "|", " ")


def log(
    path: str,
    columns: custom.Columns,
    examples: Sequence[examples_lib.Example | None],
) -> None:
    """Names labels that may be none, and cells that may be several.

    Args:
        path: of the file.
        columns: what the columns hold.
        examples: read from it; None for those that were skipped.
    """
    if columns.kind not in ("classification", "multilabel"):
        return
    counts = collections.Counter()
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
    if columns.kind == "multilabel" and not several:
        _log_separator(path, columns, counts)


def _log_separator(path, columns, counts) -> None:
    """Says that the labels of a file may be several in a cell."""
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
