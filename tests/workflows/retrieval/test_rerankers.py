"""Models of pairs as rerankers."""

import pytest

from albert_tf.workflows.answering import predictor as predictor_lib
from albert_tf.workflows.retrieval import models


class Fake:
    """A predictor of pairs with answers that a test can tell."""

    inputs = ("texts", "second_texts")

    def __init__(self, labels, answer):
        self.labels, self._answer = labels, answer

    def __call__(self, pairs):
        assert all(isinstance(pair, tuple) for pair in pairs)
        return [self._answer(len(text)) for _, text in pairs]


PAIRS = [("query", "long text"), ("query", "text")]


@pytest.mark.parametrize(
    "labels, answer, scores",
    [
        (("0", "1"), lambda n: {"probabilities": [1 - n, n]}, [9, 4]),
        (("0",), lambda n: {"value": n / 2}, [4.5, 2]),
    ],
)
def test_scores_of_pairs(labels, answer, scores, monkeypatch):
    fake = Fake(labels, answer)
    monkeypatch.setattr(predictor_lib, "predictor", lambda name: fake)
    assert models.reranker("run")(PAIRS) == scores


def test_other_models_are_errors(monkeypatch):
    fake = Fake(("a", "b", "c"), None)
    monkeypatch.setattr(predictor_lib, "predictor", lambda name: fake)
    with pytest.raises(ValueError, match="two classes.*a, b, c"):
        models.reranker("run")
    fake.inputs = ("texts",)
    with pytest.raises(ValueError, match="pairs of texts.*which reads texts"):
        models.reranker("run")
