"""What an evaluation shows beyond its score, in files beside predictions.

<part>_details.json holds the rows, the metrics next to those of a model that
reads nothing, precision, recall and F1 by class, and which classes are taken
for which; <part>_errors.jsonl the worst errors with their texts.
"""

import json
import os
from collections import Counter
from collections.abc import Sequence
from typing import Any

import numpy as np

from data_pipeline.io import files
from data_pipeline.tasks import features as features_lib
from data_pipeline.tasks import outcomes
from data_pipeline.tasks import table
from data_pipeline.tasks.data import parts
from data_pipeline.tasks.scoring import baselines
from data_pipeline.tasks.scoring import confusion
from data_pipeline.tasks.scoring import scores
from data_pipeline.tasks.scoring import worst_answers
from data_pipeline.tasks.scoring import worst_errors
from data_pipeline.tasks.scoring import worst_sentences
from data_pipeline.tasks.spans import squad_metrics

DETAILS, ERRORS = "details.json", "errors.jsonl"
# Points of a picture of numbers.
_MAX_POINTS = 1000
_ANSWERED, _SILENT = "answer", "no answer"


def of(
    task: table.Task,
    part: parts.Part,
    made: features_lib.Features,
    predicted: list,
    outputs: dict[str, np.ndarray],
    labels: Sequence[str],
    threshold: float | None,
) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """Details by the kind of the task, and the worst errors.

    Args:
        predicted, outputs: of the part, as of `task_data.Outcome`.
        labels: the classes.
        threshold: as of `outcomes.score`.
    Returns:
        `groups`, a table: of classes, labels, types of entities, tags, groups
        of questions, each row with a name, metrics and its number of rows;
        `confusion` of `confusion.matrix`, `confused` of `confusion.pairs`; of
        numbers `residuals` and `points`, (label, prediction) of some rows; and
        `num_errors`.
    """
    if task.kind == "span":
        details, errors = _of_answers(task, part, predicted, threshold)
    elif task.kind == "tagging":
        details = _of_tags(part, predicted)
        errors = worst_sentences.of_tags(part, predicted)
    else:
        names = _names(task, labels, part)
        pairs = [
            (example.label, prediction)
            for example, prediction in zip(
                part.examples, predicted, strict=True
            )
            if example is not None
        ]
        make = {"regression": _of_numbers, "multilabel": _of_sets}
        details = make.get(task.kind, _of_classes)(pairs, names)
        errors = worst_errors.of_texts(
            task, part, predicted, outputs["logits"], made, names
        )
    count, worst = errors
    if task.kind != "regression":
        details["num_errors"] = count
    return details, worst


def write(
    folder: str,
    part: str,
    details: dict[str, Any],
    errors: Sequence[dict[str, Any]],
) -> None:
    """Writes <part>_details.json and <part>_errors.jsonl."""
    files.make_folder(folder)
    lines = [json.dumps(row, ensure_ascii=False) + "\n" for row in errors]
    _write(folder, f"{part}_{ERRORS}", "".join(lines))
    _write(
        folder,
        f"{part}_{DETAILS}",
        json.dumps(details, ensure_ascii=False, indent=1) + "\n",
    )


def by_name(details: dict[str, Any]) -> dict[str, float]:
    """precision/<class> and so on, of no more classes than a person reads."""
    groups = details["groups"]
    if len(groups) > confusion.MAX_CLASSES:
        return {}
    return {
        f"{metric}/{group['name']}": group[metric]
        for metric in ("precision", "recall", "f1")
        for group in groups
        if "precision" in group
    }


def baseline_row(baseline: baselines.Baseline) -> dict[str, Any]:
    return {
        "name": baseline.name,
        "metrics": baseline.metrics,
        "loss": baseline.loss,
    }


def _write(folder: str, name: str, text: str) -> None:
    # A text may hold half a character, which no file can.
    content = text.encode("utf-8", "backslashreplace")
    files.write(os.path.join(folder, name), content)


