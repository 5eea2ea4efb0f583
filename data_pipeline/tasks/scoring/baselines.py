"""What a model that reads nothing, or one word, scores on a part.

A score says little without one: of two classes, one of which nine texts in ten
have, an accuracy of 0.9 takes no model.
"""

import collections
import dataclasses
from collections.abc import Sequence

import numpy as np

from data_pipeline.tasks import features as features_lib
from data_pipeline.tasks import outcomes
from data_pipeline.tasks import table
from data_pipeline.tasks.data import encode
from data_pipeline.tasks.data import parts
from data_pipeline.tasks.scoring import scores
from data_pipeline.tasks.spans import squad_metrics


@dataclasses.dataclass(frozen=True)
class Baseline:
    """name: what is answered; metrics: as `outcomes.score` has them; loss: of
    guessing by the labels' frequencies in the part, None of spans."""

    name: str
    metrics: dict[str, float]
    loss: float | None


def of(
    task: table.Task,
    part: parts.Part,
    made: features_lib.Features,
    labels: Sequence[str],
) -> Baseline:
    """The baseline of a labelled part, which its own labels make.

    The most frequent class, label or choice; the mean of numbers; the tag that
    a word has most often in the other sentences; no answer where a question
    may have none, and the whole text where it must have one.
    """
    loss = encode.chance_loss(task, made)
    examples = [example for example in part.examples if example is not None]
    if task.kind == "span":
        return Baseline(*_of_questions(task, examples), loss)
    if task.kind == "regression":
        numbers = np.array([example.label for example in examples])
        metrics = {
            **dict.fromkeys(
                ("pearson_and_spearman", "pearson", "spearman"), 0.0
            ),
            "mean_squared_error": float(numbers.var()),
        }
        return Baseline(f"mean label ({numbers.mean():.4g})", metrics, loss)
    if task.kind == "tagging":
        name = "each word's most frequent tag in other sentences"
        found = iter(_tags_of_words(examples))
    else:
        name, answer = _most_frequent(task, [e.label for e in examples])
        found = iter([answer] * len(examples))
    predicted = [example and next(found) for example in part.examples]
    return Baseline(name, outcomes.score(task, part, predicted, labels), loss)


def _most_frequent(task, gold):
    if task.kind == "multilabel":
        given = [label for own in gold for label in own]
        # Of texts without any label none is.
        answer = (scores.majority(given),) if given else ()
        return f"most frequent label ({', '.join(answer) or 'none'})", answer
    answer = scores.majority(gold)
    what = "choice" if task.kind == "multiple_choice" else "class"
    return f"most frequent {what} ({outcomes.as_text(task, answer)})", answer


def _tags_of_words(examples) -> list[list[str]]:
    """Each word's tag in the other sentences; of a new word the commonest."""
    by_word = collections.defaultdict(collections.Counter)
    for example in examples:
        for word, tag in zip(example.words, example.tags, strict=True):
            by_word[word][tag] += 1
    usual = scores.majority([tag for e in examples for tag in e.tags])
    found = []
    for example in examples:
        own = collections.Counter(zip(example.words, example.tags, strict=True))
        found.append(
            [
                _elsewhere(by_word[word], own, word, usual)
                for word in example.words
            ]
        )
    return found


def _elsewhere(counts, own, word, usual) -> str:
    best, most = usual, 0
    for tag, count in sorted(counts.items()):
        if count - own[word, tag] > most:
            best, most = tag, count - own[word, tag]
    return best


def _of_questions(task, examples):
    if task.unanswerable:
        texts = {example.id: "" for example in examples}
        return "no answer", squad_metrics.evaluate_v2(examples, texts)
    texts = {example.id: example.context for example in examples}
    return "the whole text", squad_metrics.evaluate_v1(examples, texts)
