"""The splits of a task's data, such as train and dev, and their location."""

import dataclasses
from collections.abc import Sequence
from typing import Any

from data_pipeline.tasks import example_types
from data_pipeline.tasks import file_columns

# All of one class of `example_types`, which depends on the kind of task; None
# in place of a skipped one.
Examples = list[Any]


@dataclasses.dataclass(frozen=True, kw_only=True)
class DataSource:
    """Where a task's data is, and how to read it.

    Attributes:
        data_dir: a folder in the task's official layout.
        files: by split, a file to read instead.
        tfds: whether to read GLUE from TensorFlow Datasets, with data_dir as
            its folder.
        on_bad_row: one of row_problems.ON_BAD_ROW.
        level: which of RACE's passages to read.
        token_column, tag_column: columns of CoNLL files.
        columns: the columns of a user's own task, whatever their `labelled`.
        eval_fraction: share of the training rows to hold out, as in
            held_out.split.
        folds, fold: the number of folds, and the one to hold out, from 1 on,
            as in folds.split.
    """

    data_dir: str | None = None
    files: dict[str, str] = dataclasses.field(default_factory=dict)
    tfds: bool = False
    on_bad_row: str = "stop"
    level: str = "all"
    token_column: int = 0
    tag_column: int = -1
    columns: file_columns.Columns | None = None
    eval_fraction: float | None = None
    folds: int | None = None
    fold: int = 1

    @property
    def holds_out(self) -> bool:
        """Whether some of the training rows are held out."""
        return bool(self.eval_fraction or self.folds)


@dataclasses.dataclass(frozen=True)
class Split:
    """The examples of a split; None in place of a skipped one.

    Attributes:
        name: name of the split.
        path: where they were read from, for messages.
        ids: the id of each example; that of a skipped one may be None.
        scheme: the file's tagging scheme; the examples have BIO.
        classes: all labels, if the columns name them; () if the examples do.
    """

    name: str
    path: str
    examples: Examples
    ids: Sequence[str | None]
    scheme: str = "none"
    classes: tuple[str, ...] = ()

    @property
    def indices(self) -> list[str]:
        """The names of predictions: the ids of the examples.

        A row that could not be read is named by its number: 7 if all rows are
        named by their numbers, and otherwise "row 7".
        """
        numbered = all(
            name in (None, str(number)) for number, name in enumerate(self.ids)
        )
        return [
            name or (str(number) if numbered else f"row {number}")
            for number, name in enumerate(self.ids)
        ]

    def without_label(self, label: str) -> "Split":
        """The same split, where examples of this label have no label; "" stands
        for no label."""
        if not label:
            return self
        examples = [
            example_types.unlabelled(example)
            if example is not None and example.given_label == label
            else example
            for example in self.examples
        ]
        return dataclasses.replace(self, examples=examples)


def flag_of(name: str) -> str:
    """The name of the flag for a split's file."""
    if name == "train":
        return "train_file"
    return "predict_file" if name.startswith("test") else "eval_file"
