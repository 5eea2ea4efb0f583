"""Warns about labels that may not mean what they were read as."""

import collections
from collections.abc import Sequence

from absl import logging

from data_pipeline.tasks import example_types
from data_pipeline.tasks import file_columns

# Words that may name a class or mean that there is no label.
_DOUBTFUL = ("None", "none", "NONE", "NA", "N/A", "n/a")
_SEPARATORS = (",", ";", "|", " ")


def log(
    path: str,
    columns: file_columns.Columns,
    examples: Sequence[example_types.TextExample | None],
    *,
    may_be_several: bool,
) -> None:
    """Warns about labels that may stand for a missing label, and about cells
    that may have several labels.

    Args:
        path: path of the file.
        columns: which column holds what.
        examples: the examples of the file; None for a skipped one.
        may_be_several: whether the task allows several labels.
    """
    counts: collections.Counter[str] = collections.Counter()
    several = False
    for example in examples:
        found = example.classes if example else ()
        several = several or len(found) > 1
        counts.update(found)
    for label in _DOUBTFUL:
        if counts[label]:
            logging.warning(
                "%s: the label %r of %d rows counts as a class. If these rows "
                "have no label, leave the cells empty.",
                path,
                label,
                counts[label],
            )
    if may_be_several and not several:
        _log_separator(path, columns, counts)


def _log_separator(
    path: str, columns: file_columns.Columns, counts: collections.Counter[str]
) -> None:
    """Warns about cells that another separator would divide."""
    for other in _SEPARATORS:
        cells = sum(n for label, n in counts.items() if other in label)
        if cells and other != columns.label_separator:
            logging.warning(
                "%s: %d labels contain %r, such as %r, but only %r separates "
                "labels. Choose another separator with --label_separator.",
                path,
                cells,
                other,
                next(label for label in counts if other in label),
                columns.label_separator,
            )
