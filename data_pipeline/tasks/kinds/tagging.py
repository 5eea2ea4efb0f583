"""Tagging: a tag for each word of a sentence, for example of entities."""

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
from data_pipeline.tasks.guesses import tag_guesses
from data_pipeline.tasks.kinds import max_lengths
from data_pipeline.tasks.kinds import task_kind
from data_pipeline.tasks.readers import label_columns
from data_pipeline.tasks.scoring import baselines
from data_pipeline.tasks.scoring import item_losses
from data_pipeline.tasks.scoring import weighted_metrics
from data_pipeline.tasks.tags import conll
from data_pipeline.tasks.tags import entity_layouts
from data_pipeline.tasks.tags import entity_spans
from data_pipeline.tasks.tags import entity_words
from data_pipeline.tasks.tags import label_schemes
from data_pipeline.tasks.tags import normalizing
from data_pipeline.tasks.tags import tag_details
from data_pipeline.tasks.tags import tag_features
from data_pipeline.tasks.tags import tag_predictions
from data_pipeline.tasks.tags import tag_scores
from data_pipeline.tasks.tags import tagged_rows
from data_pipeline.tasks.tags.chains import decoding
from data_pipeline.tasks.tags.chains import shown_tags
from data_pipeline.tasks.texts import file_scores
from data_pipeline.text import tokenizers


def _read(
    path: str,
    problems: row_problems.Problems,
    columns: file_columns.Columns,
    labels: task_kind.Labels | None,
    ids: task_kind.Ids,
) -> splits.Examples:
    """Reads tags as the file has them; `normalized` converts them."""
    del labels
    return list(tagged_rows.read(path, problems, columns, ids))


def _read_official(
    task: table.Task,
    path: str,
    problems: row_problems.Problems,
    source: splits.DataSource,
    labelled: bool,
    ids: task_kind.Ids,
) -> splits.Examples:
    """Reads a CoNLL file."""
    del task, ids
    return conll.read(
        path,
        problems,
        token_column=source.token_column,
        tag_column=source.tag_column,
        labelled=labelled,
    )


def _has_labels(
    task: table.Task, path: str, columns: file_columns.Columns | None
) -> bool:
    del task
    if columns is None or tagged_rows.is_conll(path, columns):
        return conll.has_tags(path)
    first = label_columns.first_row(path, columns)
    if entity_spans.are_in(first, columns):
        return entity_layouts.has_spans(first, columns.label)
    return columns.tags in first


def _given(
    row: Mapping[str, Any],
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    del row
    return ("text",), ("text",)


def _given_examples(
    config: given_text_config.GivenTextConfig,
) -> list[example_types.Example]:
    texts = list(config.text or ())
    return [
        example_types.TaggedExample(
            str(number),
            tuple(text[start:end] for start, end in places),
            text=text,
            places=places,
        )
        for number, (text, places) in enumerate(
            zip(texts, entity_words.places(texts), strict=True)
        )
    ]


def _encode(
    split: splits.Split,
    labels: task_kind.Labels,
    tokenizer: tokenizers.Tokenizer,
    lengths: max_lengths.RowLengths,
    num_workers: int,
    on_bad_row: str,
) -> item_features.Features:
    """Features as in `tag_features.encode`."""
    del num_workers, on_bad_row
    return tag_features.encode(
        split.examples,
        tokenizer,
        labels,
        max_seq_length=lengths.max_seq_length,
    )


def _chance_loss(features: item_features.Features) -> float:
    return item_losses.entropy_of(features.sequences["label"])


def _predict(
    encoded: task_kind.Encoded,
    outputs: Mapping[str, np.ndarray],
    labels: task_kind.Labels,
    options: task_kind.AnswerOptions,
) -> list[list[str] | None]:
    del options
    split, features = encoded
    return decoding.decode(
        outputs["logits"],
        features,
        split.examples,
        labels,
        outputs.get("transitions"),
    )


def _score(
    task: table.Task,
    split: splits.Split,
    predicted: list[Any],
    labels: task_kind.Labels,
    threshold: float | None,
) -> dict[str, float]:
    """Accuracy; if tags mark entities, also the metrics of entities."""
    del task, labels, threshold
    pairs = [
        (example.tags, prediction)
        for example, prediction in zip(split.examples, predicted, strict=True)
        if example is not None
    ]
    gold, found = map(list, zip(*pairs, strict=True))
    result = tag_scores.tag_accuracy(gold, found)
    if split.scheme == "none":
        return result
    return {**tag_scores.entities(gold, found, "BIO"), **result}


def _main_metric(task: table.Task, scheme: str) -> str:
    """Accuracy for tags that do not mark entities."""
    return "accuracy" if scheme == "none" else task.metric


def _baseline(
    task: table.Task, encoded: task_kind.Encoded, labels: task_kind.Labels
) -> baselines.Baseline:
    """Each word's most frequent tag in the other sentences."""
    split, features = encoded
    kept = [(e.words, e.tags) for e in split.examples if e is not None]
    found = iter(tag_scores.usual_tags(kept))
    predicted = [example and next(found) for example in split.examples]
    return baselines.Baseline(
        "each word's most frequent tag in other sentences",
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
    del task, labels, threshold
    return tag_details.weighted(split, predicted, metric)


def _details(
    task: table.Task,
    encoded: task_kind.Encoded,
    predictions: task_kind.Predictions,
    labels: task_kind.Labels,
    threshold: float | None,
) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    split = encoded.split
    details = tag_details.of(split, predictions.predicted)
    count, worst = tag_details.worst(split, predictions.predicted)
    return {**details, "num_errors": count}, worst


def _score_file(
    task: table.Task,
    split: splits.Split,
    path: str,
    null_odds: str | None,
    problems: row_problems.Problems,
    separator: str,
) -> dict[str, float]:
    del null_odds, separator
    # A missing prediction counts as one without entities.
    tag = "" if split.scheme == "none" else "O"
    return file_scores.of(
        split,
        tag_predictions.read_tags(path, split, problems),
        lambda example: [tag] * len(example.words),
        lambda found: _score(task, split, found, (), None),
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
    """Writes <split>_predictions.txt, and for texts also .jsonl."""
    files.make_folder(folder)
    path = os.path.join(folder, f"{encoded.split.name}_predictions")
    return tag_predictions.write(
        path, encoded.split, predictions.predicted, scheme
    )


KIND = task_kind.Kind(
    metric="f1",
    can_pack=True,
    has_class_names=True,
    inputs=tagged_rows.inputs,
    targets=tagged_rows.targets,
    read=_read,
    read_official=_read_official,
    has_labels=_has_labels,
    normalized=normalizing.as_bio,
    given=_given,
    given_examples=_given_examples,
    learn_labels=tag_features.learn_labels,
    model_labels=label_schemes.as_bio,
    encode=_encode,
    labels={"label": contract.Array("int32", "BS")},
    chance_loss=_chance_loss,
    losses=decoding.losses,
    predict=_predict,
    score=_score,
    main_metric=_main_metric,
    baseline=_baseline,
    weighted=_weighted,
    guesses=tag_guesses.of,
    details=_details,
    score_file=_score_file,
    shown=shown_tags.rows,
    shown_label=lambda task, split, label, scheme: tag_predictions.respelled(
        split, label, scheme
    ),
    write=_write,
)
