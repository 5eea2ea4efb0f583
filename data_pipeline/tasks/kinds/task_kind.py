"""The contract of a kind of task: what each file of this folder defines."""

from collections.abc import Callable
from collections.abc import Mapping
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from typing import NamedTuple

import numpy as np

from data_pipeline.batches import contract
from data_pipeline.tasks import example_types
from data_pipeline.tasks import file_columns
from data_pipeline.tasks import given_text_config
from data_pipeline.tasks import item_features
from data_pipeline.tasks import row_problems
from data_pipeline.tasks import splits
from data_pipeline.tasks import table
from data_pipeline.tasks.scoring import baselines
from data_pipeline.tasks.texts import example_predictions
from data_pipeline.text import tokenizers

Labels = Sequence[str]
Ids = list[str | None]


@dataclass(frozen=True, kw_only=True)
class RowLengths:
    """Lengths in tokens, under the names of google-research/albert."""

    max_seq_length: int
    max_qa_length: int = 128
    doc_stride: int = 128
    max_query_length: int = 64


@dataclass(frozen=True, kw_only=True)
class AnswerOptions:
    """How answers to questions are chosen, as in `spans.answers.predict`."""

    n_best_size: int = 20
    max_answer_length: int = 30


class Encoded(NamedTuple):
    """A split and its features."""

    split: splits.Split
    features: item_features.Features


class Predictions(NamedTuple):
    """What a model predicts for a split.

    Attributes:
        predicted: a prediction for each example; None for one that was skipped.
        outputs: of the model, by item of the features.
    """

    predicted: list[Any]
    outputs: Mapping[str, np.ndarray]


def _no_check(columns: file_columns.Columns) -> None:
    del columns


def _as_read(
    examples: splits.Examples,
    path: str,
    problems: row_problems.Problems,
    labels: Labels,
    scheme: str | None,
) -> tuple[splits.Examples, str]:
    del path, problems, labels
    return examples, scheme or "none"


def _no_labels(examples: Sequence[Any]) -> list[str]:
    del examples
    return []


def _metric_of_task(task: table.Task, scheme: str) -> str:
    del scheme
    return task.metric


def _text_as_is(task: table.Task, value: Any) -> str:
    del task
    return str(value)


