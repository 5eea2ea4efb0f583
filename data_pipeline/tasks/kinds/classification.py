"""Classification: one of several classes for a text or a pair of texts."""

from collections.abc import Mapping
from collections.abc import Sequence
from functools import partial
from typing import Any

import numpy as np

from data_pipeline.batches import contract
from data_pipeline.tasks import class_labels
from data_pipeline.tasks import example_types
from data_pipeline.tasks import file_columns
from data_pipeline.tasks import item_features
from data_pipeline.tasks import row_problems
from data_pipeline.tasks import splits
from data_pipeline.tasks import table
from data_pipeline.tasks.calibration import calibrated_rows
from data_pipeline.tasks.guesses import text_guesses
from data_pipeline.tasks.kinds import max_lengths
from data_pipeline.tasks.kinds import task_kind
from data_pipeline.tasks.readers import cells
from data_pipeline.tasks.readers import example_rows
from data_pipeline.tasks.scoring import baselines
from data_pipeline.tasks.scoring import item_losses
from data_pipeline.tasks.scoring import scores
from data_pipeline.tasks.scoring import weighted_metrics
from data_pipeline.tasks.texts import class_details
from data_pipeline.tasks.texts import example_predictions
from data_pipeline.tasks.texts import file_scores
from data_pipeline.tasks.texts import label_notes
from data_pipeline.tasks.texts import text_features
from data_pipeline.tasks.texts import text_rows
from data_pipeline.text import tokenizers


def _read(
    path: str,
    problems: row_problems.Problems,
    columns: file_columns.Columns,
    labels: task_kind.Labels | None,
    ids: task_kind.Ids,
) -> splits.Examples:
    def label(row: cells.Row) -> str:
        found = cells.label(row, columns.label)
        example_rows.check_known([found], labels)
        return found

    targets = text_rows.label_column(columns)
    examples = text_rows.read(path, problems, columns, targets, label, ids)
    label_notes.log(path, columns, examples, may_be_several=False)
    return examples


def learn_labels(
    examples: Sequence[example_types.TextExample | None],
) -> list[str]:
    """The classes of the examples, in the order of a model's outputs."""
    return class_labels.learn(
        example.classes for example in examples if example is not None
    )


def _encode(
    split: splits.Split,
    labels: task_kind.Labels,
    tokenizer: tokenizers.Tokenizer,
    lengths: max_lengths.RowLengths,
    num_workers: int,
    on_bad_row: str,
) -> item_features.Features:
    """Features with the label array label, int32 [I]."""
    del num_workers, on_bad_row
    numbers = [
        item_features.NO_LABEL
        if example.label is None
        else class_labels.number(example.label, labels)
        for example in split.examples
        if example is not None
    ]
    return text_features.encode_texts(
        split.examples,
        tokenizer,
        np.array(numbers, np.int32),
        **lengths.of_texts,
    )


def _losses(
    features: item_features.Features, outputs: Mapping[str, np.ndarray]
) -> tuple[np.ndarray, np.ndarray]:
    """Cross-entropies in nats; rows of no class do not count."""
    label = features.labels["label"]
    has_class = label >= 0
    losses = item_losses.cross_entropy(outputs["logits"], label * has_class)
    return losses * has_class, has_class.astype(np.int64)


def _predict(
    encoded: task_kind.Encoded,
    outputs: Mapping[str, np.ndarray],
    labels: task_kind.Labels,
    options: task_kind.AnswerOptions,
) -> list[str | None]:
    best = outputs["logits"].argmax(axis=-1).tolist()
    is_none = calibrated_rows.is_none(outputs)
    return example_predictions.by_example(
        *encoded,
        lambda item, number: (
            options.none_label if is_none[item] else labels[best[item]]
        ),
    )


def _score(
    task: table.Task,
    split: splits.Split,
    predicted: list[Any],
    labels: task_kind.Labels,
    threshold: float | None,
) -> dict[str, float]:
    """The task's metrics, and predicted_classes, the number of classes."""
    del threshold
    gold, found = zip(
        *example_predictions.labelled_pairs(split, predicted), strict=True
    )
    result = scores.accuracy(gold, found)
    wanted = table.metrics_of(task)
    if "macro_f1" in wanted:
        result = {**scores.macro_f1(gold, found), **result}
    if "matthews" in wanted:
        result = {**scores.matthews(gold, found), **result}
    if "accuracy_and_f1" in wanted:
        f1 = scores.f1(gold, found, labels)
        mean = (result["accuracy"] + f1["f1"]) / 2
        result = {"accuracy_and_f1": mean, **result, **f1}
    if len(set(gold)) > 1:
        result["predicted_classes"] = len(set(found))
    return result


