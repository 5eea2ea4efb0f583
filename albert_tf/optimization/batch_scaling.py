"""LAMB's learning rate and warm-up for any batch size and number of steps."""

import math
from typing import NamedTuple

# The row of LAMB's table that ALBERT was trained with.
ALBERT_BATCH_SIZE = 4096
ALBERT_STEPS = 125_000
ALBERT_LEARNING_RATE = 0.00176
ALBERT_WARMUP_SHARE = 3125 / ALBERT_STEPS  # 1/40 of the steps

# The batch sizes in LAMB's table; outside of it, the rule is a guess.
SMALLEST_KNOWN, LARGEST_KNOWN = 512, 32_768


class Scaled(NamedTuple):
    """Learning rate and warm-up for a batch size.

    Attributes:
        learning_rate: peak learning rate.
        num_warmup_steps: steps of linear warm-up.
        reason: a sentence that says where the numbers come from.
    """

    learning_rate: float
    num_warmup_steps: int
    reason: str


def scaled(
    batch_size: int, num_train_steps: int, optimizer: str = "lamb"
) -> Scaled:
    """LAMB's recipe for a batch size and a number of steps.

    The learning rate grows with the square root of the batch size, the warm-up
    in proportion to it:

        batch_size       steps   learning_rate   warm-up / steps
               512   1,000,000        0.000622             1/320
             4,096     125,000        0.00176               1/40
            32,768      15,625        0.00498               1/5

    Batches of at least 512 sequences use the row of their size, whatever the
    number of steps. With smaller batches, this rule would hardly change a
    model: each step of LAMB changes a weight by a fraction of its size that is
    about the learning rate, so 2,000 steps at 0.000156, the rate for a batch of
    32, change it by less than a third. All rows of the table have the same
    number of sequences, so the table also says that the learning rate falls
    with the square root of the steps. Smaller batches use the row of their
    steps, and runs of less than 15,625 steps use the last row.

    Args:
        batch_size: sequences in a step, on all replicas together.
        num_train_steps: steps of the run.
        optimizer: must be "lamb"; there is no rule for others.
    Returns:
        Scaled. Warm-up takes at least 1 step, unless the run has only 1, and
        ends before the run does.
    Raises:
        ValueError: a number is below 1, or the optimizer is another one.
    Source: You et al. 2019, "Large Batch Optimization for Deep Learning:
        Training BERT in 76 minutes", the table of untuned LAMB.
    """
    for name, value in (
        ("train_batch_size", batch_size),
        ("num_train_steps", num_train_steps),
    ):
        if value < 1:
            raise ValueError(f"{name} must be at least 1. Received: {value}.")
    if optimizer != "lamb":
        raise ValueError(
            "The optimizer must be lamb if the learning rate is not given, "
            "since there is no rule that derives it from the batch size for "
            f"other optimizers. Received: optimizer={optimizer}. Give "
            "--learning_rate and --num_warmup_steps."
        )
    row: float = batch_size
    if batch_size < SMALLEST_KNOWN:
        row = ALBERT_BATCH_SIZE * ALBERT_STEPS / num_train_steps
        row = min(max(row, SMALLEST_KNOWN), LARGEST_KNOWN)
    ratio = row / ALBERT_BATCH_SIZE
    learning_rate = ALBERT_LEARNING_RATE * math.sqrt(ratio)
    share = ALBERT_WARMUP_SHARE * ratio
    warmup = max(1, round(share * num_train_steps))
    warmup = min(warmup, num_train_steps - 1)
    steps = f"{num_train_steps:,} steps"
    source = f"a batch of {batch_size:,}"
    if row != batch_size:
        source = f"a run of {steps}, as for a batch of {row:,.0f}"
    reason = (
        f"LAMB's recipe for {source}: learning rate {ALBERT_LEARNING_RATE} x "
        f"sqrt({row:,.0f} / {ALBERT_BATCH_SIZE:,}) = {learning_rate:.3g}, and "
        f"warm-up over {warmup:,} of {steps}, 1/40 x {row:,.0f} / "
        f"{ALBERT_BATCH_SIZE:,} = {share:.3g} of them"
    )
    if warmup != round(share * num_train_steps):
        reason += ", limited to at least 1 step and less than the run"
    if not SMALLEST_KNOWN <= batch_size <= LARGEST_KNOWN:
        reason += (
            f" (its authors tried batch sizes from {SMALLEST_KNOWN:,} to "
            f"{LARGEST_KNOWN:,}, but not {batch_size:,})"
        )
    return Scaled(learning_rate, warmup, f"{reason}.")