def _names(task, labels, part) -> dict[Any, str]:
    """What to call each class, in the order of the model's outputs."""
    if task.kind == "multiple_choice":
        most = max(len(e.choices) for e in part.examples if e is not None)
        return {n: outcomes.as_text(task, n) for n in range(most)}
    if len(task.label_names) == len(labels):
        both = zip(labels, task.label_names, strict=True)
        return {label: f"{label} ({name})" for label, name in both}
    return {label: label for label in labels}


def _of_classes(pairs, names) -> dict[str, Any]:
    gold, predicted = zip(*pairs, strict=True)
    return {
        "groups": confusion.by_class(gold, predicted, names),
        "confusion": confusion.matrix(gold, predicted, names),
        "confused": confusion.pairs(pairs, names),
    }


def _of_sets(pairs, names) -> dict[str, Any]:
    is_gold, is_predicted = (
        np.array([[label in own for label in names] for own in side])
        for side in zip(*pairs, strict=True)
    )
    return {"groups": confusion.by_class(is_gold, is_predicted, names)}


def _of_numbers(pairs, names) -> dict[str, Any]:
    del names  # numbers have none
    gold, predicted = np.array(pairs, np.float64).T
    off = predicted - gold
    kept = np.unique(np.linspace(0, len(gold) - 1, _MAX_POINTS).astype(int))
    low, middle, high = np.quantile(off, [0.05, 0.5, 0.95])
    return {
        "groups": [],
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


def _of_tags(part, predicted) -> dict[str, Any]:
    pairs = [
        pair
        for example, tags in zip(part.examples, predicted, strict=True)
        if example is not None
        for pair in zip(example.tags, tags, strict=True)
    ]
    if part.scheme == "none":
        counts = Counter(tag for pair in pairs for tag in pair)
        return _of_classes(pairs, {tag: tag for tag in sorted(counts)})
    examples = [e for e in part.examples if e is not None]
    groups = scores.entities_by_type(
        [e.tags for e in examples],
        [tags for tags in predicted if tags is not None],
    )
    # Of words: an entity that is cut short shows as O beside its type.
    types = [tuple(tag.partition("-")[2] or tag for tag in p) for p in pairs]
    names = {name: name for name in ["O", *(row["name"] for row in groups)]}
    return {
        "groups": groups,
        "confusion": confusion.matrix(*zip(*types, strict=True), names),
        "confused": confusion.pairs(types, names),
    }


def _of_answers(task, part, predicted, threshold):
    texts, _ = outcomes.span_texts(task, part, predicted, threshold)
    found = squad_metrics.by_question(part.examples, texts, task.unanswerable)
    examples = {e.id: e for e in part.examples if e is not None}
    groups = {"with an answer": [], "without an answer": []}
    for name, score in found.items():
        has_answer = bool(examples[name].answers)
        groups["with an answer" if has_answer else "without an answer"] += [
            score
        ]
    details = {
        "groups": [
            {
                "name": name,
                "exact_match": 100
                * float(np.mean([exact for exact, _ in own])),
                "f1": 100 * float(np.mean([f1 for _, f1 in own])),
                "rows": len(own),
            }
            for name, own in groups.items()
            if own
        ]
    }
    if task.unanswerable:
        names = {name: name for name in (_ANSWERED, _SILENT)}
        pairs = [
            (
                _ANSWERED if examples[name].answers else _SILENT,
                _ANSWERED if texts.get(name) else _SILENT,
            )
            for name in found
        ]
        details["confusion"] = confusion.matrix(
            *zip(*pairs, strict=True), names
        )
    best = {
        name: prediction.candidates[0].probability
        for name, prediction in zip(part.ids, predicted, strict=True)
        if name is not None and prediction.candidates
    }
    return details, worst_answers.of_answers(part, texts, found, best)
