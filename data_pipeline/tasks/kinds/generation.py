"""Generation: a text to write for a text, such as its translation."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from data_pipeline.batches import contract
from data_pipeline.tasks import file_columns
from data_pipeline.tasks import item_features
from data_pipeline.tasks import row_problems
from data_pipeline.tasks import splits
from data_pipeline.tasks import table
from data_pipeline.tasks.generation import baseline_texts
from data_pipeline.tasks.generation import output_details
from data_pipeline.tasks.generation import prediction_files
from data_pipeline.tasks.generation import target_features
from data_pipeline.tasks.generation import text_metrics
from data_pipeline.tasks.generation import text_rows
from data_pipeline.tasks.generation import vocabulary_check
from data_pipeline.tasks.guesses import guess
from data_pipeline.tasks.kinds import max_lengths
from data_pipeline.tasks.kinds import task_kind
from data_pipeline.tasks.scoring import baselines
from data_pipeline.tasks.scoring import weighted_metrics
from data_pipeline.tasks.texts import example_predictions
from data_pipeline.tasks.texts import file_scores
from data_pipeline.text import tokenizers


def _read(
    path: str,
    problems: row_problems.Problems,
    columns: file_columns.Columns,
    labels: task_kind.Labels | None,
    ids: task_kind.Ids,
) -> splits.Examples:
    del labels
    return text_rows.read(path, problems, columns, ids)


def _encode(
    split: splits.Split,
    labels: task_kind.Labels,
    tokenizer: tokenizers.Tokenizer,
    lengths: max_lengths.RowLengths,
    num_workers: int,
    on_bad_row: str,
) -> item_features.Features:
    del labels, num_workers, on_bad_row
    return target_features.encode(
        split, tokenizer, lengths.max_seq_length, lengths.max_target_length
    )


def _predict(
    encoded: task_kind.Encoded,
    outputs: Mapping[str, np.ndarray],
    labels: task_kind.Labels,
    options: task_kind.AnswerOptions,
) -> list[str | None]:
    """The written text of each example."""
    del labels
    tokenizer = options.tokenizer
    assert tokenizer is not None
    written = outputs["sequences"].astype(int).tolist()
    lengths = outputs["lengths"].astype(int).tolist()
    special = (tokenizer.cls_id, tokenizer.sep_id, tokenizer.pad_id)

    def text(item: int, number: int) -> str:
        del number
        ids = written[item][: lengths[item]]
        return tokenizer.decode([i for i in ids if i not in special])

    return example_predictions.by_example(*encoded, text)


def _score(
    task: table.Task,
    split: splits.Split,
    predicted: list[Any],
    labels: task_kind.Labels,
    threshold: float | None,
) -> dict[str, float]:
    del task, labels, threshold
    return text_metrics.score(split, predicted)


def _main_metric(task: table.Task, scheme: str) -> str:
    del scheme
    text_metrics.check_installed()  # before there is anything to score
    return task.metric


def _baseline(
    task: table.Task, encoded: task_kind.Encoded, labels: task_kind.Labels
) -> baselines.Baseline:
    """The text itself, and the loss of guessing tokens by their frequencies."""
    split, features = encoded
    copies = guess.in_place(split, baseline_texts.copies(split))
    return baselines.Baseline(
        "the text itself",
        _score(task, split, copies, labels, None),
        target_features.chance_loss(features),
    )


def _weighted(
    task: table.Task,
    split: splits.Split,
    predicted: list[Any],
    labels: task_kind.Labels,
    metric: str,
    threshold: float | None,
) -> weighted_metrics.WeightedMetric | None:
    del task, labels, threshold
    return text_metrics.metric(split, predicted, metric)


def _details(
    task: table.Task,
    encoded: task_kind.Encoded,
    predictions: task_kind.Predictions,
    labels: task_kind.Labels,
    threshold: float | None,
) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    del task, labels, threshold
    return output_details.of(encoded.split, predictions.predicted)


def _score_file(
    task: table.Task,
    split: splits.Split,
    path: str,
    null_odds: str | None,
    problems: row_problems.Problems,
    separator: str,
) -> dict[str, float]:
    del null_odds, separator
    return file_scores.of(
        split,
        prediction_files.read(path, split, problems),
        lambda example: "",
        lambda found: _score(task, split, _known(split, found), (), None),
    )


def _known(split: splits.Split, predicted: list[Any]) -> list[Any]:
    """The predictions, without those for skipped rows."""
    pairs = zip(split.examples, predicted, strict=True)
    return [None if example is None else text for example, text in pairs]


def _shown(
    task: table.Task,
    encoded: task_kind.Encoded,
    predictions: task_kind.Predictions,
    labels: task_kind.Labels,
    scheme: str,
    threshold: float,
) -> list[dict[str, Any] | None]:
    """The written text and its score, the log-probability divided by the length
    penalty."""
    del task, labels, scheme, threshold
    scores = predictions.outputs["scores"]
    return example_predictions.by_example(
        *encoded,
        lambda item, number: {
            "prediction": predictions.predicted[number],
            "score": example_predictions.rounded(scores[item]),
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
    """Writes <split>_predictions.txt and .jsonl; skipped rows have ""."""
    del task, labels, threshold, scheme
    texts = [text or "" for text in predictions.predicted]
    return prediction_files.write(folder, encoded.split, texts)


KIND = task_kind.Kind(
    metric=text_metrics.CHRF,
    perfect=100.0,
    metrics=text_metrics.NAMES,
    can_pack=True,
    packs_evaluation=False,
    of_line=text_rows.example_of,
    settings=(
        "max_target_length",
        "beam_size",
        "length_penalty",
        "no_repeat_ngram_size",
    ),
    inputs=text_rows.inputs,
    targets=text_rows.targets,
    check_columns=text_rows.check_columns,
    read=_read,
    has_labels=text_rows.has_labels,
    given=text_rows.given,
    given_examples=text_rows.given_examples,
    num_classes=lambda labels: 0,
    check_vocabulary=vocabulary_check.check,
    encode=_encode,
    labels=contract.TARGETS,
    chance_loss=target_features.chance_loss,
    losses=target_features.losses,
    predict=_predict,
    score=_score,
    main_metric=_main_metric,
    baseline=_baseline,
    weighted=_weighted,
    guesses=baseline_texts.of,
    details=_details,
    score_file=_score_file,
    typical=lambda known: "",
    shown=_shown,
    shown_label=lambda task, split, label, scheme: (
        label[0] if len(label) == 1 else list(label)
    ),
    write=_write,
)