def _baseline(
    task: table.Task, encoded: task_kind.Encoded, labels: task_kind.Labels
) -> baselines.Baseline:
    """The most frequent class."""
    split, features = encoded
    best = scores.majority([e.label for e in split.examples if e is not None])
    predicted = [example and best for example in split.examples]
    return baselines.Baseline(
        f"most frequent class ({best})",
        _score(task, split, predicted, labels, None),
        item_losses.entropy_of(features.labels["label"]),
    )


def _weighted(
    task: table.Task,
    split: splits.Split,
    predicted: list[Any],
    labels: task_kind.Labels,
    metric: str,
    threshold: float | None,
) -> weighted_metrics.WeightedMetric | None:
    del task, threshold
    pairs = example_predictions.labelled_pairs(split, predicted)
    return class_details.weighted(pairs, labels, metric)


def _details(
    task: table.Task,
    encoded: task_kind.Encoded,
    predictions: task_kind.Predictions,
    labels: task_kind.Labels,
    threshold: float | None,
) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    del threshold
    split, features = encoded
    names, logits = calibrated_rows.with_none(
        class_details.names(task, labels),
        predictions.outputs["logits"],
        example_predictions.labelled_pairs(split, predictions.predicted),
    )
    return class_details.of_logits(
        split, features, predictions.predicted, logits, names, len(labels)
    )


def _score_file(
    task: table.Task,
    split: splits.Split,
    path: str,
    null_odds: str | None,
    problems: row_problems.Problems,
    separator: str,
) -> dict[str, float]:
    del null_odds, separator
    labels = file_scores.classes_of(task, split, path)
    predicted = example_predictions.read(
        path,
        split,
        problems,
        lambda row, example: example_predictions.known(
            cells.name(row, example_predictions.PREDICTION), labels
        ),
    )
    return file_scores.of(
        split,
        predicted,
        lambda example: next((x for x in labels if x != example.label), ""),
        lambda found: _score(task, split, found, labels, None),
    )


def _shown(
    task: table.Task,
    encoded: task_kind.Encoded,
    predictions: task_kind.Predictions,
    labels: task_kind.Labels,
    scheme: str,
    threshold: float,
) -> list[dict[str, Any] | None]:
    """The class and its probability; see also `calibrated_rows.shown`."""
    outputs = predictions.outputs
    probabilities = example_predictions.softmax(outputs["logits"])
    return example_predictions.by_example(
        *encoded,
        lambda item, number: {
            "prediction": predictions.predicted[number],
            "probability": example_predictions.rounded(
                probabilities[item].max()
            ),
            **calibrated_rows.shown(outputs, probabilities, labels, item),
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
    """Writes <split>_predictions.tsv, with a column for each class."""
    split, features = encoded
    filled = example_predictions.filled(
        split, predictions.predicted, example_predictions.commonest
    )
    return example_predictions.write(
        folder,
        split,
        filled,
        labels,
        example_predictions.softmax(predictions.outputs["logits"]),
        features.example,
    )


KIND = task_kind.Kind(
    metric="accuracy",
    metrics=("accuracy", "macro_f1", "matthews"),
    takes_weights=True,
    can_pack=True,
    settings=max_lengths.LONG_TEXTS,
    has_class_names=True,
    numbers_classes=True,
    of_line=text_rows.of_line,
    inputs=text_rows.inputs,
    targets=text_rows.label_column,
    read=_read,
    read_official=text_rows.read_official,
    has_labels=partial(text_rows.has_labels, text_rows.label_column),
    given=text_rows.given,
    given_examples=text_rows.given_examples,
    learn_labels=learn_labels,
    encode=_encode,
    labels={"label": contract.Array("int32", "B")},
    chance_loss=lambda features: item_losses.entropy_of(
        features.labels["label"]
    ),
    losses=_losses,
    predict=_predict,
    score=_score,
    baseline=_baseline,
    weighted=_weighted,
    guesses=text_guesses.of_classes,
    details=_details,
    score_file=_score_file,
    shown=_shown,
    shown_label=lambda task, split, label, scheme: label,
    write=_write,
)
