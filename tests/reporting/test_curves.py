"""Curves and numbers of a report, for people."""

import numpy as np
import pytest

from albert_tf.reporting import curves as curves_lib
from albert_tf.reporting.parts import markup


def test_thin_keeps_spikes_and_the_ends_of_the_range():
    steps = np.arange(100_000)
    values = np.sin(steps / 1000.0)
    values[45_678] = 50.0
    values[1234] = np.nan
    thinned = curves_lib.thin(curves_lib.Curve(steps, values))
    assert len(thinned.steps) <= curves_lib.MAX_POINTS
    assert (np.diff(thinned.steps) > 0).all()
    assert np.nanmax(thinned.values) == 50.0
    assert thinned.steps[np.nanargmax(thinned.values)] == 45_678
    assert np.nanmin(thinned.values) == np.nanmin(values)
    short = curves_lib.Curve(steps[:50], values[:50])
    assert curves_lib.thin(short) is short


def test_smooth_is_the_mean_of_windows():
    steps = np.arange(1, 601)
    values = np.where(steps % 2, 1.0, 3.0)
    values[:4] = np.nan  # a window that has nothing is left out
    smoothed = curves_lib.smooth(curves_lib.Curve(steps, values))
    # 150 windows of 4 steps, the first one empty.
    np.testing.assert_allclose(smoothed.steps[:2], [6.5, 10.5])
    np.testing.assert_allclose(smoothed.values, np.full(149, 2.0))


def test_spread_is_minimum_median_and_maximum_at_each_step():
    curves = [
        curves_lib.Curve(np.array([1, 2]), np.array([a, b]))
        for a, b in ((1.0, 10.0), (2.0, np.nan), (6.0, 30.0))
    ]
    middle, low, high = curves_lib.spread(curves)
    assert middle.steps.tolist() == [1, 2]
    assert middle.values.tolist() == [2, 20]
    assert (low.tolist(), high.tolist()) == ([1, 10], [6, 30])
    long = curves_lib.Curve(np.arange(10_000), np.arange(10_000.0))
    assert len(curves_lib.spread([long])[0].steps) <= 500


@pytest.mark.parametrize(
    "value, shown",
    [
        (1234567, "1,234,567"),
        (2.5, "2.500"),
        (2788.07, "2788"),
        (0.00062227, "0.0006223"),
        (123456.7, "123,457"),
        (float("nan"), "nan"),
    ],
)
def test_numbers_are_for_people(value, shown):
    assert markup.number(value) == shown
