"""Pruning: removes the least important attention heads and feed-forward units.

Each head or unit has its own rows in the output kernel of its half of a block.
Imagine a gate that multiplies these rows by g = 1. Closing it (g = 0) changes
the loss, to first order, by the gradient with respect to the gate,

    dLoss/dg = sum over the unit's rows of  W * dLoss/dW.

The importance of a unit is the mean absolute value of this over labeled
batches. Since layers share the kernel, the gradient is a sum over all layers,
and a pruned unit is removed at every depth.

The unit's columns before the activation and its rows after it are removed;
output biases and norms are kept. So the smaller model computes the same
function as the larger one with these gates closed.

Source: Michel et al. 2019, "Are Sixteen Heads Really Better than One?", for
    heads; Molchanov et al. 2019, "Importance Estimation for Neural Network
    Pruning", whose groups of weights are the units here.
"""

import dataclasses
import re
from collections.abc import Iterable
from collections.abc import Mapping
from collections.abc import Sequence
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from albert_tf import config as config_lib
from albert_tf import models
from albert_tf import objectives

Arrays = dict[str, np.ndarray]

_OUTPUT = re.compile(r"(encoder/transformer/.*_(attention|ffn))/output_kernel")
# The axis of the units, by half of a block and by weight.
_AXES = {
    "attention": {
        **{f"{part}_kernel": 1 for part in ("query", "key", "value")},
        **{f"{part}_bias": 0 for part in ("query", "key", "value")},
        "output_kernel": 0,
    },
    "ffn": {"inner_kernel": 1, "inner_bias": 0, "output_kernel": 0},
}


def importance(
    model: keras.Model,
    objective: objectives.Objective,
    batches: Iterable[dict[str, tf.Tensor]],
) -> Arrays:
    """Measures how much the loss depends on each head and unit.

    Args:
        model: any model of this package with a head.
        objective: the objective that the model was trained for.
        batches: labeled batches. Small batches are better, since the gradients
            of a batch's examples are summed before the absolute value is taken.
    Returns:
        names of weight sets, such as encoder/transformer/
        group_0_inner_0_attention and ..._ffn, -> float64 [N] for heads and [I]
        for units.
    Raises:
        ValueError: there are no batches.
    """
    kernels = {
        match[1]: weight
        for name, weight in models.named_weights(model).items()
        if (match := _OUTPUT.fullmatch(name))
    }

    @tf.function
    def gates(batch):
        with tf.GradientTape() as tape:
            loss = objective.loss(
                objective.sums(model, batch, None), objective.weights(batch)
            )
        gradients = tape.gradient(loss, list(kernels.values()))
        return {
            name: _by_unit(model.config, name, kernel.value * gradient)
            for (name, kernel), gradient in zip(
                kernels.items(), gradients, strict=True
            )
        }

    total: dict[str, Any] = dict.fromkeys(kernels, 0.0)
    count = 0
    for batch in batches:
        found = gates(batch)
        count += 1
        for name in total:
            total[name] += np.abs(found[name].numpy()).astype(np.float64)
    if not count:
        raise ValueError(
            "Importance must be measured on at least one labeled batch. "
            "Received: no batches. Pass some data."
        )
    return {name: value / count for name, value in total.items()}


def _by_unit(
    config: config_lib.AlbertConfig, name: str, products: tf.Tensor
) -> tf.Tensor:
    """Sums [N D, H] or [I, H] by head or unit."""
    sums = tf.reduce_sum(products, axis=1)
    if name.endswith("attention"):
        sums = tf.reduce_sum(tf.reshape(sums, [-1, config.head_size]), axis=1)
    return sums


def most_important(
    importance: Mapping[str, np.ndarray], heads: int, width: int
) -> Arrays:
    """Chooses the heads and units to keep.

    Args:
        importance: the result of `importance`.
        heads, width: number of heads and units to keep in each weight set.
    Returns:
        names of weight sets -> sorted indices, int64 [heads] or [width].
    """
    return {
        name: np.sort(
            np.argsort(-values, kind="stable")[
                : heads if name.endswith("attention") else width
            ]
        )
        for name, values in importance.items()
    }


def prune(
    weights: Mapping[str, np.ndarray],
    config: config_lib.AlbertConfig,
    kept: Mapping[str, np.ndarray],
) -> tuple[Arrays, config_lib.AlbertConfig]:
    """Removes heads and units from the weights of a model.

    Args:
        weights: weights of the model, by name.
        config: config of the model.
        kept: the result of `most_important`.
    Returns:
        the smaller model's weights, by name, and its config.
    """
    pruned = dict(weights)
    sizes = {}
    for name, numbers in kept.items():
        half = name.rsplit("_", 1)[1]
        sizes[half] = len(numbers)
        if half == "attention":
            size = config.head_size
            numbers = (numbers[:, None] * size + np.arange(size)).reshape(-1)
        for part, axis in _AXES[half].items():
            part = f"{name}/{part}"
            pruned[part] = np.take(weights[part], numbers, axis)
    return pruned, with_sizes(config, sizes["attention"], sizes["ffn"])


def with_sizes(
    config: config_lib.AlbertConfig, heads: int, width: int
) -> config_lib.AlbertConfig:
    """The config of a model with fewer heads and feed-forward units."""
    whole = heads == config.num_attention_heads
    return dataclasses.replace(
        config,
        num_attention_heads=heads,
        attention_head_size=config.attention_head_size
        if whole
        else config.head_size,
        intermediate_size=width,
    )


def sizes(
    config: config_lib.AlbertConfig,
    keep_heads: Sequence[str] | None,
    keep_width: Sequence[str] | None,
) -> list[tuple[int, int]]:
    """Parses the numbers of heads and units of the pruned models.

    Args:
        config: config of the whole model.
        keep_heads, keep_width: for each model, a number such as "4" or a
            fraction of the whole such as "0.5"; None means all. A single value
            is used for all models.
    Returns:
        (heads, units) for each model.
    Raises:
        ValueError: a value is neither a number nor a fraction, or out of range,
            or the lists have different lengths.
    """
    whole = config.num_attention_heads, config.intermediate_size
    heads, widths = (
        [_size(name, text, count) for text in texts or [str(count)]]
        for name, texts, count in (
            ("keep_heads", keep_heads, whole[0]),
            ("keep_width", keep_width, whole[1]),
        )
    )
    if len(heads) != len(widths) and 1 not in (len(heads), len(widths)):
        raise ValueError(
            "--keep_heads and --keep_width must have the same number of sizes, "
            f"or one of them must have a single size. Received: {len(heads)} "
            f"and {len(widths)} sizes. Add or remove sizes."
        )
    count = max(len(heads), len(widths))
    return [
        (heads[number % len(heads)], widths[number % len(widths)])
        for number in range(count)
    ]


def _size(name: str, text: str, whole: int) -> int:
    found = 0
    if text.isdecimal():
        found = int(text)
    elif re.fullmatch(r"0?\.\d+|1\.0*", text):
        found = round(float(text) * whole)
    if not 1 <= found <= whole:
        raise ValueError(
            f"--{name} must be a number from 1 to {whole}, or a fraction such "
            f"as 0.5 that keeps at least one. Received: {text!r}."
        )
    return found
