"""The outputs of a fine-tuned model for each item, from all devices."""

from collections.abc import Callable
from collections.abc import Iterable

import keras
import numpy as np
import tensorflow as tf

from albert_tf import kinds
from albert_tf.kinds import outputs as outputs_lib
from albert_tf.training import distribution
from albert_tf.training import steps
from albert_tf.training import stopping


def make_predict(
    strategy: tf.distribute.Strategy, model: keras.Model
) -> Callable[[Iterable], dict[str, np.ndarray]]:
    """Makes a function of distributed batches: the model's outputs by item.

    Each item's outputs are float32 arrays without the batch: logits [C], of a
    tagger [S, C]; of a span model start_logits and end_logits [S], or those of
    `kinds.span.likeliest`. S is the longest of all batches; shorter ones are
    filled up with zeros, logits of positions with -1e30. The result is
    [I, ...] for the items 0 to I - 1 that the batches held.

    Raises stopping.Interrupted where one of several machines was asked to stop.
    """
    stop = None
    if distribution.has_several_machines(strategy):
        stop = stopping.asked()
    run = _program(strategy, model, stop)

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


def _program(strategy, model, stop):
    # Of all lengths there are two programs: of the first one, and of any.
    @tf.function(
        reduce_retracing=not distribution.is_tpu(strategy), autograph=False
    )
    def run(batch):
        def step(batch):
            outputs = kinds.outputs_of(model, model(batch))
            # To tell apart what is packed into one row.
            packed = {
                name: batch[name]
                for name in ("first_positions", "pack_ids")
                if name in batch
            }
            return {"item": batch["item"], **packed, **outputs}

        # From all hosts, since each of them scores.
        outputs = {
            name: strategy.gather(value, axis=0)
            for name, value in strategy.run(step, args=(batch,)).items()
        }
        if stop is None:
            return outputs, tf.constant(False)
        return outputs, steps.asked_anywhere(strategy, stop) > 0

    return run
