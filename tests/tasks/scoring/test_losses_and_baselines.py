"""Losses and baselines of each kind, against their definitions."""

import numpy as np
import pytest
import tensorflow as tf
from made_examples import made_of
from made_examples import sentence
from made_examples import split_of
from made_examples import texts

from data_pipeline.tasks import example_types
from data_pipeline.tasks import kinds
from data_pipeline.tasks import table
from data_pipeline.tasks.kinds import task_kind
from data_pipeline.tasks.tags import tag_losses
from data_pipeline.tasks.texts import example_predictions

RNG = np.random.default_rng(0)


def mean(sums):
    losses, counts = sums
    return losses.sum() / counts.sum()


def test_the_loss_is_that_of_training():
    logits = RNG.normal(size=[5, 3]).astype(np.float32) * 30
    label = np.array([0, 2, 1, 1, 0], np.int32)
    loss = mean(
        kinds.KINDS["classification"].losses(
            made_of({"label": label}),
            {"logits": logits},
        )
    )
    expected = tf.nn.sparse_softmax_cross_entropy_with_logits(label, logits)
    assert loss == pytest.approx(expected.numpy().mean(), rel=1e-5)

    sets = (RNG.random([5, 3]) > 0.5).astype(np.float32)
    loss = mean(
        kinds.KINDS["multilabel"].losses(
            made_of({"label": sets}),
            {"logits": logits},
        )
    )
    expected = tf.nn.sigmoid_cross_entropy_with_logits(sets, logits)
    assert loss == pytest.approx(expected.numpy().mean(), rel=1e-5)

    numbers = np.array([1, 2, 3, 4, 5], np.float32)
    loss = mean(
        kinds.KINDS["regression"].losses(
            made_of({"label": numbers}),
            {"logits": logits[:, :1]},
        )
    )
    assert loss == pytest.approx(((logits[:, 0] - numbers) ** 2).mean())

    ends = {"start_positions": label, "end_positions": label[::-1].copy()}
    outputs = {"start_logits": logits, "end_logits": -logits}
    loss = mean(kinds.KINDS["span"].losses(made_of(ends), outputs))
    both = [
        tf.nn.sparse_softmax_cross_entropy_with_logits(*pair)
        for pair in ((label, logits), (label[::-1], -logits))
    ]
    assert loss == pytest.approx(np.mean(both), rel=1e-5)
    # The head of SQuAD 2.0 scores ends of a few starts only.
    conditional = {"start_log_probs": logits}
    span = kinds.KINDS["span"]
    assert span.losses(made_of(ends), conditional) is None


def test_the_loss_of_tags_is_a_mean_over_words(monkeypatch):
    monkeypatch.setattr(tag_losses, "ROWS_AT_ONCE", 2)
    lengths = [3, 5, 4]
    label = np.array([-1, 1, -1, -1, 0, 2, -1, -1, -1, 2, 1, -1], np.int32)
    logits = RNG.normal(size=[3, 5, 3]).astype(np.float32)
    made = made_of({}, lengths, {"label": label})
    losses, counts = kinds.KINDS["tagging"].losses(made, {"logits": logits})
    assert counts.tolist() == [1, 2, 2]
    flat = np.concatenate(
        [own[:n] for own, n in zip(logits, lengths, strict=True)]
    )
    is_word = label >= 0
    expected = tf.nn.sparse_softmax_cross_entropy_with_logits(
        label[is_word], flat[is_word]
    )
    assert losses.sum() == pytest.approx(expected.numpy().sum(), rel=1e-5)


def test_baselines_of_each_kind():
    def of(kind, examples, labels=(), scheme="none", task=None):
        label = [getattr(e, "label", None) for e in examples if e]
        task = task or kinds.custom_task(kind)
        values = {"label": np.zeros([len(label)], np.int32)}
        if kind == "regression":
            values = {"label": np.array(label, np.float32)}
        if kind == "multilabel":
            rows = [[c in own for c in labels] for own in label]
            values = {"label": np.array(rows, np.float32)}
        if kind == "tagging":
            sequences = {"label": np.zeros([len(label)], np.int32)}
            made = made_of({}, [1] * len(label), sequences)
        else:
            made = made_of(values)
        encoded = task_kind.Encoded(split_of(examples, scheme), made)
        return kinds.of(task).baseline(task, encoded, labels)

    found = of("classification", [*texts("aab"), None], "ab")
    assert found.name == "most frequent class (a)"
    assert found.metrics["accuracy"] == pytest.approx(2 / 3)
    found = of("regression", texts([1.0, 3.0]))
    assert found.metrics["pearson_and_spearman"] == 0
    assert found.metrics["mean_squared_error"] == found.loss == 1
    found = of("multilabel", texts([("a", "b"), ("a",), ()]), "ab")
    assert found.name == "most frequent label (a)"
    assert found.metrics["micro_f1"] == pytest.approx(2 / 3)
    assert of("multilabel", texts([(), ()]), "ab").metrics["micro_f1"] == 0
    sentences = [
        sentence(0, "Paris is big", "B-L O O"),
        sentence(1, "Paris is Rome", "B-L O B-L"),
        # Only there: it counts as what most words are.
        sentence(2, "Oslo is old", "B-L O O"),
    ]
    found = of("tagging", sentences, ["B-L", "I-L", "O"], "BIO")
    assert found.metrics["f1"] == pytest.approx(2 * 2 / (4 + 2))
    assert found.metrics["accuracy"] == pytest.approx(7 / 9)


@pytest.mark.parametrize(
    "name, answer, metrics",
    [
        ("squad2", "no answer", {"f1": 50, "NoAns_f1": 100}),
        # Two words, one of which is right, and none where there is none.
        ("squad1", "the whole text", {"f1": 100 / 3, "exact_match": 0}),
    ],
)
def test_baselines_of_questions(name, answer, metrics):
    examples = [
        example_types.SpanExample("0", "Who?", "Ms Lee", ((3, "Lee"),)),
        example_types.SpanExample("1", "Why?", "Ms Lee", ()),
    ]
    encoded = task_kind.Encoded(split_of(examples), made_of({}, [1]))
    task = table.named(name)
    found = kinds.of(task).baseline(task, encoded, [])
    assert found.name == answer and found.loss is None
    for metric, value in metrics.items():
        assert found.metrics[metric] == pytest.approx(value)


def test_probabilities_are_of_the_kind():
    logits = np.array([[0.0, 2.0]])
    assert example_predictions.softmax(logits)[0, 0] == (
        pytest.approx(1 / (1 + np.exp(2)))
    )
    assert example_predictions.sigmoid(logits)[0, 0] == 0.5
