"""Spans: the answer to a question as a span of its context, or no answer."""

import os
from collections.abc import Mapping
from typing import Any

import numpy as np

from data_pipeline.batches import contract
from data_pipeline.io import files
from data_pipeline.tasks import example_types
from data_pipeline.tasks import file_columns
from data_pipeline.tasks import given_text_config
from data_pipeline.tasks import item_features
from data_pipeline.tasks import row_problems
from data_pipeline.tasks import splits
from data_pipeline.tasks import table
from data_pipeline.tasks.kinds import max_lengths
from data_pipeline.tasks.kinds import task_kind
from data_pipeline.tasks.readers import label_columns
from data_pipeline.tasks.scoring import baselines
from data_pipeline.tasks.scoring import item_losses
from data_pipeline.tasks.scoring import weighted_metrics
from data_pipeline.tasks.spans import decisions
from data_pipeline.tasks.spans import file_scores
from data_pipeline.tasks.spans import question_rows
from data_pipeline.tasks.spans import span_answers
from data_pipeline.tasks.spans import span_details
from data_pipeline.tasks.spans import span_features
from data_pipeline.tasks.spans import squad
from data_pipeline.tasks.spans import squad_layouts
from data_pipeline.tasks.spans import squad_metrics
from data_pipeline.text import tokenizers


def _check_columns(columns: file_columns.Columns) -> None:
    question_rows.context_column(columns)


def _read(
    path: str,
    problems: row_problems.Problems,
    columns: file_columns.Columns,
    labels: task_kind.Labels | None,
    ids: task_kind.Ids,
) -> splits.Examples:
    """Reads a table, or JSON in a layout of `squad_layouts`."""
    del labels
    if not squad_layouts.are_in(path, columns.answer):
        return question_rows.read(path, problems, columns, ids)
    examples = squad.read(path, problems, columns.labelled)
    ids += squad.question_ids(path)
    return examples


def _read_official(
    task: table.Task,
    path: str,
    problems: row_problems.Problems,
    source: splits.DataSource,
    labelled: bool,
    ids: task_kind.Ids,
) -> splits.Examples:
    """Reads a file of SQuAD."""
    del source
    examples = squad.read(path, problems, labelled, task.unanswerable)
    ids += squad.question_ids(path)
    return examples


def _has_labels(
    task: table.Task, path: str, columns: file_columns.Columns | None
) -> bool:
    del task
    if columns is None or squad_layouts.are_in(path, columns.answer):
        return any(q.is_answered for q in squad_layouts.questions(path))
    wanted = {name for name in question_rows.targets(columns) if name}
    return wanted <= set(label_columns.first_row(path, columns))


