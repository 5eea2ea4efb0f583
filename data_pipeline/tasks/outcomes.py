"""From a model's outputs to predictions, their scores and their files."""

import json
import os
from collections import Counter
from collections.abc import Sequence
from typing import Any

import numpy as np
from absl import logging

from data_pipeline.io import files
from data_pipeline.tasks import features as features_lib
from data_pipeline.tasks import table
from data_pipeline.tasks.data import parts
from data_pipeline.tasks.readers import race
from data_pipeline.tasks.results import submission
from data_pipeline.tasks.scoring import scores
from data_pipeline.tasks.spans import answers as span_answers
from data_pipeline.tasks.spans import squad_metrics
from data_pipeline.tasks.tags import features as tag_features
from data_pipeline.tasks.tags import predictions as tag_predictions


def predictions(
    task: table.Task,
    part: parts.Part,
    made: features_lib.Features,
    outputs: dict[str, np.ndarray],
    labels: Sequence[str],
    **span_options,
) -> list:
    """One prediction for each example, in order; None where there is none.

    A class name; a tuple of them for multi-label; a number; the number of a
    choice; a list of tags; or a span_answers.Prediction.

    Args:
        made: features of the part.
        outputs: of the model, by item of them.
        labels: the classes.
        **span_options: of span_answers.predict.
    """
    if task.kind == "span":
        return span_answers.predict(
            outputs, made, part.examples, **span_options
        )
    logits = outputs["logits"]
    if task.kind == "tagging":
        return tag_features.decode(logits, made, part.examples, labels)
    found = [None] * len(part.examples)
    for item, number in enumerate(made.example):
        found[number] = _prediction(task.kind, logits[item], labels)
    return found


def _prediction(kind: str, logits: np.ndarray, labels: Sequence[str]):
    if kind == "regression":
        return float(logits[0])
    if kind == "multilabel":
        return tuple(
            label
            for label, logit in zip(labels, logits, strict=True)
            if logit > 0
        )
    best = int(logits.argmax())
    return best if kind == "multiple_choice" else labels[best]


def score(
    task: table.Task,
    part: parts.Part,
    predicted: list,
    labels: Sequence[str],
    threshold: float | None = None,
) -> dict[str, float]:
    """The official metrics, of the examples that were not skipped.

    The main one is among them under the name of `task.metric`, but for tags
    that mark no entities, which have an accuracy only; of classifications also
    predicted_classes, how many there are.

    Args:
        threshold: of null scores; None: found on one half of the questions
            and used on the other, and the reverse.
    """
    pairs = [
        (example, prediction)
        for example, prediction in zip(part.examples, predicted, strict=True)
        if example is not None
    ]
    if task.kind == "span":
        return _span_scores(task, part, predicted, threshold)
    if task.kind == "tagging":
        gold = [example.tags for example, _ in pairs]
        found = [prediction for _, prediction in pairs]
        result = scores.tag_accuracy(gold, found)
        if part.scheme == "none":
            return result
        return {**scores.entities(gold, found, "BIO"), **result}
    gold = [example.label for example, _ in pairs]
    found = [prediction for _, prediction in pairs]
    if task.kind == "multilabel":
        return scores.multilabel(gold, found, labels)
    if task.kind == "regression":
        result = scores.correlation(gold, found)
        mean = (result["pearson"] + result["spearman"]) / 2
        return {
            "pearson_and_spearman": mean,
            **result,
            **scores.mean_squared_error(gold, found),
        }
    if task.kind == "multiple_choice":
        groups = [example.group for example, _ in pairs]
        return scores.accuracy_by_group(gold, found, groups)
    result = scores.accuracy(gold, found)
    if task.metric == "matthews":
        result = {**scores.matthews(gold, found), **result}
    if task.metric == "accuracy_and_f1":
        f1 = scores.f1(gold, found, labels)
        mean = (result["accuracy"] + f1["f1"]) / 2
        result = {"accuracy_and_f1": mean, **result, **f1}
    if len(set(gold)) > 1:
        result["predicted_classes"] = len(set(found))
    return result


def span_texts(
    task: table.Task,
    part: parts.Part,
    predicted: list[span_answers.Prediction],
    threshold: float | None,
) -> tuple[dict[str, str], dict[str, float]]:
    """The answers by id, and the thresholds of null scores behind them.

    Args:
        threshold: that no question had a part in; None: see
            squad_metrics.decide_on_halves.
    """
    by_id = span_answers.first_by_id(part.ids, predicted)
    if not task.unanswerable:
        return {name: p.best_text for name, p in by_id.items()}, {}
    if threshold is not None:
        return (
            {name: p.text(threshold) for name, p in by_id.items()},
            {"threshold": threshold},
        )
    texts, (first, second) = squad_metrics.decide_on_halves(
        part.examples,
        {name: p.best_text for name, p in by_id.items()},
        {name: p.null_score for name, p in by_id.items()},
    )
    return texts, {"threshold_first": first, "threshold_second": second}


