"""Metrics of weights are those of scikit-learn and SciPy on the same rows."""

import numpy as np
import pytest
import scipy.stats
import sklearn.metrics

from data_pipeline.tasks.scoring import resampling
from data_pipeline.tasks.scoring import weighted_metrics

RNG = np.random.default_rng(0)
ROWS = 200
GOLD = RNG.integers(0, 3, ROWS)
FOUND = np.where(RNG.random(ROWS) < 0.6, GOLD, RNG.integers(0, 3, ROWS))
DRAWN = RNG.integers(0, ROWS, ROWS)
WEIGHTS = np.bincount(DRAWN, minlength=ROWS)[np.newaxis].astype(float)


def _f1(average):
    return lambda gold, found: sklearn.metrics.f1_score(
        gold, found, average=average, zero_division=0
    )


@pytest.mark.parametrize(
    ("name", "function"),
    [
        ("accuracy", sklearn.metrics.accuracy_score),
        ("matthews", sklearn.metrics.matthews_corrcoef),
        ("macro_f1", _f1("macro")),
        ("weighted_f1", _f1("weighted")),
    ],
)
def test_metrics_of_classes(name, function):
    metric = weighted_metrics.of_classes(GOLD, FOUND, 4, name)
    assert metric.value() == pytest.approx(function(GOLD, FOUND))
    assert metric(WEIGHTS)[0] == pytest.approx(
        function(GOLD[DRAWN], FOUND[DRAWN])
    )
    part = GOLD > 0
    assert metric.take(part).value() == pytest.approx(
        function(GOLD[part], FOUND[part])
    )


def test_metrics_of_two_classes():
    gold, found = GOLD % 2, FOUND % 2
    both = [
        weighted_metrics.of_classes(gold, found, 2, name).value()
        for name in ("f1", "accuracy", "accuracy_and_f1")
    ]
    assert both[0] == pytest.approx(sklearn.metrics.f1_score(gold, found))
    assert both[2] == pytest.approx((both[0] + both[1]) / 2)
    assert weighted_metrics.of_classes(gold, found, 2, "other") is None


@pytest.mark.parametrize("average", ["micro", "macro"])
def test_metrics_of_sets(average):
    gold, found = RNG.random([2, ROWS, 5]) < 0.3
    metric = weighted_metrics.of_sets(gold, found, f"{average}_f1")
    function = _f1(average)
    assert metric.value() == pytest.approx(function(gold, found))
    assert metric(WEIGHTS)[0] == pytest.approx(
        function(gold[DRAWN], found[DRAWN])
    )


@pytest.mark.parametrize(
    ("name", "function"),
    [
        ("pearson", lambda a, b: scipy.stats.pearsonr(a, b)[0]),
        ("spearman", lambda a, b: scipy.stats.spearmanr(a, b)[0]),
        ("mean_squared_error", sklearn.metrics.mean_squared_error),
    ],
)
def test_metrics_of_numbers(name, function):
    gold = RNG.normal(size=ROWS).round(1)  # with ties
    found = gold + RNG.normal(size=ROWS)
    metric = weighted_metrics.of_numbers(gold, found, name)
    assert metric.value() == pytest.approx(function(gold, found))
    assert metric(WEIGHTS)[0] == pytest.approx(
        function(gold[DRAWN], found[DRAWN])
    )


def test_a_constant_has_no_correlation():
    metric = weighted_metrics.of_numbers([1, 2, 3], [5, 5, 5], "spearman")
    assert metric.value() == 0


def test_intervals_are_those_of_scipy():
    right = GOLD == FOUND
    metric = weighted_metrics.of_mean(right, np.ones(ROWS))
    (values,) = resampling.resampled([metric])
    expected = scipy.stats.bootstrap(
        (right,), np.mean, method="percentile", n_resamples=2000, rng=1
    ).confidence_interval
    assert resampling.interval(values) == pytest.approx(expected, abs=0.02)
    again = resampling.resampled([metric, metric])
    assert all(np.array_equal(values, other) for other in again)


def test_many_rows_have_fewer_resamples():
    assert resampling.count(100) == 1000
    assert resampling.count(10**6) == 200


def test_gaps_of_random_groups_are_noise():
    metric = weighted_metrics.of_mean(GOLD == FOUND, np.ones(ROWS))
    groups = RNG.integers(0, 4, ROWS)
    assert resampling.chance_of_gap(metric, groups) > 0.05
    assert resampling.chance_of_gap(metric, (GOLD == FOUND).astype(int)) < 0.05