@dataclass(frozen=True, kw_only=True)
class Kind:
    """A kind of task: how it is read, encoded, predicted, scored and written.

    Attributes:
        metric: the main metric of a task of one's own.
        perfect: the value of the main metric for perfect predictions.
        can_pack: whether several texts may share a row.
        has_class_names: whether the model's outputs are classes with names.
        numbers_classes: whether classes that no file names are called "0",
            "1" and so on.
        reads_lines: whether a file of plain lines can be predicted, one text
            a line.
        may_have_label_columns: whether each label may have a column of its
            own.
        takes_null_odds: whether a file of predictions may come with one of
            null scores.
        settings: names of the settings of TaskConfig, besides those that all
            kinds have, that rows and answers depend on.

        inputs, targets: the columns of one's own file that hold the model's
            input, and those that hold labels; None stands for no column.
        check_columns: raises ValueError for columns that do not fit the kind.
        read: reads one's own file. Takes (path, problems, columns, labels,
            ids), as `custom.read` does.
        read_official: reads the file or folder of a published task. Takes
            (task, path, problems, source, labelled, ids); `ids` is filled
            where examples that are skipped have ids too.
        has_labels: whether a file of the task has labels. Takes (task, path,
            columns); columns is None for a published task.
        normalized: brings the labels of a split into the form that models
            learn. Takes (examples, path, problems, labels, scheme) and returns
            the examples and the scheme of their tags.
        given: the settings that give a text to predict: those that must be
            given, and all that may be. Takes the task's row of task.json.
        given_examples: makes examples of texts that are given.

        learn_labels: the classes that examples have; [] for none.
        model_labels: what the classes of a model stand for, by output.
        num_classes: how many outputs a model for these classes has.

        encode: makes features. Takes (split, labels, tokenizer, lengths,
            num_workers, on_bad_row).
        labels: arrays of labels that training batches hold. In packed batches,
            a B that stands alone is BK.
        chance_loss: what guessing by the labels' frequencies costs, as
            training counts it; None where it cannot be known.
        losses: the sum of the losses of each item, float64 [I], and how many
            there are in it, int64 [I]; None where outputs do not determine
            them.

        predict: a prediction for each example, None for one that was skipped.
            Takes (encoded, outputs, labels, options).
        score: the official metrics of the examples that were not skipped. The
            main one is among them. Takes (task, split, predicted, labels,
            threshold); with threshold None, that of null scores is found on
            one half of the questions and used on the other, both ways.
        main_metric: the name of the main metric. Takes (task, scheme of the
            tags of the training data).
        baseline: what a model that reads nothing scores. Takes (task,
            encoded, labels).
        details: what an evaluation shows beyond its score, and the worst
            errors; see `results.evaluation_details`. Takes (task, encoded,
            predictions, labels, threshold).
        score_file: scores a file of predictions. Takes (task, split, path of
            the predictions, path of null odds or None, problems, separator of
            labels).

        typical: the prediction that stands for inputs that were skipped, where
            a file must have one for each input. Takes the others.
        as_text: a prediction as files show it. Takes (task, prediction).
        shown: a row for each prediction, as `results.predicted_rows` shows
            them. Takes (task, encoded, predictions, labels, scheme,
            threshold).
        shown_label: a label in the form that `shown` has. Takes (task, split,
            label, scheme).
        write: writes the predictions of a split and returns the paths. Takes
            (folder, task, encoded, predictions, labels, threshold, scheme).
    """

    metric: str
    perfect: float = 1.0
    can_pack: bool = False
    has_class_names: bool = False
    numbers_classes: bool = False
    reads_lines: bool = False
    may_have_label_columns: bool = False
    takes_null_odds: bool = False
    settings: tuple[str, ...] = ()

    inputs: Callable[[file_columns.Columns], tuple[str | None, ...]]
    targets: Callable[[file_columns.Columns], tuple[str | None, ...]]
    check_columns: Callable[[file_columns.Columns], None] = _no_check
    read: Callable[
        [
            str,
            row_problems.Problems,
            file_columns.Columns,
            Labels | None,
            Ids,
        ],
        splits.Examples,
    ]
    read_official: Callable[
        [table.Task, str, row_problems.Problems, splits.DataSource, bool, Ids],
        splits.Examples,
    ]
    has_labels: Callable[[table.Task, str, file_columns.Columns | None], bool]
    normalized: Callable[
        [
            splits.Examples,
            str,
            row_problems.Problems,
            Labels,
            str | None,
        ],
        tuple[splits.Examples, str],
    ] = _as_read
    given: Callable[
        [Mapping[str, Any]], tuple[tuple[str, ...], tuple[str, ...]]
    ]
    given_examples: Callable[
        [given_text_config.GivenTextConfig], list[example_types.Example]
    ]

    learn_labels: Callable[[Sequence[Any]], list[str]] = _no_labels
    model_labels: Callable[[Labels], list[str]] = list
    num_classes: Callable[[Labels], int] = len

    encode: Callable[
        [
            splits.Split,
            Labels,
            tokenizers.Tokenizer,
            RowLengths,
            int,
            str,
        ],
        item_features.Features,
    ]
    labels: Mapping[str, contract.Array]
    chance_loss: Callable[[item_features.Features], float | None]
    losses: Callable[
        [item_features.Features, Mapping[str, np.ndarray]],
        tuple[np.ndarray, np.ndarray] | None,
    ]

    predict: Callable[
        [Encoded, Mapping[str, np.ndarray], Labels, AnswerOptions], list[Any]
    ]
    score: Callable[
        [table.Task, splits.Split, list[Any], Labels, float | None],
        dict[str, float],
    ]
    main_metric: Callable[[table.Task, str], str] = _metric_of_task
    baseline: Callable[[table.Task, Encoded, Labels], baselines.Baseline]
    details: Callable[
        [table.Task, Encoded, Predictions, Labels, float | None],
        tuple[dict[str, Any], list[dict[str, Any]]],
    ]
    score_file: Callable[
        [
            table.Task,
            splits.Split,
            str,
            str | None,
            row_problems.Problems,
            str,
        ],
        dict[str, float],
    ]

    typical: Callable[[Sequence[Any]], Any] = example_predictions.commonest
    as_text: Callable[[table.Task, Any], str] = _text_as_is
    shown: Callable[
        [table.Task, Encoded, Predictions, Labels, str, float],
        list[dict[str, Any] | None],
    ]
    shown_label: Callable[[table.Task, splits.Split, Any, str], Any]
    write: Callable[
        [
            str,
            table.Task,
            Encoded,
            Predictions,
            Labels,
            float | None,
            str,
        ],
        list[str],
    ]

    @property
    def has_windows(self) -> bool:
        """Whether a long text is read in several rows that overlap."""
        return "doc_stride" in self.settings

    def used(self, columns: file_columns.Columns) -> tuple[str, ...]:
        """The columns that one's own file must have."""
        names = (columns.id, *self.inputs(columns))
        if columns.labelled:
            names += self.targets(columns)
        return tuple(dict.fromkeys(name for name in names if name is not None))
