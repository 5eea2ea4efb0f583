"""Multiple choice: which of several texts is correct, given a context."""

import os
from collections.abc import Mapping
from typing import Any

import numpy as np

from data_pipeline.batches import contract
from data_pipeline.tasks import example_types
from data_pipeline.tasks import file_columns
from data_pipeline.tasks import given_text_config
from data_pipeline.tasks import item_features
from data_pipeline.tasks import row_problems
from data_pipeline.tasks import splits
from data_pipeline.tasks import table
from data_pipeline.tasks.choices import choice_rows
from data_pipeline.tasks.choices import race
from data_pipeline.tasks.kinds import max_lengths
from data_pipeline.tasks.kinds import task_kind
from data_pipeline.tasks.readers import cells
from data_pipeline.tasks.scoring import baselines
from data_pipeline.tasks.scoring import item_losses
from data_pipeline.tasks.scoring import scores
from data_pipeline.tasks.texts import class_details
from data_pipeline.tasks.texts import example_predictions
from data_pipeline.tasks.texts import file_scores
from data_pipeline.tasks.texts import text_features
from data_pipeline.tasks.texts import text_rows
from data_pipeline.text import tokenizers

_RACE = "race"


def _check_columns(columns: file_columns.Columns) -> None:
    if len(columns.choices) < 2:
        raise ValueError(
            "Multiple choice must have at least two columns of choices. "
            f"Received: {columns.choices}. Name them in `choices`."
        )


def _read(
    path: str,
    problems: row_problems.Problems,
    columns: file_columns.Columns,
    labels: task_kind.Labels | None,
    ids: task_kind.Ids,
) -> splits.Examples:
    del labels
    return choice_rows.read(path, problems, columns, ids)


def _read_official(
    task: table.Task,
    path: str,
    problems: row_problems.Problems,
    source: splits.DataSource,
    labelled: bool,
    ids: task_kind.Ids,
) -> splits.Examples:
    """Reads a folder of RACE."""
    del task, ids
    return race.read(
        *os.path.split(path), problems, level=source.level, labelled=labelled
    )


def _has_labels(
    task: table.Task, path: str, columns: file_columns.Columns | None
) -> bool:
    if columns is None:
        return False
    return text_rows.has_labels(text_rows.label_column, task, path, columns)


