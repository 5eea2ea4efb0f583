"""SQuAD's metrics in percent, as its own evaluation scripts compute them.

Sources: the evaluation scripts of SQuAD 1.1 and 2.0, which score answers
without words, such as "the", differently.
"""

import collections
import itertools
import re
import string
from collections.abc import Mapping
from collections.abc import Sequence

import numpy as np
from absl import logging

from data_pipeline.tasks import example_types
from data_pipeline.tasks import table

_Examples = Sequence[example_types.SpanExample | None]
_Labelled = list[example_types.SpanExample]
# (exact match, F1), each from 0 to 1, by question id.
_Scores = dict[str, tuple[int, float]]

_PUNCTUATION = str.maketrans("", "", string.punctuation)
_ARTICLES = re.compile(r"\b(a|an|the)\b")


def normalize(text: str) -> str:
    """Lower-cases, and removes ASCII punctuation, articles and extra spaces."""
    text = text.lower().translate(_PUNCTUATION)
    return " ".join(_ARTICLES.sub(" ", text).split())


def of(
    task: table.Task, examples: _Examples, texts: Mapping[str, str]
) -> dict[str, float]:
    """The metrics of SQuAD 2.0 if questions may have no answer, or of 1.1."""
    if task.unanswerable:
        return evaluate_v2(examples, texts)
    return evaluate_v1(examples, texts)


def evaluate_v1(
    examples: _Examples, predictions: Mapping[str, str]
) -> dict[str, float]:
    """exact_match and f1 of SQuAD 1.1, and the number of missing predictions.

    Args:
        examples: questions with answers; None, a bad row, does not count.
        predictions: text by question id. A missing one counts as wrong.
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
    """exact, f1 and total of SQuAD 2.0, and the number of missing predictions.

    The first three also come with the prefixes HasAns_ and NoAns_, if there
    are such questions. The official script ignores missing predictions; here
    they count as wrong.

    Args:
        examples: questions with answers; None, a bad row, does not count.
        predictions: text by question id; "" for no answer.
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
    """Exact match (0 or 1) and F1 (0 to 1) of each question, by id.

    Args:
        examples, predictions: as in `evaluate_v2`.
        unanswerable: whether to score as SQuAD 2.0 or as 1.1.
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

    The thresholds are tuned on the questions that are scored, so the metrics
    are upper bounds; for an unbiased estimate, see `decide_on_halves`.

    The official script reports threshold 0 if it is best to answer nothing,
    and may separate questions of equal score; here, the threshold that is
    reported always gives the metric beside it.

    Args:
        examples: questions with answers; None does not count.
        texts: the best text of each question, if one was found, even if "no
            answer" is more likely.
        null_scores: by question id; above the threshold, the answer is "".
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
    """Answers questions by thresholds that were tuned on other questions.

    Paragraphs are dealt alternately to two halves. The threshold with the best
    F1 on one half is used on the other.

    Args:
        examples, texts, null_scores: as in `best_thresholds`.

    Returns:
        The answers by question id, and the thresholds tuned on the first
        paragraph's half and on the other.

    Raises:
        ValueError: all questions are on one paragraph.
    """
    halves = _halves(_labelled(examples))
    if not halves[1]:
        raise ValueError(
            "Questions must be on at least two paragraphs, since a threshold "
            "is tuned on one half of the paragraphs and used on the other. "
            "Received: questions on one paragraph. Set a threshold instead."
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


def _labelled(examples: _Examples) -> _Labelled:
    labelled = [example for example in examples if example is not None]
    unlabelled = sum(example.answers is None for example in labelled)
    if unlabelled or not labelled:
        raise ValueError(
            "Questions must have answers to be scored. Received: "
            f"{len(labelled)} questions, {unlabelled} of them without labels. "
            "Name a file with answers, or only predict."
        )
    return labelled


def _count_missing(scores: _Scores, predictions: Mapping[str, str]) -> int:
    missing = [name for name in scores if name not in predictions]
    if missing:
        logging.warning(
            "%d of %d questions have no prediction, for example %s; they count "
            "as wrong.",
            len(missing),
            len(scores),
            missing[0],
        )
    return len(missing)


def _percent(scores: list[float]) -> float:
    return 100.0 * sum(scores) / len(scores)


def _scores_v1(labelled: _Labelled, predictions: Mapping[str, str]) -> _Scores:
    scores = {}
    for example in labelled:
        texts = [text for _, text in example.answers or ()]
        scores[example.id] = _best(texts, predictions.get(example.id), 0)
    return scores


def _scores_v2(labelled: _Labelled, predictions: Mapping[str, str]) -> _Scores:
    scores = {}
    for example in labelled:
        texts = [text for _, text in example.answers or () if normalize(text)]
        scores[example.id] = _best(
            texts or [""], predictions.get(example.id), 1
        )
    return scores


def _best(
    texts: list[str], prediction: str | None, both_empty: int
) -> tuple[int, float]:
    """The best exact match and the best F1 over all correct answers."""
    if prediction is None or not texts:
        return 0, 0.0
    got = normalize(prediction)
    wanted = [normalize(text) for text in texts]
    return int(got in wanted), max(_f1(w, got, both_empty) for w in wanted)


def _f1(wanted: str, got: str, both_empty: int) -> float:
    """Word F1; `both_empty` is the score of two texts without words."""
    wanted_words, got_words = wanted.split(), got.split()
    if not wanted_words and not got_words:
        return float(both_empty)
    common = collections.Counter(wanted_words) & collections.Counter(got_words)
    return 2 * common.total() / (len(wanted_words) + len(got_words))


def _known(
    labelled: _Labelled,
    texts: Mapping[str, str],
    null_scores: Mapping[str, float],
) -> list[str]:
    return [e.id for e in labelled if e.id in texts and e.id in null_scores]


def _best_threshold(
    labelled: _Labelled,
    texts: Mapping[str, str],
    null_scores: Mapping[str, float],
    index: int,
) -> tuple[float, float]:
    """(best metric in percent of all questions, its threshold).

    Args:
        labelled, texts, null_scores: as in `best_thresholds`.
        index: 0 for exact match, 1 for F1.
    """
    scores = _scores_v2(labelled, texts)
    has_answer = {e.id for e in labelled if e.answers}
    names = _known(labelled, texts, null_scores)
    if not names:
        return 0.0, 0.0
    null = np.array([null_scores[name] for name in names])
    answered = np.array([scores[name][index] for name in names])
    unanswered = np.array([name not in has_answer for name in names], float)
    order = np.argsort(null, kind="stable")
    null = null[order]
    # total[n]: the sum of scores if the n questions most likely to have an
    # answer are answered.
    gains = np.cumsum((answered - unanswered)[order])
    total = unanswered.sum() + np.concatenate([[0.0], gains])
    # Questions of equal null score are answered together or not at all.
    apart = np.flatnonzero(np.append(True, null[1:] > null[:-1]))
    choices = np.append(apart, len(null))
    best = choices[total[choices].argmax()]
    threshold = null[best - 1] if best else np.nextafter(null[0], -np.inf)
    return float(100 * total[best] / len(labelled)), float(threshold)


def _halves(labelled: _Labelled) -> tuple[_Labelled, _Labelled]:
    """Deals paragraphs alternately to two halves."""
    halves: tuple[_Labelled, _Labelled] = ([], [])
    paragraph = 0
    for before, example in itertools.pairwise([labelled[0], *labelled]):
        paragraph += before.context != example.context
        halves[paragraph % 2].append(example)
    return halves
