"""LAMB's learning rate and warm-up for other batches and runs than ALBERT's."""

import math
from typing import NamedTuple

# ALBERT was trained with this row of LAMB's table.
ALBERT_BATCH_SIZE = 4096
ALBERT_STEPS = 125_000
ALBERT_LEARNING_RATE = 0.00176
ALBERT_WARMUP_SHARE = 3125 / ALBERT_STEPS  # 1/40 of the steps

# The batches of LAMB's table; outside of it the rule is a guess.
SMALLEST_KNOWN, LARGEST_KNOWN = 512, 32_768


class Scaled(NamedTuple):
    """Learning rate and warm-up for a batch size.

    learning_rate: the peak.
    num_warmup_steps: steps of linear warm-up.
    reason: one sentence that says where the two come from.
    """

    learning_rate: float
    num_warmup_steps: int
    reason: str


def scaled(
    batch_size: int, num_train_steps: int, optimizer: str = "lamb"
) -> Scaled:
    """LAMB's recipe: the rate grows as the root of the batch, warm-up with it.

        batch_size       steps   learning_rate   warm-up, of the steps
               512   1,000,000        0.000622                   1/320
             4,096     125,000        0.00176                    1/40
            32,768      15,625        0.00498                    1/5

    Batches of 512 and more take the row of their size, whatever their steps.
    Below that, the rule would hardly move a model: LAMB changes each weight by
    a share of its size, about the rate, so that 2,000 steps at 0.000156, the
    rate for a batch of 32, change it by less than a third. All rows of the
    table have the same number of sequences, so it also says that the rate falls
    as the root of the steps. Smaller batches take the row of their steps; runs
    of less than 15,625 steps take the last one.

    Args:
        batch_size: sequences in a step, over all replicas.
        num_train_steps: steps of the run.
        optimizer: "lamb"; others have no rule.
    Returns:
        Scaled. Warm-up is at least 1 step, unless the run is only 1 step long,
        and ends before the run does.
    Raises:
        ValueError: numbers below 1, or another optimizer.
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
            "The optimizer must be lamb where the learning rate is left out: "
            "google-research/albert has no rule that derives it from the batch "
            f"size for other optimizers. Received: optimizer={optimizer}. Give "
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
            f" (its authors tried batches from {SMALLEST_KNOWN:,} to "
            f"{LARGEST_KNOWN:,} only, not {batch_size:,})"
        )
    return Scaled(learning_rate, warmup, f"{reason}.")
