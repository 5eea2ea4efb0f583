"""The contract of a kind of task, which each file of this folder fulfills."""

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
from data_pipeline.tasks.guesses import guess
from data_pipeline.tasks.kinds import answer_options
from data_pipeline.tasks.kinds import max_lengths
from data_pipeline.tasks.scoring import baselines
from data_pipeline.tasks.scoring import weighted_metrics
from data_pipeline.tasks.texts import example_predictions
from data_pipeline.text import tokenizers

Labels = Sequence[str]
Ids = list[str | None]
# A model's outputs by name, [I, ...], one for each item of the features.
Outputs = Mapping[str, np.ndarray]
Metrics = dict[str, float]
# The names of columns; None stands for no column.
ColumnNames = tuple[str | None, ...]
AnswerOptions = answer_options.AnswerOptions


class Encoded(NamedTuple):
    """A split and its features."""

    split: splits.Split
    features: item_features.Features


class Predictions(NamedTuple):
    """A model's predictions for a split.

    Attributes:
        predicted: a prediction for each example; None for a skipped one.
        outputs: the outputs that they were made from.
    """

    predicted: list[Any]
    outputs: Outputs


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


def _no_official(*arguments: Any) -> splits.Examples:
    raise NotImplementedError  # no published task has this kind


def _metric_of_task(task: table.Task, scheme: str) -> str:
    del scheme
    return task.metric


def _text_as_is(task: table.Task, value: Any) -> str:
    del task
    return str(value)


