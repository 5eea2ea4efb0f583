import doctest

import numpy as np
import pytest
import sklearn.calibration
import sklearn.metrics

from data_pipeline.tasks.scoring import probability_scores


def _guesses(rows, classes, seed=0):
    random = np.random.default_rng(seed)
    shares = random.dirichlet(np.ones(classes), rows)
    return shares, random.integers(0, classes, rows)


def test_examples():
    assert doctest.testmod(probability_scores).failed == 0


def test_perfect_probabilities():
    shares = np.eye(3)
    found = probability_scores.of_classes(shares, np.arange(3))
    assert found["expected_calibration_error"] == found["brier"] == 0
    assert found["bins"] == [
        {"low": 14 / 15, "high": 1, "rows": 3, "confidence": 1, "accuracy": 1}
    ]
    wrong = probability_scores.of_classes(shares, np.array([1, 2, 0]))
    assert wrong["expected_calibration_error"] == 1
    assert wrong["brier"] == 2


def test_brier_score_is_that_of_scikit_learn():
    shares, gold = _guesses(200, 4)
    found = probability_scores.of_classes(shares, gold)
    is_gold = np.eye(4)[gold]
    assert found["brier"] == pytest.approx(
        4 * sklearn.metrics.mean_squared_error(is_gold, shares)
    )
    labels = probability_scores.of_labels(shares, is_gold == 1)
    assert labels["brier"] == pytest.approx(
        sklearn.metrics.brier_score_loss(is_gold.ravel(), shares.ravel())
    )


def test_bins_are_those_of_scikit_learn():
    shares, gold = _guesses(500, 2)
    bins = probability_scores.reliability(shares[:, 1], gold == 1)
    accuracy, confidence = sklearn.calibration.calibration_curve(
        gold, shares[:, 1], n_bins=probability_scores.NUM_BINS
    )
    assert [one["accuracy"] for one in bins] == pytest.approx(accuracy)
    assert [one["confidence"] for one in bins] == pytest.approx(confidence)
    assert sum(one["rows"] for one in bins) == 500


def test_overconfidence_is_the_error():
    # 0.9 in every row, and right in six of ten.
    shares = np.tile([0.9, 0.1], (10, 1))
    gold = np.array([0] * 6 + [1] * 4)
    found = probability_scores.of_classes(shares, gold)
    assert found["expected_calibration_error"] == pytest.approx(0.3)
