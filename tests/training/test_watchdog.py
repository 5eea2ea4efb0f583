"""What counts as a collapse, and what does not."""

import math

import numpy as np
import pytest

from albert_tf.training import watchdog

UNIGRAM, VOCABULARY = 6.0, 4000  # log 4000 is 8.29


def row(mlm, order=0.69, norm=1.0, ratio=0.5):
    return {
        "mlm_loss": mlm,
        "sentence_order_loss": order,
        "gradient_norm": norm,
        "trust_ratio/a": ratio,
        "trust_ratio/b": ratio,
    }


def first_collapse(rows):
    watch = watchdog.Watchdog(UNIGRAM, math.log(VOCABULARY))
    for number, each in enumerate(rows):
        collapse = watch.see(10 * number, each)
        if collapse:
            return number, collapse
    return None


def noisy(values, spread, seed=0):
    rng = np.random.default_rng(seed)
    return [value + rng.normal(0, spread) for value in values]


# From knowing nothing to 4.0, over a plateau at the unigram entropy.
LEARNING = [
    *np.linspace(8.3, 6.1, 20),
    *np.full(30, 6.0),
    *np.linspace(6.0, 4.0, 50),
]


@pytest.mark.parametrize("seed", range(20))
def test_a_run_that_learns_is_left_alone(seed):
    rng = np.random.default_rng(seed)
    rows = [
        row(
            loss,
            order=0.6 + rng.normal(0, 0.1),
            norm=np.exp(rng.normal(0, 0.7)),
            ratio=np.exp(rng.normal(0, 0.5)),
        )
        for loss in noisy(LEARNING, 0.2, seed)
    ]
    assert first_collapse(rows) is None


def test_a_climb_back_to_the_unigram_entropy():
    rows = [row(loss) for loss in noisy([*LEARNING, *[6.0] * 10], 0.1)]
    number, collapse = first_collapse(rows)
    assert 100 <= number < 106
    assert "climbed from 4" in collapse.finding and "6.00" in collapse.finding
    assert 900 < collapse.healthy_step < 1000


def test_worse_than_knowing_nothing():
    number, collapse = first_collapse(
        [row(loss) for loss in [*[8.3] * 15, 9, 20, 100]]
    )
    assert number in (16, 17) and "8.29" in collapse.finding


def test_sentence_order_that_is_lost():
    orders = [*np.linspace(0.69, 0.4, 20), *[0.72] * 40]
    number, collapse = first_collapse([row(6.0, order) for order in orders])
    assert 30 < number < 50 and "sentence-order" in collapse.finding
    assert 190 <= collapse.healthy_step <= 200
    # At chance from the start is no collapse.
    assert first_collapse([row(6.0, 0.70)] * 50) is None


@pytest.mark.parametrize(
    "what, name",
    [({"norm": 100.0}, "the gradient norm"), ({"ratio": 50.0}, "trust ratio")],
)
def test_explosions(what, name):
    calm = [row(5.0)] * 20
    number, collapse = first_collapse([*calm, *[row(5.5, **what)] * 3])
    assert number == 21 and name in collapse.finding
    assert "100 times" in collapse.finding
    # One row alone, or one that does the loss no harm, is none.
    assert first_collapse([*calm, row(5.5, **what), *calm]) is None
    assert first_collapse([*calm, *[row(5.0, **what)] * 3]) is None


def test_one_variables_trust_ratio_is_none():
    strange = {**row(5.5), "trust_ratio/c": 50.0}
    calm = {**row(5.0), "trust_ratio/c": 0.5}
    assert first_collapse([*[calm] * 20, *[strange] * 3]) is None


def test_what_is_no_number_counts_at_once():
    number, collapse = first_collapse([row(8.3), row(8.2), row(float("nan"))])
    assert number == 2 and collapse.finding == "mlm_loss became nan"
    assert collapse.healthy_step == 10


def test_replay_knows_what_was_seen():
    rows = [row(loss) for loss in LEARNING]
    seen = watchdog.Watchdog(UNIGRAM, math.log(VOCABULARY))
    for number, each in enumerate(rows):
        seen.see(number, each)
    replayed = watchdog.Watchdog(UNIGRAM, math.log(VOCABULARY))
    replayed.replay(
        [
            {"step": number, "kind": kind, **each}
            for number, each in enumerate(rows)
            for kind in ("train", "eval")
        ]
    )
    for step in range(100, 200):
        found = seen.see(step, row(5.8)), replayed.see(step, row(5.8))
        assert found[0] == found[1]
    assert found[0] is not None


def test_a_change_of_the_run_is_healthy_until_then():
    """Without a row since the change, the run is rolled back to before it."""
    watch = watchdog.Watchdog(UNIGRAM, math.log(VOCABULARY))
    watch.see(10, row(5.0))
    watch.forget(20)
    assert watch.see(30, row(math.nan)).healthy_step == 20
