"""Thresholds, chosen on validation data, and what is measured on test data.

CLINC150 has validation texts for both sides of the intents' threshold. The FAQ
has only one set of questions: those with even numbers choose its threshold, and
those with odd ones test it. Texts of CLINC150 are what the FAQ must reject.
"""

from collections.abc import Sequence
from typing import Any
from typing import NamedTuple

import customer_service
import numpy as np
import service_data
import service_passages

from data_pipeline.tasks import example_types
from data_pipeline.tasks.spans import squad_metrics


class Decided(NamedTuple):
    """What a model says about texts.

    Attributes:
        scores: float [N], of the best candidate of each text.
        correct: float [N], from 0 to 1, how right the best candidate is.
    """

    scores: np.ndarray
    correct: np.ndarray


def threshold(inside: Decided, outside: np.ndarray) -> float:
    """The score from which to answer.

    It makes the mean of two shares largest: of texts that belong, those that
    are answered correctly; and of texts that do not, those that are rejected.
    Between two scores that serve equally, it lies in the middle.

    Args:
        inside: of texts that belong.
        outside: float [M], the scores of texts that do not.
    """
    found = np.unique(np.concatenate([inside.scores, outside]))
    # Halfway between neighboring scores, and above all of them.
    places = np.append((found[1:] + found[:-1]) / 2, found[-1] + 1e-6)
    order = np.argsort(inside.scores)
    summed = np.append(0, np.cumsum(inside.correct[order]))
    below = summed[np.searchsorted(inside.scores[order], places)]
    kept = summed[-1] - below
    rejected = np.searchsorted(np.sort(outside), places)
    shares = kept / len(inside.scores) + rejected / len(outside)
    best = np.flatnonzero(shares >= shares.max() - 1e-12)
    return float(places[best[len(best) // 2]])


def scope(
    inside: Decided, outside: np.ndarray, least: float
) -> dict[str, float]:
    """How well a threshold separates texts that belong from others.

    Args:
        inside, outside: as for `threshold`, of other texts.
        least: the threshold.
    Returns:
        `accuracy` of the texts that belong if all are answered;
        `accuracy_with_threshold`, where a rejected one counts as wrong;
        `out_of_scope_recall`, the share of the others that are rejected; and
        `out_of_scope_precision`, the share of the rejected that are others.
    """
    answered = inside.scores >= least
    rejected = int((outside < least).sum())
    all_rejected = rejected + int((~answered).sum())
    return {
        "accuracy": float(inside.correct.mean()),
        "accuracy_with_threshold": float((inside.correct * answered).mean()),
        "out_of_scope_recall": rejected / len(outside),
        "out_of_scope_precision": rejected / max(1, all_rejected),
    }


def of_service(
    service: customer_service.Service,
    clinc: dict[str, service_data.Texts],
    questions: list[tuple[str, frozenset[str]]],
) -> dict[str, Any]:
    """Chooses the thresholds of trained models, and measures them.

    Args:
        service: the models; its thresholds do not matter.
        clinc: CLINC150.
        questions: on the FAQ, each with the ids of the entries that answer it.
    Returns:
        `thresholds`, and the numbers of `intents` alone and of the `service`,
        which asks the FAQ first.
    """
    sets = {
        name: [(text, frozenset([intent])) for text, intent in pairs]
        for name, pairs in clinc.items()
        if "train" not in name
    } | {"faq_val": questions[::2], "faq_test": questions[1::2]}
    seen = {name: _seen(service, pairs) for name, pairs in sets.items()}
    others = [seen[name].faq.scores for name in ("val", "oos_val")]
    least = customer_service.Thresholds(
        faq=threshold(seen["faq_val"].faq, np.concatenate(others)),
        intent=threshold(seen["val"].intent, seen["oos_val"].intent.scores),
        reader=0.0,
    )
    return {
        "thresholds": least._asdict(),
        "intents": scope(
            seen["test"].intent, seen["oos_test"].intent.scores, least.intent
        ),
        "service": _as_a_whole(
            seen["test"], seen["oos_test"], seen["faq_test"], least
        ),
    }


def of_reader(
    service: customer_service.Service,
    chosen: list[service_passages.Question],
    tested: list[service_passages.Question],
) -> tuple[float, dict[str, float]]:
    """Chooses the reader's threshold, and measures the reader.

    Args:
        service: the models; its thresholds do not matter.
        chosen: questions that choose the threshold.
        tested: other questions, to measure.
    Returns:
        The threshold, and, for `tested`, the F1 of SQuAD 2.0 over all
        questions, over those with an answer, over these if each must be
        answered, and the share of the others that is rejected.
    """
    least = threshold(*_read(service, chosen))
    inside, outside = _read(service, tested)
    answered = inside.scores >= least
    rejected = outside < least
    right = inside.correct * answered
    return least, {
        "f1": float((right.sum() + rejected.sum()) / len(tested)),
        "f1_with_answer": float(right.mean()),
        "f1_with_answer_if_forced": float(inside.correct.mean()),
        "rejected_without_answer": float(rejected.mean()),
        "f1_never_answering": len(outside) / len(tested),
    }


def _read(
    service: customer_service.Service,
    questions: list[service_passages.Question],
) -> tuple[Decided, np.ndarray]:
    """What the reader says about questions with an answer, and others."""
    inside, right, outside = [], [], []
    steps = service.read([(each.text, each.passage) for each in questions])
    for each, step in zip(questions, steps, strict=True):
        best = next(iter(step["candidates"]), {"score": 0.0, "name": ""})
        if each.answers:
            inside.append(best["score"])
            right.append(_f1(each, best["name"]))
        else:
            outside.append(best["score"])
    return Decided(np.array(inside), np.array(right)), np.array(outside)


def _f1(question: service_passages.Question, answer: str) -> float:
    example = example_types.SpanExample(
        "", question.text, question.passage, question.answers
    )
    return squad_metrics.by_question([example], {"": answer}, True)[""][1]


class _Seen(NamedTuple):
    """What both models say about the same texts."""

    faq: Decided
    intent: Decided


def _seen(
    service: customer_service.Service,
    pairs: Sequence[tuple[str, frozenset[str]]],
) -> _Seen:
    texts = [text for text, _ in pairs]
    found = []
    for steps in (service.search(texts), service.classify(texts)):
        best = [step["candidates"][0] for step in steps]
        right = [
            each["id"] in expected
            for each, (_, expected) in zip(best, pairs, strict=True)
        ]
        scores = [each["score"] for each in best]
        found.append(Decided(np.array(scores), np.array(right, float)))
    return _Seen(*found)


def _as_a_whole(
    inside: _Seen,
    outside: _Seen,
    of_faq: _Seen,
    least: customer_service.Thresholds,
) -> dict[str, float]:
    """Shares of texts that the whole service answers as it should."""

    def rejected(seen: _Seen) -> np.ndarray:
        by_faq = seen.faq.scores >= least.faq
        return ~by_faq & (seen.intent.scores < least.intent)

    by_intent = (inside.faq.scores < least.faq) & ~rejected(inside)
    right_entry = of_faq.faq.correct * (of_faq.faq.scores >= least.faq)
    all_rejected = sum(
        int(rejected(x).sum()) for x in (inside, outside, of_faq)
    )
    return {
        "intent_accuracy": float((by_intent * inside.intent.correct).mean()),
        "faq_accuracy": float(right_entry.mean()),
        "out_of_scope_recall": float(rejected(outside).mean()),
        "out_of_scope_precision": float(
            rejected(outside).sum() / max(1, all_rejected)
        ),
    }
