"""The learning rate, by a table."""

import pytest

from albert_tf.optimization import WarmupPolynomialDecay


@pytest.mark.parametrize(
    "update, expected",
    [
        (1, 0.05),
        (10, 0.5),
        (19, 0.95),
        (20, 0.8),  # decay has been running since step 0: it takes over lower
        (60, 0.4),
        (100, 0.0),
        (130, 0.0),  # and stays there
    ],
)
def test_warmup_hands_over_to_decay(update, expected):
    schedule = WarmupPolynomialDecay(1.0, 100, 20)
    # Keras passes the number of updates made before this one.
    assert float(schedule(update - 1)) == pytest.approx(expected, abs=1e-6)


def test_start_of_warmup_and_power():
    schedule = WarmupPolynomialDecay(2.0, 100, 10, 20, 2.0)
    assert float(schedule(9)) == 0.0  # and not negative
    assert float(schedule(24)) == pytest.approx(1.0)
    assert float(schedule(49)) == pytest.approx(2.0 * 0.5**2)


@pytest.mark.parametrize(
    "arguments", [(0.0, 100), (1.0, 100, 100), (1.0, 100, 50, 60), (1.0, 0)]
)
def test_refuses(arguments):
    with pytest.raises(ValueError, match="Received"):
        WarmupPolynomialDecay(*arguments)
