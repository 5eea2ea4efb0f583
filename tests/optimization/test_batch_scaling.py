"""LAMB's recipe for another batch, by numbers worked out by hand."""

import pytest

from albert_tf.optimization import batch_scaling
from albert_tf.optimization import schedule


@pytest.mark.parametrize(
    "batch_size, steps, learning_rate, warmup",
    [
        (4096, 125_000, 0.00176, 3125),  # ALBERT's own
        (512, 1_000_000, 6.2225e-4, 3125),  # 1/320
        (1024, 500_000, 8.8e-4, 3125),  # a quarter of the batch, half the rate
        (32_768, 15_625, 4.97803e-3, 3125),  # 1/5
        (16_384, 31_250, 3.52e-3, 3125),
        (512, 3200, 6.2225e-4, 10),
    ],
)
def test_the_rows_of_the_papers_table(batch_size, steps, learning_rate, warmup):
    got = batch_scaling.scaled(batch_size, steps)
    assert got.learning_rate == pytest.approx(learning_rate, rel=1e-5)
    assert got.num_warmup_steps == warmup


@pytest.mark.parametrize("batch_size", [1, 16, 511])
@pytest.mark.parametrize(
    "steps, learning_rate, warmup",
    [
        (2000, 4.97803e-3, 400),  # shorter than any: the last row, 1/5
        (15_625, 4.97803e-3, 3125),
        (62_500, 2.48902e-3, 3125),  # half as many steps as ALBERT's
        (125_000, 0.00176, 3125),
        (1_000_000, 6.2225e-4, 3125),
        (4_000_000, 6.2225e-4, 12_500),  # longer than any: the first
    ],
)
def test_smaller_batches_take_the_row_of_their_steps(
    batch_size, steps, learning_rate, warmup
):
    got = batch_scaling.scaled(batch_size, steps)
    assert got.learning_rate == pytest.approx(learning_rate, rel=1e-5)
    assert got.num_warmup_steps == warmup


@pytest.mark.parametrize(
    "batch_size, steps, warmup",
    [
        (32, 2, 1),  # 1/5 of 2 steps is none
        (4096, 1, 0),  # nothing shorter than the run but none
        (4096, 2, 1),
        (163_840, 10, 9),  # all of the steps by the rule
        (1_000_000, 10, 9),
    ],
)
def test_warmup_is_a_step_at_least_and_ends_before_the_run(
    batch_size, steps, warmup
):
    got = batch_scaling.scaled(batch_size, steps)
    assert got.num_warmup_steps == warmup
    # Which takes nothing else.
    schedule.WarmupPolynomialDecay(
        got.learning_rate, steps, got.num_warmup_steps
    )


def test_the_reason_has_the_numbers():
    assert batch_scaling.scaled(512, 1_000_000).reason == (
        "LAMB's recipe for a batch of 512: learning rate 0.00176 x sqrt(512 / "
        "4,096) = 0.000622, and warm-up over 3,125 of 1,000,000 steps, 1/40 x "
        "512 / 4,096 = 0.00313 of them."
    )
    assert batch_scaling.scaled(32, 2).reason == (
        "LAMB's recipe for a run of 2 steps, as for a batch of 32,768: "
        "learning rate 0.00176 x sqrt(32,768 / 4,096) = 0.00498, and warm-up "
        "over 1 of 2 steps, 1/40 x 32,768 / 4,096 = 0.2 of them, limited to "
        "at least 1 step and less than the run (its authors tried batch sizes "
        "from 512 to 32,768, but not 32)."
    )


@pytest.mark.parametrize(
    "arguments, message",
    [
        ((0, 10), "train_batch_size must be at least 1. Received: 0"),
        ((8, 0), "num_train_steps must be at least 1. Received: 0"),
        ((8, 10, "adamw"), "optimizer=adamw. Give --learning_rate"),
    ],
)
def test_errors_say_what_to_do(arguments, message):
    with pytest.raises(ValueError, match=message):
        batch_scaling.scaled(*arguments)
