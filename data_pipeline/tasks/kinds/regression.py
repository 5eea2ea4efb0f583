"""Regression: a number for a text or a pair of texts."""

from collections.abc import Mapping
from collections.abc import Sequence
from functools import partial
from typing import Any

import numpy as np

from data_pipeline.batches import contract
from data_pipeline.tasks import file_columns
from data_pipeline.tasks import item_features
from data_pipeline.tasks import row_problems
from data_pipeline.tasks import splits
from data_pipeline.tasks import table
from data_pipeline.tasks.guesses import text_guesses
from data_pipeline.tasks.kinds import max_lengths
from data_pipeline.tasks.kinds import task_kind
from data_pipeline.tasks.readers import cells
from data_pipeline.tasks.scoring import baselines
from data_pipeline.tasks.scoring import item_losses
from data_pipeline.tasks.scoring import number_ranges
from data_pipeline.tasks.scoring import scores
from data_pipeline.tasks.scoring import weighted_metrics
from data_pipeline.tasks.scoring import worst_errors
from data_pipeline.tasks.texts import example_predictions
from data_pipeline.tasks.texts import file_scores
from data_pipeline.tasks.texts import text_features
from data_pipeline.tasks.texts import text_rows
from data_pipeline.text import tokenizers

# Number of points in a plot of labels and predictions.
_MAX_POINTS = 1000


def _read(
    path: str,
    problems: row_problems.Problems,
    columns: file_columns.Columns,
    labels: task_kind.Labels | None,
    ids: task_kind.Ids,
) -> splits.Examples:
    del labels
    return text_rows.read(
        path,
        problems,
        columns,
        text_rows.label_column(columns),
        lambda row: cells.number(row, columns.label),
        ids,
    )


def _encode(
    split: splits.Split,
    labels: task_kind.Labels,
    tokenizer: tokenizers.Tokenizer,
    lengths: max_lengths.RowLengths,
    num_workers: int,
    on_bad_row: str,
) -> item_features.Features:
    """Features with the label array label, float32 [I]."""
    del labels, num_workers, on_bad_row
    numbers = [
        item_features.NO_LABEL if example.label is None else example.label
        for example in split.examples
        if example is not None
    ]
    return text_features.encode_texts(
        split.examples,
        tokenizer,
        np.array(numbers, np.float32),
        **lengths.of_texts,
    )


def _chance_loss(features: item_features.Features) -> float:
    """The variance of the labels."""
    return float(np.var(features.labels["label"]))


def _losses(
    features: item_features.Features, outputs: Mapping[str, np.ndarray]
) -> tuple[np.ndarray, np.ndarray]:
    """Squared errors."""
    numbers = outputs["logits"][:, 0].astype(np.float64)
    return item_losses.one_each(np.square(numbers - features.labels["label"]))


