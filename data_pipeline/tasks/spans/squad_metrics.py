"""SQuAD's metrics, as its own scripts have them, in percent.

Sources: the evaluation scripts of SQuAD 1.1 and 2.0, which each differ in what
an answer of no words, such as "the", is worth.
"""

import collections
import re
import string
from collections.abc import Mapping
from collections.abc import Sequence

import numpy as np
from absl import logging

from data_pipeline.tasks import example_types
from data_pipeline.tasks import table

_Examples = Sequence[example_types.SpanExample | None]

_PUNCTUATION = str.maketrans("", "", string.punctuation)
_ARTICLES = re.compile(r"\b(a|an|the)\b")


def normalize(text: str) -> str:
    """Lower case, without ASCII punctuation and articles, single spaces."""
    text = text.lower().translate(_PUNCTUATION)
    return " ".join(_ARTICLES.sub(" ", text).split())


def of(
    task: table.Task,
    examples: Sequence[example_types.SpanExample | None],
    texts: Mapping[str, str],
) -> dict[str, float]:
    """The metrics of SQuAD 2.0 where questions may have no answer, else those
    of SQuAD 1.1."""
    if task.unanswerable:
        return evaluate_v2(examples, texts)
    return evaluate_v1(examples, texts)


def evaluate_v1(
    examples: _Examples, predictions: Mapping[str, str]
) -> dict[str, float]:
    """exact_match and f1 of SQuAD 1.1, and how many predictions are missing.

    Args:
        examples: with answers; None, for a bad row, does not count.
        predictions: text by id. A missing one is wrong.
    """
    scores = _scores_v1(_labelled(examples), predictions)
    return {
        "exact_match": _percent([exact for exact, _ in scores.values()]),
        "f1": _percent([f1 for _, f1 in scores.values()]),
        "missing": _count_missing(scores, predictions),
    }


def evaluate_v2(
    examples: _Examples, predictions: Mapping[str, str]
) -> dict[str, float]:
    """exact, f1 and total of SQuAD 2.0, also with the prefixes HasAns_ and
    NoAns_ where there are such questions; and `missing`.

    The official script leaves missing predictions out; here they are wrong.

    Args:
        examples: with answers; None, for a bad row, does not count.
        predictions: text by id; "" for no answer.
    """
    labelled = _labelled(examples)
    scores = _scores_v2(labelled, predictions)
    has_answer = {e.id for e in labelled if e.answers}
    groups = {
        "": list(scores),
        "HasAns_": [name for name in scores if name in has_answer],
        "NoAns_": [name for name in scores if name not in has_answer],
    }
    metrics: dict[str, float] = {}
    for prefix, names in groups.items():
        if names:
            metrics |= {
                f"{prefix}exact": _percent([scores[n][0] for n in names]),
                f"{prefix}f1": _percent([scores[n][1] for n in names]),
                f"{prefix}total": len(names),
            }
    return {**metrics, "missing": _count_missing(scores, predictions)}


def by_question(
    examples: _Examples, predictions: Mapping[str, str], unanswerable: bool
) -> dict[str, tuple[int, float]]:
    """Exact match, 0 or 1, and F1, 0 to 1, of each question by its id.

    Args:
        examples, predictions: as `evaluate_v2`.
        unanswerable: whether they are SQuAD 2.0's, or 1.1's.
    """
    labelled = _labelled(examples)
    if unanswerable:
        return _scores_v2(labelled, predictions)
    return _scores_v1(labelled, predictions)


def best_thresholds(
    examples: _Examples,
    texts: Mapping[str, str],
    null_scores: Mapping[str, float],
) -> dict[str, float]:
    """best_exact, best_exact_thresh, best_f1 and best_f1_thresh.

    They are found on the very questions they are judged by, so they say what
    could be reached, not what the model does; see `decide_on_halves`.

    The official script names threshold 0 where no answer at all is best, and
    may part questions of equal score; here a threshold gives its metric.

    Args:
        examples: with answers; None does not count.
        texts: the best text of each question, where one was found, also if
            no answer is likelier.
        null_scores: by id; the answer is "" where it is above the threshold.
    """
    labelled = _labelled(examples)
    metrics: dict[str, float] = {}
    for index, name in enumerate(("exact", "f1")):
        best, threshold = _best_threshold(labelled, texts, null_scores, index)
        metrics[f"best_{name}"] = best
        metrics[f"best_{name}_thresh"] = threshold
    return metrics


