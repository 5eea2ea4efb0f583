"""The splits of a task's data, such as train and dev, and where they are."""

import dataclasses
from collections.abc import Sequence
from typing import Any

from data_pipeline.tasks import file_columns

# Of one class of `examples`, which the kind of task knows; None in place of one
# that was skipped.
Examples = list[Any]


@dataclasses.dataclass(frozen=True, kw_only=True)
class DataSource:
    """Where the data is and how to read it.

    data_dir: the folder in the task's official layout.
    files: by split, a file to read instead.
    tfds: take GLUE from TensorFlow Datasets, with data_dir as its folder.
    on_bad_row: one of problems.ON_BAD_ROW.
    level: of RACE.
    token_column, tag_column: of CoNLL files.
    columns: of a user's own task, but for `labelled`.
    eval_fraction: of the training rows to hold out, as in held_out.split.
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


@dataclasses.dataclass(frozen=True)
class Split:
    """Examples, None in place of one that was skipped.

    name: of the split.
    path: where they were read, for messages.
    ids: of all of them, also of those that were skipped, if they have some.
    scheme: of the tags in the file; the examples have BIO.
    classes: all labels, where columns name them; () where examples do.
    """

    name: str
    path: str
    examples: Examples
    ids: Sequence[str | None]
    scheme: str = "none"
    classes: tuple[str, ...] = ()

    @property
    def indices(self) -> list[str]:
        """What predictions are named by: the ids of the examples.

        A row that could not be read has its number, as such where the others
        are named by their numbers too.
        """
        numbered = all(
            name in (None, str(number)) for number, name in enumerate(self.ids)
        )
        return [
            name or (str(number) if numbered else f"row {number}")
            for number, name in enumerate(self.ids)
        ]


def flag_of(name: str) -> str:
    """The flag that names a file for a split."""
    if name == "train":
        return "train_file"
    return "predict_file" if name.startswith("test") else "eval_file"