def _predict(
    encoded: task_kind.Encoded,
    outputs: Mapping[str, np.ndarray],
    labels: task_kind.Labels,
    options: task_kind.AnswerOptions,
) -> list[float | None]:
    del labels, options
    logits = outputs["logits"]
    return example_predictions.by_example(
        *encoded, lambda item, number: float(logits[item][0])
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
    result = scores.correlation(gold, found)
    mean = (result["pearson"] + result["spearman"]) / 2
    return {
        "pearson_and_spearman": mean,
        **result,
        **scores.mean_squared_error(gold, found),
    }


def _baseline(
    task: table.Task, encoded: task_kind.Encoded, labels: task_kind.Labels
) -> baselines.Baseline:
    """The mean of the labels."""
    split, features = encoded
    numbers = np.array([e.label for e in split.examples if e is not None])
    names = ("pearson_and_spearman", "pearson", "spearman")
    return baselines.Baseline(
        f"mean label ({numbers.mean():.4g})",
        {
            **dict.fromkeys(names, 0.0),
            "mean_squared_error": float(numbers.var()),
        },
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
    del task, labels, threshold
    pairs = example_predictions.labelled_pairs(split, predicted)
    gold, found = zip(*pairs, strict=True)
    return weighted_metrics.of_numbers(gold, found, metric)


def _details(
    task: table.Task,
    encoded: task_kind.Encoded,
    predictions: task_kind.Predictions,
    labels: task_kind.Labels,
    threshold: float | None,
) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """Residuals, and (label, prediction) of evenly spaced rows."""
    split, features = encoded
    pairs = example_predictions.labelled_pairs(split, predictions.predicted)
    gold, predicted = np.array(pairs, np.float64).T
    off = predicted - gold
    kept = np.unique(np.linspace(0, len(gold) - 1, _MAX_POINTS).astype(int))
    low, middle, high = np.quantile(off, [0.05, 0.5, 0.95])
    details = {
        "by_range": number_ranges.of(gold, predicted),
        "residuals": {
            "mean": float(off.mean()),
            "mean_absolute": float(np.abs(off).mean()),
            "standard_deviation": float(off.std()),
            "quantile_05": float(low),
            "median": float(middle),
            "quantile_95": float(high),
        },
        "points": np.round([gold[kept], predicted[kept]], 4).T.tolist(),
    }
    _, worst = worst_errors.of_numbers(split, predictions.predicted, features)
    return details, worst


def _score_file(
    task: table.Task,
    split: splits.Split,
    path: str,
    null_odds: str | None,
    problems: row_problems.Problems,
    separator: str,
) -> dict[str, float]:
    del null_odds, separator
    numbers = [e.label for e in split.examples if e is not None]
    ends = min(numbers), max(numbers)
    return file_scores.of(
        split,
        example_predictions.read(
            path,
            split,
            problems,
            lambda row, _: cells.number(row, example_predictions.PREDICTION),
        ),
        # Correlations do not score single errors, so the worst guess is the
        # end of the labels' range that is further off.
        lambda example: max(ends, key=lambda end: abs(end - example.label)),
        lambda found: _score(task, split, found, (), None),
    )


def _shown(
    task: table.Task,
    encoded: task_kind.Encoded,
    predictions: task_kind.Predictions,
    labels: task_kind.Labels,
    scheme: str,
    threshold: float,
) -> list[dict[str, Any] | None]:
    """The number."""
    return example_predictions.by_example(
        *encoded,
        lambda item, number: {
            "prediction": example_predictions.rounded(
                predictions.predicted[number]
            )
        },
    )


def _typical(known: Sequence[float]) -> float:
    return float(np.mean(known))


def _as_text(task: table.Task, value: float) -> str:
    del task
    return f"{value:.6g}"


def _write(
    folder: str,
    task: table.Task,
    encoded: task_kind.Encoded,
    predictions: task_kind.Predictions,
    labels: task_kind.Labels,
    threshold: float | None,
    scheme: str,
) -> list[str]:
    """Writes <split>_predictions.tsv."""
    filled = example_predictions.filled(
        encoded.split, predictions.predicted, _typical
    )
    texts = [_as_text(task, value) for value in filled]
    return example_predictions.write(folder, encoded.split, texts)


KIND = task_kind.Kind(
    metric="pearson_and_spearman",
    metrics=("pearson_and_spearman", "pearson", "spearman"),
    takes_weights=True,
    can_pack=True,
    settings=max_lengths.LONG_TEXTS,
    of_line=text_rows.of_line,
    inputs=text_rows.inputs,
    targets=text_rows.label_column,
    read=_read,
    read_official=text_rows.read_official,
    has_labels=partial(text_rows.has_labels, text_rows.label_column),
    given=text_rows.given,
    given_examples=text_rows.given_examples,
    num_classes=lambda labels: 1,
    encode=_encode,
    labels={"label": contract.Array("float32", "B")},
    chance_loss=_chance_loss,
    losses=_losses,
    predict=_predict,
    score=_score,
    baseline=_baseline,
    weighted=_weighted,
    guesses=text_guesses.of_numbers,
    details=_details,
    score_file=_score_file,
    typical=_typical,
    as_text=_as_text,
    shown=_shown,
    shown_label=lambda task, split, label, scheme: label,
    write=_write,
)
