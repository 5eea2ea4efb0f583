"""Thresholds of labels and of none of these, and prediction sets."""

import numpy as np
import pytest

from data_pipeline.tasks.calibration import label_thresholds
from data_pipeline.tasks.calibration import none_of_these
from data_pipeline.tasks.calibration import prediction_sets


def softmax(logits):
    shares = np.exp(logits - logits.max(-1, keepdims=True))
    return shares / shares.sum(-1, keepdims=True)


def test_the_best_threshold_has_the_largest_f1():
    import sklearn.metrics

    rng = np.random.default_rng(0)
    shares = rng.random(60).round(1)  # with ties
    gold = rng.random(60) < shares * 0.5
    best = label_thresholds.best(shares, gold)
    scores = [
        sklearn.metrics.f1_score(gold, shares > size, zero_division=0)
        for size in np.linspace(-0.05, 0.95, 11)
    ]
    assert sklearn.metrics.f1_score(gold, shares > best) == max(scores)


def test_the_threshold_of_none_of_these_is_the_best_one():
    rng = np.random.default_rng(5)
    confidence = rng.random(80).round(1)
    is_outside = rng.random(80) < 0.4
    is_right = (rng.random(80) < confidence) & ~is_outside

    def total(threshold):
        found = none_of_these.measured(
            confidence < threshold, is_right, is_outside
        )
        return found["in_scope_accuracy"] + found["out_of_scope_recall"]

    best = none_of_these.by_examples(confidence, is_right, is_outside)
    assert total(best) == pytest.approx(
        max(total(size) for size in np.linspace(0.05, 0.95, 10))
    )


@pytest.mark.parametrize("coverage", [0.8, 0.9, 0.95])
def test_sets_hold_the_right_class_as_often_as_promised(coverage):
    rng = np.random.default_rng(0)
    logits = rng.normal(size=[3000, 6]) * 1.5
    gold = (logits + rng.gumbel(size=logits.shape)).argmax(-1)
    shares = softmax(logits)
    found = []
    for _ in range(200):
        order = rng.permutation(3000)
        own, other = order[:300], order[300:]
        size = prediction_sets.threshold(shares[own], gold[own], coverage)
        in_set = prediction_sets.of(shares[other], size)
        found.append(prediction_sets.measured(in_set, gold[other]))
    mean = np.mean([one["set_coverage"] for one in found])
    # Between the coverage and the coverage + 1 / (300 + 1), in expectation.
    assert coverage - 0.004 < mean < coverage + 0.008
    assert 1 < np.mean([one["mean_set_size"] for one in found]) < 5


def test_sets_are_those_of_mapie():
    classification = pytest.importorskip("mapie.classification")
    linear = pytest.importorskip("sklearn.linear_model")
    rng = np.random.default_rng(0)
    inputs = rng.normal(size=[900, 3])
    gold = (inputs + rng.gumbel(size=inputs.shape)).argmax(-1)
    model = linear.LogisticRegression().fit(inputs[:300], gold[:300])
    theirs = classification.SplitConformalClassifier(
        model, confidence_level=0.9, conformity_score="lac", prefit=True
    ).conformalize(inputs[300:600], gold[300:600])
    _, sets = theirs.predict_set(inputs[600:])
    size = prediction_sets.threshold(
        model.predict_proba(inputs[300:600]), gold[300:600], 0.9
    )
    mine = prediction_sets.of(model.predict_proba(inputs[600:]), size)
    np.testing.assert_array_equal(mine, sets[:, :, 0])