@dataclass(frozen=True, kw_only=True)
class Kind:
    """A kind of task: how it is read, encoded, predicted, scored and written.

    Fields that take functions name their arguments, in order. The package
    docstring of `kinds` describes how to add a kind.

    Attributes:
        metric: the main metric for data of the user's own.
        perfect: the value of the main metric for perfect predictions.
        metrics: what --metric may name, if there is a choice; all are better
            if higher.
        takes_weights: whether training examples may have weights.
        can_pack: whether several examples may share a row.
        reads_apart: whether each text of an example is a row of its own.
        has_class_names: whether the model's outputs are named classes.
        numbers_classes: whether classes are called "0", "1" and so on if no
            file names them.
        of_line: (id, text): an example of a line of plain text; None if a file
            of lines cannot be predicted.
        packs_evaluation: whether evaluations pack rows as training does.
        may_have_label_columns: whether each label may have its own column.
        takes_null_odds: whether a file of null scores may accompany a file of
            predictions.
        settings: names of the fields of TaskConfig, other than those that all
            kinds use, that rows and answers depend on.

        inputs, targets: (columns): the columns of the user's file for the
            model's input, and for labels.
        check_columns: (columns): raises ValueError if they do not fit.
        read: (path, problems, columns, labels, ids): the examples of the
            user's file; see `custom.read`.
        read_official: (task, path, problems, source, labelled, ids): the
            examples of a published task's file or folder. It fills `ids` if
            skipped examples have ids too. Not called for a kind without tasks
            in `table.TASKS`.
        has_labels: (task, path, columns): whether a file has labels; columns
            is None for a published task.
        normalized: (examples, path, problems, labels, scheme): the examples
            with their labels in the form that models learn, and the scheme of
            their tags, "none" if there is none.
        given: (the task's entry in task.json, or {}): the names of settings in
            GivenTextConfig that must be given, and of all that may be given.
        given_examples: (config): examples of the given texts.

        learn_labels: (examples): the classes that occur in them; [] if there
            are no classes.
        model_labels: (labels): the class that each output of a model stands
            for.
        num_classes: (labels): the number of a model's outputs.
        check_vocabulary: (training split, tokenizer): says how well it fits,
            and raises ValueError if nothing can be learned.

        encode: (split, labels, tokenizer, lengths, num_workers, on_bad_row):
            the features of a split. None among the examples is skipped.
        labels: arrays of labels in training batches; albert_tf's kind has the
            same. In packed batches, a lone B becomes BK.
        chance_loss: (features): the training loss of guessing by label
            frequencies; None if unknown.
        losses: (features, outputs): the sum of each item's losses, float64
            [I], and their numbers, int64 [I]; None if the outputs do not
            determine them.

        predict: (encoded, outputs, labels, options): a prediction for each
            example; None for a skipped one.
        score: (task, split, predicted, labels, threshold): the metrics of the
            examples that were not skipped, including the main one. With
            threshold None, thresholds of null scores are tuned on halves of
            the questions; see `squad_metrics.decide_on_halves`.
        main_metric: (task, scheme of the training data): the name of the main
            metric.
        baseline: (task, encoded, labels): the scores of a trivial prediction,
            under the same names.
        weighted: (task, split, predicted, labels, metric, threshold): the
            metric of this name over the examples that were not skipped, as a
            function of their weights; None if it has no such form.
        guesses: (split, training split or None): the predictions of baselines
            that reports compare with; None: there are none.
        details: (task, encoded, predictions, labels, threshold): what the
            report has beyond scores, and the worst errors; see `reports`.
        score_file: (task, split, path of the predictions, path of null scores
            or None, problems, separator of labels): the metrics of a file.

        typical: (predictions): the prediction for skipped examples, in files
            that must have one for each input.
        as_text: (task, prediction): a prediction as files have it.
        shown: (task, encoded, predictions, labels, scheme, threshold): a row
            for each prediction; see `results.predicted_rows`.
        shown_label: (task, split, label, scheme): a label in the form that
            predictions have in `shown`.
        write: (folder, task, encoded, predictions, labels, threshold, scheme):
            writes the predictions of a split, and returns the paths.
    """

    metric: str
    perfect: float = 1.0
    metrics: tuple[str, ...] = ()
    takes_weights: bool = False
    can_pack: bool = False
    reads_apart: bool = False
    has_class_names: bool = False
    numbers_classes: bool = False
    of_line: Callable[[str, str], example_types.Example] | None = None
    packs_evaluation: bool = True
    may_have_label_columns: bool = False
    takes_null_odds: bool = False
    settings: tuple[str, ...] = ()

    inputs: Callable[[file_columns.Columns], ColumnNames]
    targets: Callable[[file_columns.Columns], ColumnNames]
    check_columns: Callable[[file_columns.Columns], None] = _no_check
    read: Callable[
        [str, row_problems.Problems, file_columns.Columns, Labels | None, Ids],
        splits.Examples,
    ]
    read_official: Callable[
        [table.Task, str, row_problems.Problems, splits.DataSource, bool, Ids],
        splits.Examples,
    ] = _no_official
    has_labels: Callable[[table.Task, str, file_columns.Columns | None], bool]
    normalized: Callable[
        [splits.Examples, str, row_problems.Problems, Labels, str | None],
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
    check_vocabulary: Callable[[splits.Split, tokenizers.Tokenizer], None] = (
        lambda split, tokenizer: None
    )

    encode: Callable[
        [
            splits.Split,
            Labels,
            tokenizers.Tokenizer,
            max_lengths.RowLengths,
            int,
            str,
        ],
        item_features.Features,
    ]
    labels: Mapping[str, contract.Array]
    chance_loss: Callable[[item_features.Features], float | None]
    losses: Callable[
        [item_features.Features, Outputs], tuple[np.ndarray, np.ndarray] | None
    ]

    predict: Callable[[Encoded, Outputs, Labels, AnswerOptions], list[Any]]
    score: Callable[
        [table.Task, splits.Split, list[Any], Labels, float | None], Metrics
    ]
    main_metric: Callable[[table.Task, str], str] = _metric_of_task
    baseline: Callable[[table.Task, Encoded, Labels], baselines.Baseline]
    weighted: Callable[
        [table.Task, splits.Split, list[Any], Labels, str, float | None],
        weighted_metrics.WeightedMetric | None,
    ]
    guesses: guess.Guesses | None = None
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
        Metrics,
    ]

    typical: Callable[[Sequence[Any]], Any] = example_predictions.commonest
    as_text: Callable[[table.Task, Any], str] = _text_as_is
    shown: Callable[
        [table.Task, Encoded, Predictions, Labels, str, float],
        list[dict[str, Any] | None],
    ]
    shown_label: Callable[[table.Task, splits.Split, Any, str], Any]
    write: Callable[
        [str, table.Task, Encoded, Predictions, Labels, float | None, str],
        list[str],
    ]

    @property
    def has_one_class(self) -> bool:
        """Whether an example has exactly one of several named classes."""
        label = self.labels.get("label")
        return self.has_class_names and label == contract.Array("int32", "B")

    @property
    def has_windows(self) -> bool:
        """Whether a context is always read in several overlapping rows."""
        return "max_query_length" in self.settings

    @property
    def chooses_long_texts(self) -> bool:
        """Whether --long_texts says how a long text is read."""
        return "long_texts" in self.settings