def _given(
    row: Mapping[str, Any],
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    del row
    return ("choice",), ("choice", "context")


def _given_examples(
    config: given_text_config.GivenTextConfig,
) -> list[example_types.Example]:
    context = "\n".join(config.context or ())
    choices = tuple(config.choice or ())
    return [example_types.ChoiceExample("0", context, choices)]


def _encode(
    split: splits.Split,
    labels: task_kind.Labels,
    tokenizer: tokenizers.Tokenizer,
    lengths: max_lengths.RowLengths,
    num_workers: int,
    on_bad_row: str,
) -> item_features.Features:
    """Features with the label array label, int32 [I], and C rows per item."""
    del labels, num_workers, on_bad_row
    return text_features.encode_choices(
        split.examples,
        tokenizer,
        lengths.max_seq_length,
        lengths.max_qa_length,
    )


def _chance_loss(features: item_features.Features) -> float:
    return float(np.log(features.rows_per_item))


def _losses(
    features: item_features.Features, outputs: Mapping[str, np.ndarray]
) -> tuple[np.ndarray, np.ndarray]:
    """Cross-entropies in nats."""
    label = features.labels["label"]
    return item_losses.one_each(
        item_losses.cross_entropy(outputs["logits"], label)
    )


def _predict(
    encoded: task_kind.Encoded,
    outputs: Mapping[str, np.ndarray],
    labels: task_kind.Labels,
    options: task_kind.AnswerOptions,
) -> list[int | None]:
    """The number of the best choice, from 0."""
    del labels, options
    best = outputs["logits"].argmax(axis=-1).tolist()
    return example_predictions.by_example(
        *encoded, lambda item, number: best[item]
    )


def _score(
    task: table.Task,
    split: splits.Split,
    predicted: list[Any],
    labels: task_kind.Labels,
    threshold: float | None,
) -> dict[str, float]:
    del task, labels, threshold
    gold, found = zip(
        *example_predictions.labelled_pairs(split, predicted), strict=True
    )
    groups = [e.group for e in split.examples if e is not None]
    return scores.accuracy_by_group(gold, found, groups)


def _baseline(
    task: table.Task, encoded: task_kind.Encoded, labels: task_kind.Labels
) -> baselines.Baseline:
    """The choice whose number is correct most often."""
    split, features = encoded
    best = scores.majority([e.label for e in split.examples if e is not None])
    predicted = [example and best for example in split.examples]
    return baselines.Baseline(
        f"most frequent choice ({_as_text(task, best)})",
        _score(task, split, predicted, labels, None),
        _chance_loss(features),
    )


def _details(
    task: table.Task,
    encoded: task_kind.Encoded,
    predictions: task_kind.Predictions,
    labels: task_kind.Labels,
    threshold: float | None,
) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    del labels, threshold
    split, features = encoded
    most = max(len(e.choices) for e in split.examples if e is not None)
    names = {number: _as_text(task, number) for number in range(most)}
    details, worst = class_details.of_logits(
        split,
        features,
        predictions.predicted,
        predictions.outputs["logits"],
        names,
    )
    levels = [e.group for e in split.examples if e]
    return {**details, "group_names": {"level": levels}}, worst


def _score_file(
    task: table.Task,
    split: splits.Split,
    path: str,
    null_odds: str | None,
    problems: row_problems.Problems,
    separator: str,
) -> dict[str, float]:
    del null_odds, separator

    def value(row: cells.Row, example: example_types.ChoiceExample) -> int:
        count = len(example.choices)
        names = list(
            race.LETTERS if task.name == _RACE else map(str, range(count))
        )
        name = cells.name(row, example_predictions.PREDICTION)
        return names.index(example_predictions.known(name, names))

    return file_scores.of(
        split,
        example_predictions.read(path, split, problems, value),
        lambda example: (example.label + 1) % len(example.choices),
        lambda found: _score(task, split, found, (), None),
    )


def _as_text(task: table.Task, value: Any) -> str:
    """The number of a choice from 0, or its letter in RACE."""
    return race.LETTERS[value] if task.name == _RACE else str(value)


def _shown_value(task: table.Task, value: int) -> int | str:
    """The number of a choice from 0, or its letter in RACE."""
    return race.LETTERS[value] if task.name == _RACE else value


def _shown(
    task: table.Task,
    encoded: task_kind.Encoded,
    predictions: task_kind.Predictions,
    labels: task_kind.Labels,
    scheme: str,
    threshold: float,
) -> list[dict[str, Any] | None]:
    """The choice, as in `_shown_value`, and its probability."""
    probabilities = example_predictions.softmax(predictions.outputs["logits"])
    return example_predictions.by_example(
        *encoded,
        lambda item, number: {
            "prediction": _shown_value(task, predictions.predicted[number]),
            "probability": example_predictions.rounded(
                probabilities[item].max()
            ),
        },
    )


def _write(
    folder: str,
    task: table.Task,
    encoded: task_kind.Encoded,
    predictions: task_kind.Predictions,
    labels: task_kind.Labels,
    threshold: float | None,
    scheme: str,
) -> list[str]:
    """Writes <split>_predictions.tsv, with a column for each choice."""
    split, features = encoded
    logits = predictions.outputs["logits"]
    filled = example_predictions.filled(
        split, predictions.predicted, example_predictions.commonest
    )
    return example_predictions.write(
        folder,
        split,
        [_as_text(task, value) for value in filled],
        [str(number) for number in range(logits.shape[-1])],
        example_predictions.softmax(logits),
        features.example,
    )


KIND = task_kind.Kind(
    metric="accuracy",
    settings=("max_qa_length",),
    inputs=choice_rows.inputs,
    targets=text_rows.label_column,
    check_columns=_check_columns,
    read=_read,
    read_official=_read_official,
    has_labels=_has_labels,
    given=_given,
    given_examples=_given_examples,
    encode=_encode,
    labels={"label": contract.Array("int32", "B")},
    chance_loss=_chance_loss,
    losses=_losses,
    predict=_predict,
    score=_score,
    baseline=_baseline,
    weighted=lambda task, split, predicted, labels, metric, threshold: (
        class_details.weighted_accuracy(split, predicted, metric)
    ),
    details=_details,
    score_file=_score_file,
    as_text=_as_text,
    shown=_shown,
    shown_label=lambda task, split, label, scheme: _shown_value(task, label),
    write=_write,
)