def decide_on_halves(
    examples: _Examples,
    texts: Mapping[str, str],
    null_scores: Mapping[str, float],
) -> tuple[dict[str, str], tuple[float, float]]:
    """Answers by thresholds that no question helped to find for itself.

    Every other paragraph goes into one half, the rest into the other. The
    threshold of the best F1 on a half decides on the other one.

    Args:
        As `best_thresholds`.

    Returns:
        The answers, and the thresholds found on the first paragraph's half and
        on the other.

    Raises:
        ValueError: there is one paragraph only.
    """
    halves = _halves(_labelled(examples))
    if not halves[1]:
        raise ValueError(
            "Questions must be on two paragraphs or more, as a threshold is "
            "found on one half of them and used on the other. Received: "
            "questions on one paragraph only. Give a threshold instead."
        )
    first, second = (
        _best_threshold(half, texts, null_scores, 1)[1] for half in halves
    )
    predictions = {}
    for half, threshold in zip(halves, (second, first), strict=True):
        for name in _known(half, texts, null_scores):
            kept = null_scores[name] <= threshold
            predictions[name] = texts[name] if kept else ""
    return predictions, (first, second)


def _labelled(examples: _Examples) -> list[example_types.SpanExample]:
    labelled = [example for example in examples if example is not None]
    unlabelled = sum(example.answers is None for example in labelled)
    if unlabelled or not labelled:
        raise ValueError(
            "Metrics must be of questions with their answers. Received: "
            f"{len(labelled)} questions, {unlabelled} of them without labels. "
            "Name a file with answers, or predict only."
        )
    return labelled


def _count_missing(scores, predictions) -> int:
    missing = [name for name in scores if name not in predictions]
    if missing:
        logging.warning(
            "%d of %d questions have no prediction and count as wrong, such "
            "as %s.",
            len(missing),
            len(scores),
            missing[0],
        )
    return len(missing)


def _percent(scores: list[float]) -> float:
    return 100.0 * sum(scores) / len(scores)


def _scores_v1(labelled, predictions) -> dict[str, tuple[int, float]]:
    """(exact, F1) by id."""
    scores = {}
    for example in labelled:
        texts = [text for _, text in example.answers]
        scores[example.id] = _best(texts, predictions.get(example.id), 0)
    return scores


def _scores_v2(labelled, predictions) -> dict[str, tuple[int, float]]:
    """(exact, F1) by id."""
    scores = {}
    for example in labelled:
        texts = [text for _, text in example.answers if normalize(text)]
        scores[example.id] = _best(
            texts or [""], predictions.get(example.id), 1
        )
    return scores


def _best(
    texts: list[str], prediction: str | None, both_empty: int
) -> tuple[int, float]:
    """The best exact match and the best F1 over all right answers."""
    if prediction is None or not texts:
        return 0, 0.0
    got = normalize(prediction)
    wanted = [normalize(text) for text in texts]
    return int(got in wanted), max(_f1(w, got, both_empty) for w in wanted)


def _f1(wanted: str, got: str, both_empty: int) -> float:
    """Of words; `both_empty` is what two texts of no words score."""
    wanted_words, got_words = wanted.split(), got.split()
    if not wanted_words and not got_words:
        return float(both_empty)
    common = collections.Counter(wanted_words) & collections.Counter(got_words)
    return 2 * common.total() / (len(wanted_words) + len(got_words))


def _known(labelled, texts, null_scores) -> list[str]:
    return [e.id for e in labelled if e.id in texts and e.id in null_scores]


def _best_threshold(labelled, texts, null_scores, index: int):
    """(best metric in percent of all, threshold): 0 exact, 1 F1."""
    scores = _scores_v2(labelled, texts)
    has_answer = {e.id for e in labelled if e.answers}
    names = _known(labelled, texts, null_scores)
    if not names:
        return 0.0, 0.0
    null = np.array([null_scores[name] for name in names])
    answered = np.array([scores[name][index] for name in names])
    silent = np.array([name not in has_answer for name in names], float)
    order = np.argsort(null, kind="stable")
    null = null[order]
    # Answering one question more, from the likeliest on; at first none.
    reached = silent.sum() + np.cumsum((answered - silent)[order])
    reached = np.concatenate([[silent.sum()], reached])
    # Equal scores are answered together or not at all.
    apart = np.flatnonzero(np.append(True, null[1:] > null[:-1]))
    choices = np.append(apart, len(null))
    best = choices[reached[choices].argmax()]
    threshold = null[best - 1] if best else np.nextafter(null[0], -np.inf)
    return float(100 * reached[best] / len(labelled)), float(threshold)


def _halves(labelled):
    """Questions by alternating paragraphs."""
    halves: tuple[list, list] = ([], [])
    paragraph = 0
    for before, example in zip([None, *labelled], labelled, strict=False):
        if before is not None and before.context != example.context:
            paragraph += 1
        halves[paragraph % 2].append(example)
    return halves
