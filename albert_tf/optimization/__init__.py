"""The optimizers that ALBERT was trained with, by name."""

from typing import Any

from albert_tf.optimization.adamw import AdamW
from albert_tf.optimization.lamb import Lamb
from albert_tf.optimization.schedule import WarmupPolynomialDecay

OPTIMIZERS = {"lamb": Lamb, "adamw": AdamW}


def create_optimizer(
    name: str,
    *,
    learning_rate: float,
    num_train_steps: int,
    num_warmup_steps: int = 0,
    start_warmup_step: int = 0,
    poly_power: float = 1.0,
    **options: Any,
) -> AdamW:
    """An optimizer with ALBERT's learning rate schedule.

    The schedule is a linear warm-up and a polynomial decay. The optimizer does
    not clip gradients; the training loop clips their global norm to 1.0.

    Args:
        name: "lamb" or "adamw".
        learning_rate: peak learning rate, at which the decay starts at step 0.
        num_train_steps: step at which the learning rate reaches 0.
        num_warmup_steps: steps of linear warm-up.
        start_warmup_step: step at which the warm-up starts.
        poly_power: power of the decay; 1 is linear.
        **options: arguments of the optimizer, such as weight_decay_rate or
            bias_correction.
    Raises:
        ValueError: the name is unknown, or warm-up does not end before
            training.
    Source: You et al. 2019, "Large Batch Optimization for Deep Learning";
        google-research/albert, optimization.py, create_optimizer.

    >>> import albert_tf
    >>> optimizer = albert_tf.create_optimizer(
    ...     "lamb", learning_rate=0.00176, num_train_steps=1000
    ... )
    >>> round(float(optimizer.learning_rate), 5)
    0.00176
    """
    if name not in OPTIMIZERS:
        raise ValueError(
            f"The optimizer must be one of {', '.join(OPTIMIZERS)}. "
            f"Received: {name!r}."
        )
    schedule = WarmupPolynomialDecay(
        learning_rate,
        num_train_steps,
        num_warmup_steps,
        start_warmup_step,
        poly_power,
    )
    return OPTIMIZERS[name](schedule, **options)
