"""LAMB's learning rate and warm-up for another batch than ALBERT's."""

import math
from typing import NamedTuple

# What ALBERT was trained with, and the row of LAMB's table that it is from.
ALBERT_BATCH_SIZE = 4096
ALBERT_LEARNING_RATE = 0.00176
ALBERT_WARMUP_SHARE = 3125 / 125_000  # 1/40 of the steps

# The batches of LAMB's table; outside of them the rule is a guess.
SMALLEST_KNOWN, LARGEST_KNOWN = 512, 32_768


class Scaled(NamedTuple):
    """What a batch takes.

    learning_rate: the peak.
    num_warmup_steps: steps of linear warm-up.
    reason: one sentence that says where the two are from.
    """

    learning_rate: float
    num_warmup_steps: int
    reason: str


def scaled(
    batch_size: int, num_train_steps: int, optimizer: str = "lamb"
) -> Scaled:
    """LAMB's recipe: the rate grows as the root of the batch, warm-up with it.

        batch_size   learning_rate   warm-up, of the steps
               512        0.000622                   1/320
             4,096        0.00176                    1/40
            32,768        0.00498                    1/5

    Args:
        batch_size: sequences in a step, over all replicas.
        num_train_steps: of the run.
        optimizer: "lamb"; no other has a rule.
    Returns:
        The three. Warm-up is at least 1 step, unless the run is no longer than
        that, and ends before the run does.
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
    ratio = batch_size / ALBERT_BATCH_SIZE
    learning_rate = ALBERT_LEARNING_RATE * math.sqrt(ratio)
    share = ALBERT_WARMUP_SHARE * ratio
    warmup = max(1, round(share * num_train_steps))
    warmup = min(warmup, num_train_steps - 1)
    return Scaled(
        learning_rate,
        warmup,
        _reason(batch_size, learning_rate, share, warmup, num_train_steps),
    )


def _reason(batch_size, learning_rate, share, warmup, num_train_steps) -> str:
    reason = (
        f"LAMB's recipe for a batch of {batch_size:,}: learning rate "
        f"{ALBERT_LEARNING_RATE} x sqrt({batch_size:,} / "
        f"{ALBERT_BATCH_SIZE:,}) = {learning_rate:.3g}, and warm-up over "
        f"{warmup:,} of {num_train_steps:,} steps, 1/40 x {batch_size:,} / "
        f"{ALBERT_BATCH_SIZE:,} = {share:.3g} of them"
    )
    if warmup != round(share * num_train_steps):
        reason += ", limited to at least 1 step and less than the run"
    if not SMALLEST_KNOWN <= batch_size <= LARGEST_KNOWN:
        reason += (
            f" (its authors tried batches from {SMALLEST_KNOWN:,} to "
            f"{LARGEST_KNOWN:,} only)"
        )
    return reason + "."
