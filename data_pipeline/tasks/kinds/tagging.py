"""Tagging: a tag for each word of a sentence, such as those of entities."""

import os
from collections.abc import Mapping
from typing import Any

import numpy as np

from data_pipeline.batches import contract
from data_pipeline.io import files
from data_pipeline.tasks import examples as examples_lib
from data_pipeline.tasks import features as features_lib
from data_pipeline.tasks import file_columns
from data_pipeline.tasks import given_text_config
from data_pipeline.tasks import parts
from data_pipeline.tasks import problems as problems_lib
from data_pipeline.tasks import table
from data_pipeline.tasks.kinds import kind
from data_pipeline.tasks.readers import label_columns
from data_pipeline.tasks.scoring import baselines
from data_pipeline.tasks.scoring import losses as losses_lib
from data_pipeline.tasks.tags import conll
from data_pipeline.tasks.tags import details as tag_details
from data_pipeline.tasks.tags import entity_layouts
from data_pipeline.tasks.tags import entity_spans
from data_pipeline.tasks.tags import entity_words
from data_pipeline.tasks.tags import features as tag_features
from data_pipeline.tasks.tags import label_schemes
from data_pipeline.tasks.tags import losses as tag_losses
from data_pipeline.tasks.tags import normalizing
from data_pipeline.tasks.tags import predictions as predictions_lib
from data_pipeline.tasks.tags import scores
from data_pipeline.tasks.tags import tagged_rows
from data_pipeline.tasks.texts import file_scores
from data_pipeline.text import tokenizers


def _read(
    path: str,
    problems: problems_lib.Problems,
    columns: file_columns.Columns,
    labels: kind.Labels | None,
    ids: kind.Ids,
) -> parts.Examples:
    """The tags as the file has them; `normalized` checks them."""
    del labels
    return list(tagged_rows.read(path, problems, columns, ids))


def _read_official(
    task: table.Task,
    path: str,
    problems: problems_lib.Problems,
    source: parts.Source,
    labelled: bool,
    ids: kind.Ids,
) -> parts.Examples:
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
) -> list[examples_lib.Example]:
    texts = list(config.text or ())
    return [
        examples_lib.TaggedExample(
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
    part: parts.Part,
    labels: kind.Labels,
    tokenizer: tokenizers.Tokenizer,
    lengths: kind.RowLengths,
    num_workers: int,
    on_bad_row: str,
) -> features_lib.Features:
    """Features whose sequences have the label of each word's first piece."""
    del num_workers, on_bad_row
    return tag_features.encode(
        part.examples,
        tokenizer,
        labels,
        max_seq_length=lengths.max_seq_length,
    )


def _chance_loss(made: features_lib.Features) -> float:
    return losses_lib.entropy_of(made.sequences["label"])


def _predict(
    encoded: kind.Encoded,
    outputs: Mapping[str, np.ndarray],
    labels: kind.Labels,
    options: kind.AnswerOptions,
) -> list[list[str] | None]:
    del options
    part, made = encoded
    return tag_features.decode(outputs["logits"], made, part.examples, labels)


def _score(
    task: table.Task,
    part: parts.Part,
    predicted: list[Any],
    labels: kind.Labels,
    threshold: float | None,
) -> dict[str, float]:
    """Tags that mark no entities have an accuracy only."""
    del task, labels, threshold
    pairs = [
        (example.tags, prediction)
        for example, prediction in zip(part.examples, predicted, strict=True)
        if example is not None
    ]
    gold, found = map(list, zip(*pairs, strict=True))
    result = scores.tag_accuracy(gold, found)
    if part.scheme == "none":
        return result
    return {**scores.entities(gold, found, "BIO"), **result}


def _main_metric(task: table.Task, scheme: str) -> str:
    """The accuracy for tags that mark no entities."""
    return "accuracy" if scheme == "none" else task.metric


def _baseline(
    task: table.Task, encoded: kind.Encoded, labels: kind.Labels
) -> baselines.Baseline:
    """The tag that a word has most often in the other sentences."""
    part, made = encoded
    kept = [example for example in part.examples if example is not None]
    found = iter(scores.usual_tags(kept))
    predicted = [example and next(found) for example in part.examples]
    return baselines.Baseline(
        "each word's most frequent tag in other sentences",
        _score(task, part, predicted, labels, None),
        _chance_loss(made),
    )


def _details(
    task: table.Task,
    encoded: kind.Encoded,
    predictions: kind.Predictions,
    labels: kind.Labels,
    threshold: float | None,
) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    part = encoded.part
    details = tag_details.of(part, predictions.predicted)
    count, worst = tag_details.worst(part, predictions.predicted)
    return {**details, "num_errors": count}, worst


def _score_file(
    task: table.Task,
    part: parts.Part,
    path: str,
    null_odds: str | None,
    problems: problems_lib.Problems,
    separator: str,
) -> dict[str, float]:
    del null_odds, separator
    # Without a prediction, no entity is found.
    tag = "" if part.scheme == "none" else "O"
    return file_scores.of(
        part,
        predictions_lib.read_tags(path, part, problems),
        lambda example: [tag] * len(example.words),
        lambda found: _score(task, part, found, (), None),
    )


def _write(
    folder: str,
    task: table.Task,
    encoded: kind.Encoded,
    predictions: kind.Predictions,
    labels: kind.Labels,
    threshold: float | None,
    scheme: str,
) -> list[str]:
    """<part>_predictions.txt, and .jsonl where the file has texts."""
    files.make_folder(folder)
    path = os.path.join(folder, f"{encoded.part.name}_predictions")
    return predictions_lib.write(
        path, encoded.part, predictions.predicted, scheme
    )


KIND = kind.Kind(
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
    losses=tag_losses.losses,
    predict=_predict,
    score=_score,
    main_metric=_main_metric,
    baseline=_baseline,
    details=_details,
    score_file=_score_file,
    shown=predictions_lib.shown,
    shown_label=lambda task, part, label, scheme: predictions_lib.respelled(
        part, label, scheme
    ),
    write=_write,
)
