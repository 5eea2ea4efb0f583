"""Answers a question by an FAQ, an intent or a passage, and says why.

    service = service_folder.load("runs/service")
    service("how do i pay my bill")["answer"]

The models are asked in this order, and the first that is sure enough answers:

    1. a passage, if one is given: the reader, and nobody else
    2. the FAQ: the best entry by embeddings and BM25 together, if its cosine
       with the question is high enough
    3. the intents: the likeliest one, if its probability is high enough
    4. nobody: the question is out of scope, and the nearest are named
"""

import math
from collections.abc import Callable
from typing import Any
from typing import NamedTuple

import service_data
import service_passages

import albert_tf

# Who answers. PASSAGE reads a text that was given with the question.
FAQ, INTENT, PASSAGE = "faq", "intent", "passage"
OUT_OF_SCOPE = "out_of_scope"
MAX_QUESTION, MAX_PASSAGE = 500, 10_000
_NUM_NEAREST = 3
_CANNOT_HELP = "I cannot help with this question."
_NO_ANSWER = "The passage does not seem to answer this question."


class Thresholds(NamedTuple):
    """The scores from which an answer is taken.

    Attributes:
        faq: cosine of a question with the best entry of the FAQ.
        intent: probability of the likeliest intent.
        reader: probability that a sentence has the answer.
    """

    faq: float
    intent: float
    reader: float


class Service:
    """The models behind one function of questions.

    Args:
        intents: a predictor of intents.
        faq: a searcher of the FAQ.
        reader: a predictor of answers in passages.
        thresholds: when to take which answer.
    """

    def __init__(
        self,
        intents: Callable[[Any], Any],
        faq: albert_tf.Searcher,
        reader: Callable[[Any], Any],
        thresholds: Thresholds,
    ) -> None:
        self._intents, self._faq, self._reader = intents, faq, reader
        self._thresholds = thresholds

    def __call__(
        self, question: str, passage: str | None = None
    ) -> dict[str, Any]:
        """Answers a question.

        Args:
            question: a text of at most MAX_QUESTION characters.
            passage: a text to find the answer in, and nowhere else.
        Returns:
            `by`: who answers, "faq", "intent", "passage" or "out_of_scope";
            `answer`: a text; `source`: where it comes from, or None; and
            `steps`: for each model that was asked its candidates, the best
            first, with their scores, the threshold, and whether the best one
            was taken.
        Raises:
            ValueError: a text is empty or too long.
        """
        question = checked(question, "The question", MAX_QUESTION)
        if passage is not None:
            passage = checked(passage, "The passage", MAX_PASSAGE)
            return _answered(self.read([(question, passage)]))
        (step,) = self.search([question])
        if step["taken"]:
            text = step["candidates"][0]["text"]
            return _answered([step, *self.read([(question, text)])])
        return _answered([step, *self.classify([question])])

    def search(self, questions: list[str]) -> list[dict[str, Any]]:
        """The step of the FAQ for each question."""
        return [
            _step(
                FAQ,
                [
                    {
                        "id": hit.id,
                        "name": hit.text,
                        "text": hit.metadata["answer"],
                        "score": hit.scores.get("embedding", 0.0),
                        "bm25": hit.scores.get("bm25", 0.0),
                    }
                    for hit in hits
                ],
                self._thresholds.faq,
            )
            for hits in self._faq(questions, _NUM_NEAREST, lexical=True)
        ]

    def classify(self, questions: list[str]) -> list[dict[str, Any]]:
        """The step of the intents for each question."""
        steps = []
        for found in self._intents([_plain(each) for each in questions]):
            ranked = zip(found["probabilities"], found["labels"], strict=True)
            best = sorted(ranked, reverse=True)[:_NUM_NEAREST]
            candidates = [
                {
                    "id": label,
                    "name": service_data.in_words(label),
                    "score": probability,
                }
                for probability, label in best
            ]
            steps.append(_step(INTENT, candidates, self._thresholds.intent))
        return steps

    def read(self, pairs: list[tuple[str, str]]) -> list[dict[str, Any]]:
        """The step of the reader for each question and passage: the sentences
        that may have the answer."""
        places = [service_passages.sentences(text) for _, text in pairs]
        found = iter(
            self._reader(
                [
                    (question, sentence)
                    for (question, _), each in zip(pairs, places, strict=True)
                    for _, sentence in each
                ]
            )
        )
        steps = []
        for (_, passage), each in zip(pairs, places, strict=True):
            answers = [
                _read(start, sentence, next(found)) for start, sentence in each
            ]
            candidates = sorted(
                (answer for answer in answers if answer["name"]),
                key=lambda answer: -answer["score"],
            )[:_NUM_NEAREST]
            step = _step(PASSAGE, candidates, self._thresholds.reader)
            steps.append({**step, "passage": passage})
        return steps


def _read(start: int, sentence: str, found: dict[str, Any]) -> dict[str, Any]:
    """The reader's answer in a sentence, by its place in the passage."""
    first, last = start + found["start"], start + found["end"]
    return {
        "id": f"characters {first} to {last}",
        "name": found["best_answer"],
        "sentence": sentence,
        "start": first,
        "end": last,
        # The reader's null score is the logit of having no answer.
        "score": 1 / (1 + math.exp(min(found["null_score"], 700))),
    }


def _plain(question: str) -> str:
    """A question as CLINC150 writes it: lowercase, without an end mark."""
    return question.lower().rstrip("?!. ") or question


def _step(
    by: str, candidates: list[dict[str, Any]], threshold: float
) -> dict[str, Any]:
    taken = bool(candidates) and candidates[0]["score"] >= threshold
    return {
        "by": by,
        "candidates": candidates,
        "threshold": threshold,
        "taken": taken,
    }


def _answered(steps: list[dict[str, Any]]) -> dict[str, Any]:
    """The answer of the first step whose best candidate was taken."""
    step = next((step for step in steps if step["taken"]), None)
    answer = {"by": OUT_OF_SCOPE, "answer": _CANNOT_HELP, "source": None}
    if step is not None:
        best = step["candidates"][0]
        answer = {
            "by": step["by"],
            "answer": best.get("text", best["name"]),
            "source": best["id"],
        }
    elif steps[0]["by"] == PASSAGE:
        answer["answer"] = _NO_ANSWER
    return {**answer, "steps": steps}


def checked(text: Any, what: str, most: int) -> str:
    """A text without white space around it.

    Raises:
        ValueError: it is not a string, is empty, or is longer than `most`.
    """
    if not isinstance(text, str) or not text.strip():
        raise ValueError(
            f"{what} must be a non-empty text. Received: {text!r:.40}. Type it "
            "in."
        )
    text = text.strip()
    if not text.isascii():
        text = text.encode(errors="replace").decode()  # lone surrogates
    if len(text) > most:
        raise ValueError(
            f"{what} must have at most {most:,} characters. Received: "
            f"{len(text):,}. Shorten it."
        )
    return text
