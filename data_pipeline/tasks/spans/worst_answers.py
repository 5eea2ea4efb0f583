"""The questions whose answers are furthest from the right ones."""

from collections.abc import Iterator
from collections.abc import Mapping
from typing import Any

from data_pipeline.tasks import splits
from data_pipeline.tasks.scoring import worst_errors

_NO_ANSWER = "(no answer)"
# Of two answers with the same F1 the surer one is worse.
_SURE = 1e-3


def of_answers(
    split: splits.Split,
    texts: Mapping[str, str],
    scores: Mapping[str, tuple[int, float]],
    probabilities: Mapping[str, float],
) -> tuple[int, list[dict[str, Any]]]:
    """How many questions have no exact match, and those with the lowest F1.

    Args:
        texts: the answers by id.
        scores: of `squad_metrics.by_question`.
        probabilities: of the best span among those of the question.
    Returns:
        Rows with id, text (the question), context around the answer, label,
        prediction, f1 in percent and probability.
    """
    return worst_errors.worst(_wrong(split, texts, scores, probabilities))


def _wrong(split, texts, scores, probabilities) -> Iterator:
    for example in split.examples:
        if example is None or scores[example.id][0]:
            continue
        f1 = scores[example.id][1]
        probability = probabilities.get(example.id, 0.0)
        wanted = dict.fromkeys(text for _, text in example.answers)
        middle = example.answers[0][0] if example.answers else 0
        begin = max(0, middle - worst_errors.MAX_CHARACTERS // 2)
        short = worst_errors.short
        yield (
            (1 - f1) + _SURE * probability,
            {
                "id": example.id,
                "text": short(example.question),
                "context": short(example.context[begin:]),
                "label": short(" / ".join(wanted)) or _NO_ANSWER,
                "prediction": short(texts.get(example.id, "")) or _NO_ANSWER,
                "f1": 100 * f1,
                "probability": probability,
            },
        )