def _span_scores(task, part, predicted, threshold):
    texts, thresholds = span_texts(task, part, predicted, threshold)
    if task.unanswerable:
        values = squad_metrics.evaluate_v2(part.examples, texts)
    else:
        values = squad_metrics.evaluate_v1(part.examples, texts)
    return {**values, **thresholds}


def write(
    folder: str,
    task: table.Task,
    part: parts.Part,
    predicted: list,
    labels: Sequence[str],
    *,
    outputs: dict[str, np.ndarray],
    made: features_lib.Features,
    threshold: float | None = None,
    scheme: str = "none",
) -> list[str]:
    """Writes the predictions of a part; one for each input, in order.

    Inputs that were skipped get the commonest prediction, of numbers the mean.

    Args:
        folder: for the files.
        outputs, made: for the probabilities.
        threshold: as for `score`.
        scheme: to give tags in, unless the part has a scheme of its own.
    Returns:
        The paths: <part>_predictions.tsv with index, prediction and a column
        for each class; of tags those of tag_predictions; of spans
        predictions.json, nbest_predictions.json and null_odds.json.
    """
    files.make_folder(folder)
    if task.kind == "span":
        texts, _ = span_texts(task, part, predicted, threshold)
        span_answers.write(folder, part.ids, predicted, texts)
        return [
            os.path.join(folder, f"{name}.json")
            for name in ("predictions", "nbest_predictions", "null_odds")
        ]
    path = os.path.join(folder, f"{part.name}_predictions")
    if task.kind == "tagging":
        return tag_predictions.write(path, part, predicted, scheme)
    filled = _filled(task.kind, predicted, part.path)
    columns = _probability_columns(task.kind, labels, outputs["logits"])
    shares = np.full([len(filled), len(columns)], np.nan)
    if columns:
        shares[made.example] = probabilities(task.kind, outputs["logits"])
    lines = ["\t".join(["index", "prediction", *columns])]
    for name, value, row in zip(indices(part), filled, shares, strict=True):
        cells = [name, as_text(task, value)]
        lines.append("\t".join([*cells, *(f"{share:.6g}" for share in row)]))
    files.write(f"{path}.tsv", ("\n".join(lines) + "\n").encode())
    return [f"{path}.tsv"]


def indices(part: parts.Part) -> list[str]:
    """What a prediction is named by: the example's id, or, of a row that could
    not be read, its number: as such where the others have theirs too."""
    numbered = all(
        name in (None, str(number)) for number, name in enumerate(part.ids)
    )
    return [
        name or (str(number) if numbered else f"row {number}")
        for number, name in enumerate(part.ids)
    ]


def submit(
    folder: str, task: table.Task, found: dict[str, tuple[parts.Part, list]]
) -> str:
    """Writes submission.zip for the GLUE site.

    Args:
        found: by part, in the order of task.tests, the predictions.
    """
    path = os.path.join(folder, "submission.zip")
    contents = {}
    for name, (part, predicted) in zip(
        task.submission, found.values(), strict=False
    ):
        filled = _filled(task.kind, predicted, part.path)
        contents[name] = list(zip(part.ids, filled, strict=True))
    submission.write_zip(path, contents)
    return path


def as_text(task: table.Task, value: Any) -> str:
    if task.name == "race":
        return race.LETTERS[value]
    if task.kind == "multilabel":
        return json.dumps(list(value), ensure_ascii=False)
    return f"{value:.6g}" if task.kind == "regression" else str(value)


def _filled(kind: str, predicted: list, path: str) -> list:
    """With something in place of each None."""
    known = [value for value in predicted if value is not None]
    if len(known) == len(predicted):
        return predicted
    if kind == "regression":
        fill = float(np.mean(known))
    else:
        fill = Counter(known).most_common(1)[0][0]
    logging.warning(
        "%d inputs of %s were skipped; their prediction is %r.",
        len(predicted) - len(known),
        path,
        fill,
    )
    return [fill if value is None else value for value in predicted]


def _probability_columns(kind, labels, logits) -> list[str]:
    if kind == "regression":
        return []
    if kind == "multiple_choice":
        return [str(number) for number in range(logits.shape[-1])]
    return list(labels)


def probabilities(kind: str, logits: np.ndarray) -> np.ndarray:
    """[..., C], of each label where a text may have several."""
    if kind == "multilabel":
        return 1 / (1 + np.exp(-logits))
    shares = np.exp(logits - logits.max(axis=-1, keepdims=True))
    return shares / shares.sum(axis=-1, keepdims=True)
