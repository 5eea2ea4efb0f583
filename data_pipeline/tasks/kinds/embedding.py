"""Embedding: a vector for each text, alike for texts that mean the same."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from data_pipeline.batches import contract
from data_pipeline.tasks import file_columns
from data_pipeline.tasks import item_features
from data_pipeline.tasks import row_problems
from data_pipeline.tasks import splits
from data_pipeline.tasks import table
from data_pipeline.tasks.embedding import pair_details
from data_pipeline.tasks.embedding import pair_features
from data_pipeline.tasks.embedding import pair_rows
from data_pipeline.tasks.embedding import pair_scores
from data_pipeline.tasks.embedding import word_baseline
from data_pipeline.tasks.kinds import max_lengths
from data_pipeline.tasks.kinds import task_kind
from data_pipeline.tasks.readers import cells
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
    return pair_rows.read(path, problems, columns, ids)


def _with_form(
    examples: splits.Examples,
    path: str,
    problems: row_problems.Problems,
    labels: task_kind.Labels,
    scheme: str | None,
) -> tuple[splits.Examples, str]:
    del path, problems, labels, scheme
    return examples, pair_rows.form_of(examples)


def _encode(
    split: splits.Split,
    labels: task_kind.Labels,
    tokenizer: tokenizers.Tokenizer,
    lengths: max_lengths.RowLengths,
    num_workers: int,
    on_bad_row: str,
) -> item_features.Features:
    del labels, num_workers, on_bad_row
    return pair_features.encode(split, tokenizer, lengths.max_seq_length)


def _losses(
    features: item_features.Features, outputs: Mapping[str, np.ndarray]
) -> None:
    """Unknown, since the loss depends on the other examples of a batch."""
    del features, outputs


def _predict(
    encoded: task_kind.Encoded,
    outputs: Mapping[str, np.ndarray],
    labels: task_kind.Labels,
    options: task_kind.AnswerOptions,
) -> list[np.ndarray | None]:
    """The embeddings of each example's texts, float32 [C, D]."""
    del labels, options
    vectors = outputs["embeddings"]
    if vectors.ndim == 2:
        vectors = vectors[:, None]
    return example_predictions.by_example(
        *encoded, lambda item, number: vectors[item]
    )


def _score(
    task: table.Task,
    split: splits.Split,
    predicted: list[Any],
    labels: task_kind.Labels,
    threshold: float | None,
) -> dict[str, float]:
    del task, labels, threshold
    return pair_scores.score(split, predicted)


def _main_metric(task: table.Task, scheme: str) -> str:
    del task
    if scheme not in pair_scores.MAIN:
        raise ValueError(pair_scores.NEEDS_PAIRS)
    return pair_scores.MAIN[scheme]


def _baseline(
    task: table.Task, encoded: task_kind.Encoded, labels: task_kind.Labels
) -> baselines.Baseline:
    """The cosine of TF-IDF vectors."""
    return baselines.Baseline(
        "TF-IDF cosine", word_baseline.score(encoded.split), None
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
    return pair_details.weighted(split, predicted, metric)


def _details(
    task: table.Task,
    encoded: task_kind.Encoded,
    predictions: task_kind.Predictions,
    labels: task_kind.Labels,
    threshold: float | None,
) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """The pairs whose cosine is furthest from their score by rank, or the
    examples whose positive is furthest behind a negative."""
    split = encoded.split
    numbers = encoded.features.example.tolist()
    examples = [split.examples[number] for number in numbers]
    cosines = pair_scores.cosines(
        [predictions.predicted[number] for number in numbers]
    )
    if split.scheme == pair_rows.GRADED:
        return pair_details.of_scores(examples, cosines[:, 0])
    if split.scheme == pair_rows.TRIPLETS:
        return {}, pair_details.of_triplets(examples, cosines)
    return {}, []


def _score_file(
    task: table.Task,
    split: splits.Split,
    path: str,
    null_odds: str | None,
    problems: row_problems.Problems,
    separator: str,
) -> dict[str, float]:
    """Scores a file of cosines, for graded pairs."""
    del task, null_odds, separator
    if split.scheme != pair_rows.GRADED:
        raise ValueError(
            "A file of predicted similarities must be for pairs with scores. "
            f"Received: {split.path}, whose rows have none. Name the column of "
            "scores with --score_column."
        )
    return file_scores.of(
        split,
        example_predictions.read(
            path,
            split,
            problems,
            lambda row, _: cells.number(row, example_predictions.PREDICTION),
        ),
        lambda example: 0.0,
        lambda found: pair_scores.of_cosines(
            split.scheme,
            [example for example in split.examples if example is not None],
            np.array([[x] for x in found if x is not None]),
        ),
    )


def _similarity(vectors: np.ndarray) -> float:
    """The cosine of an example's first two texts; 1 for a single text."""
    if len(vectors) == 1:
        return 1.0
    return float(pair_scores.cosines([vectors])[0, 0])


def _as_text(task: table.Task, value: np.ndarray) -> str:
    del task
    return f"{_similarity(value):.6g}"


def _shown(
    task: table.Task,
    encoded: task_kind.Encoded,
    predictions: task_kind.Predictions,
    labels: task_kind.Labels,
    scheme: str,
    threshold: float,
) -> list[dict[str, Any] | None]:
    """The cosine of the first two texts."""
    return example_predictions.by_example(
        *encoded,
        lambda item, number: {
            "prediction": example_predictions.rounded(
                _similarity(predictions.predicted[number])
            )
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
    """Writes <split>_predictions.tsv with the cosines."""
    filled = example_predictions.filled(
        encoded.split, predictions.predicted, lambda known: known[0] * 0
    )
    texts = [_as_text(task, value) for value in filled]
    return example_predictions.write(folder, encoded.split, texts)


KIND = task_kind.Kind(
    metric="spearman",
    can_pack=True,
    reads_apart=True,
    inputs=pair_rows.inputs,
    targets=pair_rows.targets,
    check_columns=pair_rows.check_columns,
    read=_read,
    has_labels=pair_rows.has_labels,
    normalized=_with_form,
    given=pair_rows.given,
    given_examples=pair_rows.given_examples,
    num_classes=lambda labels: 0,
    encode=_encode,
    labels={
        "label": contract.Array("float32", "B"),
        "text_ids": contract.Array("int32", "BC"),
    },
    chance_loss=lambda features: None,
    losses=_losses,
    predict=_predict,
    score=_score,
    main_metric=_main_metric,
    baseline=_baseline,
    weighted=_weighted,
    details=_details,
    score_file=_score_file,
    as_text=_as_text,
    shown=_shown,
    shown_label=lambda task, split, label, scheme: label,
    write=_write,
)
