"""The questions whose predicted answers are worst."""

from collections.abc import Iterator
from collections.abc import Mapping
from typing import Any

from data_pipeline.tasks import splits
from data_pipeline.tasks.scoring import worst_errors

_NO_ANSWER = "(no answer)"
# Of two answers with the same F1, the more confident one is worse.
_CONFIDENCE_WEIGHT = 1e-3


def of_answers(
    split: splits.Split,
    texts: Mapping[str, str],
    scores: Mapping[str, tuple[int, float]],
    probabilities: Mapping[str, float],
) -> tuple[int, list[dict[str, Any]]]:
    """Counts questions without an exact match, and lists those of lowest F1.

    Args:
        split: the questions, with their answers.
        texts: predicted answers by question id.
        scores: made by `squad_metrics.by_question`.
        probabilities: by question id, the probability of its best span among
            its candidates.
    Returns:
        The count, and rows with id, text (the question), context around the
        answer, label, prediction, f1 in percent, and probability.
    """
    return worst_errors.worst(_wrong(split, texts, scores, probabilities))


def _wrong(
    split: splits.Split,
    texts: Mapping[str, str],
    scores: Mapping[str, tuple[int, float]],
    probabilities: Mapping[str, float],
) -> Iterator[tuple[float, dict[str, Any]]]:
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
            (1 - f1) + _CONFIDENCE_WEIGHT * probability,
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
