"""Multilabel classification: any number of labels for a text or a pair."""

import json
from collections.abc import Mapping
from functools import partial
from typing import Any

import numpy as np

from data_pipeline.batches import contract
from data_pipeline.tasks import class_labels
from data_pipeline.tasks import file_columns
from data_pipeline.tasks import item_features
from data_pipeline.tasks import row_problems
from data_pipeline.tasks import splits
from data_pipeline.tasks import table
from data_pipeline.tasks.calibration import calibrations
from data_pipeline.tasks.guesses import text_guesses
from data_pipeline.tasks.kinds import classification
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
from data_pipeline.tasks.texts import label_set_details
from data_pipeline.tasks.texts import text_features
from data_pipeline.tasks.texts import text_rows
from data_pipeline.text import tokenizers


def _targets(columns: file_columns.Columns) -> tuple[str | None, ...]:
    return columns.label_columns or (columns.label,)


def _read(
    path: str,
    problems: row_problems.Problems,
    columns: file_columns.Columns,
    labels: task_kind.Labels | None,
    ids: task_kind.Ids,
) -> splits.Examples:
    wanted = columns.label_columns
    if wanted and labels is not None and set(wanted) != set(labels):
        raise ValueError(
            "--label_columns must name the labels that the model knows. "
            f"Received: {', '.join(wanted)} for a model with the labels "
            f"{', '.join(labels)}. Rename the columns."
        )

    def label(row: cells.Row) -> tuple[str, ...]:
        if wanted:
            flags = [(name, cells.flag(row, name)) for name in wanted]
            return tuple(name for name, applies in flags if applies)
        names = cells.names(row, columns.label, columns.label_separator)
        example_rows.check_known(names, labels)
        return tuple(dict.fromkeys(names))

    examples = text_rows.read(
        path, problems, columns, _targets(columns), label, ids
    )
    label_notes.log(path, columns, examples, may_be_several=True)
    return examples


def _encode(
    split: splits.Split,
    labels: task_kind.Labels,
    tokenizer: tokenizers.Tokenizer,
    lengths: max_lengths.RowLengths,
    num_workers: int,
    on_bad_row: str,
) -> item_features.Features:
    """Features with the label array label, float32 [I, C]: 0, 1 or NO_LABEL."""
    del num_workers, on_bad_row
    given = [example.label for example in split.examples if example is not None]
    found = np.zeros([len(given), len(labels)], np.float32)
    for row, names in zip(found, given, strict=True):
        if names is None:
            row[:] = item_features.NO_LABEL
            continue
        for name in names:
            row[class_labels.number(name, labels)] = 1
    return text_features.encode_texts(
        split.examples, tokenizer, found, **lengths.of_texts
    )


def _chance_loss(features: item_features.Features) -> float:
    label = features.labels["label"]
    share = np.clip(label.mean(axis=0), 1e-7, 1 - 1e-7)
    entropy = share * np.log(share) + (1 - share) * np.log1p(-share)
    return float(-entropy.mean())


def _losses(
    features: item_features.Features, outputs: Mapping[str, np.ndarray]
) -> tuple[np.ndarray, np.ndarray]:
    """Mean cross-entropies over the labels, in nats."""
    label, logits = features.labels["label"], outputs["logits"]
    loss = np.logaddexp(0, logits) - label * logits
    return item_losses.one_each(loss.mean(axis=-1, dtype=np.float64))


def _predict(
    encoded: task_kind.Encoded,
    outputs: Mapping[str, np.ndarray],
    labels: task_kind.Labels,
    options: task_kind.AnswerOptions,
) -> list[tuple[str, ...] | None]:
    del options
    chosen = outputs.get(calibrations.CHOSEN, outputs["logits"] > 0)
    return example_predictions.by_example(
        *encoded,
        lambda item, number: tuple(
            label
            for label, is_chosen in zip(labels, chosen[item], strict=True)
            if is_chosen
        ),
    )


def _score(
    task: table.Task,
    split: splits.Split,
    predicted: list[Any],
    labels: task_kind.Labels,
    threshold: float | None,
) -> dict[str, float]:
    del task, threshold
    gold, found = zip(
        *example_predictions.labelled_pairs(split, predicted), strict=True
    )
    return scores.multilabel(gold, found, labels)


