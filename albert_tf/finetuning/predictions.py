"""Collects the outputs of a fine-tuned model from all devices, by item."""

from collections.abc import Callable
from collections.abc import Iterable
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from albert_tf import kinds
from albert_tf.kinds import outputs as outputs_lib
from albert_tf.training import distribution
from albert_tf.training import steps
from albert_tf.training import stopping


def make_predict(
    strategy: tf.distribute.Strategy,
    model: keras.Model,
    options: Any = None,
) -> Callable[[Iterable], dict[str, np.ndarray]]:
    """Makes a function from distributed batches to the model's outputs.

    Outputs are float32 arrays [I, ...] by name, for the items 0 to I - 1 in the
    batches: logits [I, C], for a tagger [I, S, C]; for a span model
    start_logits and end_logits [I, S], or the outputs of
    `kinds.span.likeliest`. S is the longest row length of all batches; shorter
    rows are padded with zeros, and the logits of positions with -1e30. Models
    that write have the outputs of `kinds.generation.written`.

    Args:
        strategy: the devices of the model.
        model: the model.
        options: as in `Kind.run`.

    The function raises stopping.Interrupted if one of several machines was
    asked to stop.
    """
    stop = None
    if distribution.has_several_machines(strategy):
        stop = stopping.asked()
    run = _program(strategy, model, options, stop)

    def predict(batches):
        parts = []
        for batch in batches:
            outputs, is_asked = run(batch)
            if is_asked:
                raise stopping.Interrupted
            parts += outputs_lib.items(
                {k: v.numpy() for k, v in outputs.items()}
            )
        return outputs_lib.stacked(parts)

    return predict


def _program(strategy, model, options, stop):
    # There are two programs: for the first row length, and for any length.
    @tf.function(
        reduce_retracing=not distribution.is_tpu(strategy), autograph=False
    )
    def run(batch):
        def step(batch):
            outputs = kinds.predicted(model, batch, options)
            # These separate the examples that are packed into one row.
            packed = {
                name: batch[name]
                for name in ("first_positions", "pack_ids")
                if name in batch
            }
            return {"item": batch["item"], **packed, **outputs}

        # Outputs of all hosts, since each host computes the scores.
        outputs = {
            name: strategy.gather(value, axis=0)
            for name, value in strategy.run(step, args=(batch,)).items()
        }
        if stop is None:
            return outputs, tf.constant(False)
        return outputs, steps.asked_anywhere(strategy, stop) > 0

    return run