def _given(
    row: Mapping[str, Any],
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    del row
    return ("question", "context"), ("question", "context")


def _given_examples(
    config: given_text_config.GivenTextConfig,
) -> list[example_types.Example]:
    questions, contexts = config.question or (), config.context or ()
    if len(contexts) == 1:
        contexts = contexts * len(questions)
    both = given_text_config.matched("question", questions, "context", contexts)
    return [
        example_types.SpanExample(str(number), question, context)
        for number, (question, context) in enumerate(both)
    ]


def _encode(
    split: splits.Split,
    labels: task_kind.Labels,
    tokenizer: tokenizers.Tokenizer,
    lengths: max_lengths.RowLengths,
    num_workers: int,
    on_bad_row: str,
) -> item_features.Features:
    """Features as in `span_features.encode`."""
    del labels
    # Only training examples must have labels.
    problems = None
    if split.name == "train":
        problems = row_problems.Problems(on_bad_row)
    return span_features.encode(
        split.examples,
        tokenizer,
        max_seq_length=lengths.max_seq_length,
        doc_stride=lengths.doc_stride,
        max_query_length=lengths.max_query_length,
        num_workers=num_workers,
        problems=problems,
        path=split.path,
    )


def _losses(
    features: item_features.Features, outputs: Mapping[str, np.ndarray]
) -> tuple[np.ndarray, np.ndarray] | None:
    """Mean cross-entropies of start and end, in nats.

    None for ALBERT's SQuAD 2.0 head, which scores ends for some starts only.
    """
    if "start_logits" not in outputs:
        return None
    start, end = (
        item_losses.cross_entropy(
            outputs[f"{name}_logits"], features.labels[f"{name}_positions"]
        )
        for name in ("start", "end")
    )
    return item_losses.one_each((start + end) / 2)


def _predict(
    encoded: task_kind.Encoded,
    outputs: Mapping[str, np.ndarray],
    labels: task_kind.Labels,
    options: task_kind.AnswerOptions,
) -> list[span_answers.Prediction]:
    del labels
    split, features = encoded
    return span_answers.predict(
        outputs,
        features,
        split.examples,
        n_best_size=options.n_best_size,
        max_answer_length=options.max_answer_length,
    )


def _score(
    task: table.Task,
    split: splits.Split,
    predicted: list[Any],
    labels: task_kind.Labels,
    threshold: float | None,
) -> dict[str, float]:
    del labels
    texts, thresholds = decisions.texts(task, split, predicted, threshold)
    return {**squad_metrics.of(task, split.examples, texts), **thresholds}


def _baseline(
    task: table.Task, encoded: task_kind.Encoded, labels: task_kind.Labels
) -> baselines.Baseline:
    """No answer if questions may have none, else the whole context."""
    del labels
    kept = [e for e in encoded.split.examples if e is not None]
    name, texts = "the whole text", {e.id: e.context for e in kept}
    if task.unanswerable:
        name, texts = "no answer", {e.id: "" for e in kept}
    metrics = squad_metrics.of(task, kept, texts)
    return baselines.Baseline(name, metrics, None)


def _weighted(
    task: table.Task,
    split: splits.Split,
    predicted: list[Any],
    labels: task_kind.Labels,
    metric: str,
    threshold: float | None,
) -> weighted_metrics.WeightedMetric | None:
    del labels
    return span_details.weighted(task, split, predicted, metric, threshold)


def _details(
    task: table.Task,
    encoded: task_kind.Encoded,
    predictions: task_kind.Predictions,
    labels: task_kind.Labels,
    threshold: float | None,
) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    del labels
    return span_details.of(
        task, encoded.split, predictions.predicted, threshold
    )


def _score_file(
    task: table.Task,
    split: splits.Split,
    path: str,
    null_odds: str | None,
    problems: row_problems.Problems,
    separator: str,
) -> dict[str, float]:
    del separator
    return file_scores.of(task, split, path, null_odds, problems)


def _shown(
    task: table.Task,
    encoded: task_kind.Encoded,
    predictions: task_kind.Predictions,
    labels: task_kind.Labels,
    scheme: str,
    threshold: float,
) -> list[dict[str, Any] | None]:
    """Rows as in `span_answers.shown`."""
    return [
        span_answers.shown(prediction, threshold if task.unanswerable else None)
        for prediction in predictions.predicted
    ]


def _write(
    folder: str,
    task: table.Task,
    encoded: task_kind.Encoded,
    predictions: task_kind.Predictions,
    labels: task_kind.Labels,
    threshold: float | None,
    scheme: str,
) -> list[str]:
    """Writes predictions.json, nbest_predictions.json and null_odds.json."""
    files.make_folder(folder)
    split, predicted = encoded.split, predictions.predicted
    texts, _ = decisions.texts(task, split, predicted, threshold)
    span_answers.write(folder, split.ids, predicted, texts)
    names = ("predictions", "nbest_predictions", "null_odds")
    return [os.path.join(folder, f"{name}.json") for name in names]


KIND = task_kind.Kind(
    metric="f1",
    takes_null_odds=True,
    perfect=100.0,
    settings=(
        "doc_stride",
        "max_query_length",
        "n_best_size",
        "max_answer_length",
        "null_score_threshold",
    ),
    inputs=question_rows.inputs,
    targets=question_rows.targets,
    check_columns=_check_columns,
    read=_read,
    read_official=_read_official,
    has_labels=_has_labels,
    given=_given,
    given_examples=_given_examples,
    encode=_encode,
    labels={
        "start_positions": contract.Array("int32", "B"),
        "end_positions": contract.Array("int32", "B"),
        "unanswerable": contract.Array("int32", "B"),
    },
    chance_loss=lambda features: None,
    losses=_losses,
    predict=_predict,
    score=_score,
    baseline=_baseline,
    weighted=_weighted,
    details=_details,
    score_file=_score_file,
    shown=_shown,
    shown_label=lambda task, split, label, scheme: list(
        dict.fromkeys(text for _, text in label)
    ),
    write=_write,
)