def _baseline(
    task: table.Task, encoded: task_kind.Encoded, labels: task_kind.Labels
) -> baselines.Baseline:
    """The most frequent label, for every text."""
    split, features = encoded
    given = [x for e in split.examples if e is not None for x in e.label]
    # If no example has a label, the baseline predicts none.
    answer = (scores.majority(given),) if given else ()
    predicted = [example and answer for example in split.examples]
    return baselines.Baseline(
        f"most frequent label ({', '.join(answer) or 'none'})",
        _score(task, split, predicted, labels, None),
        _chance_loss(features),
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
    return label_set_details.weighted(split, predicted, labels, metric)


def _details(
    task: table.Task,
    encoded: task_kind.Encoded,
    predictions: task_kind.Predictions,
    labels: task_kind.Labels,
    threshold: float | None,
) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    del threshold
    return label_set_details.of_logits(
        *encoded,
        predictions.predicted,
        predictions.outputs["logits"],
        class_details.names(task, labels),
    )


def _score_file(
    task: table.Task,
    split: splits.Split,
    path: str,
    null_odds: str | None,
    problems: row_problems.Problems,
    separator: str,
) -> dict[str, float]:
    del null_odds
    labels = file_scores.classes_of(task, split, path)

    def value(row: cells.Row, example: Any) -> tuple[str, ...]:
        del example
        names = cells.names(row, example_predictions.PREDICTION, separator)
        return tuple(example_predictions.known(name, labels) for name in names)

    return file_scores.of(
        split,
        example_predictions.read(path, split, problems, value),
        lambda example: tuple(x for x in labels if x not in example.label),
        lambda found: _score(task, split, found, labels, None),
    )


def _as_text(task: table.Task, value: tuple[str, ...]) -> str:
    del task
    return json.dumps(list(value), ensure_ascii=False)


def _shown(
    task: table.Task,
    encoded: task_kind.Encoded,
    predictions: task_kind.Predictions,
    labels: task_kind.Labels,
    scheme: str,
    threshold: float,
) -> list[dict[str, Any] | None]:
    """The labels and their probabilities, most likely first."""
    probabilities = example_predictions.sigmoid(predictions.outputs["logits"])

    def row(item: int, number: int) -> dict[str, Any]:
        own = probabilities[item]
        places = [labels.index(x) for x in predictions.predicted[number]]
        places.sort(key=lambda place: -own[place])
        return {
            "prediction": [labels[place] for place in places],
            "probability": [
                example_predictions.rounded(own[p]) for p in places
            ],
        }

    return example_predictions.by_example(*encoded, row)


def _write(
    folder: str,
    task: table.Task,
    encoded: task_kind.Encoded,
    predictions: task_kind.Predictions,
    labels: task_kind.Labels,
    threshold: float | None,
    scheme: str,
) -> list[str]:
    """Writes <split>_predictions.tsv, with a column for each label."""
    split, features = encoded
    filled = example_predictions.filled(
        split, predictions.predicted, example_predictions.commonest
    )
    return example_predictions.write(
        folder,
        split,
        [_as_text(task, value) for value in filled],
        labels,
        example_predictions.sigmoid(predictions.outputs["logits"]),
        features.example,
    )


KIND = task_kind.Kind(
    metric="micro_f1",
    metrics=("micro_f1", "macro_f1"),
    takes_weights=True,
    can_pack=True,
    settings=max_lengths.LONG_TEXTS,
    has_class_names=True,
    numbers_classes=True,
    of_line=text_rows.of_line,
    may_have_label_columns=True,
    inputs=text_rows.inputs,
    targets=_targets,
    read=_read,
    read_official=text_rows.read_official,
    has_labels=partial(text_rows.has_labels, _targets),
    given=text_rows.given,
    given_examples=text_rows.given_examples,
    learn_labels=classification.learn_labels,
    encode=_encode,
    labels={"label": contract.Array("float32", "BA")},
    chance_loss=_chance_loss,
    losses=_losses,
    predict=_predict,
    score=_score,
    baseline=_baseline,
    weighted=_weighted,
    guesses=text_guesses.of_sets,
    details=_details,
    score_file=_score_file,
    as_text=_as_text,
    shown=_shown,
    shown_label=lambda task, split, label, scheme: list(label),
    write=_write,
)
