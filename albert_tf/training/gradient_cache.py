"""Gradients of a loss that compares all examples of a batch, in parts.

The examples' embeddings are computed part by part, keeping no activations. The
loss of the whole batch, over all replicas, gives the gradient of each
embedding. Each part is then computed again, and passes these gradients on to
the weights. The result is the gradient of the whole batch, in the memory of one
part, for one more forward pass.

Source: Gao et al. 2021, "Scaling Deep Contrastive Learning Batch Size under
Memory Limited Setup" (GradCache).
"""

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

import keras
import tensorflow as tf

from albert_tf import objectives
from albert_tf.training import batch_parts


def gradients(
    model: keras.Model,
    objective: objectives.Objective,
    batch: batch_parts.Batch,
    total: tf.Tensor,
    weights: list[keras.Variable],
    *,
    parts: int,
    seed_of: Callable[[Any], tf.Tensor],
    passes: Callable[[], AbstractContextManager],
) -> tuple[tf.Tensor, list[dict], list[tf.Tensor]]:
    """The loss, the sums and the gradients of a replica's batch.

    Args:
        model: the model.
        objective: has `embed` and `sums_of`.
        batch: the batch.
        total: denominators of the loss, float32 [P].
        weights: what to differentiate by.
        parts: number of parts that the rows are divided into.
        seed_of: maps the number of a part to its dropout seed.
        passes: the context in which the model runs with gradients.
    """
    assert objective.embed is not None and objective.sums_of is not None
    embed = objective.embed
    embeddings = _embeddings(
        lambda part, number: embed(model, part, seed_of(number)), batch, parts
    )
    with tf.GradientTape() as tape:
        tape.watch(embeddings)
        sums = objective.sums_of(embeddings, batch)
        loss = objective.loss(sums, total)
    slopes = tape.gradient(loss, embeddings)
    shape = tf.shape(embeddings)
    slopes = tf.reshape(
        slopes, tf.concat([[parts, shape[0] // parts], shape[1:]], axis=0)
    )

    def gradients_of(part: batch_parts.Batch, number: Any) -> list[tf.Tensor]:
        with passes(), tf.GradientTape() as tape:
            product = tf.reduce_sum(
                embed(model, part, seed_of(number)) * slopes[number]
            )
        return [
            tf.convert_to_tensor(gradient)
            for gradient in tape.gradient(product, weights)
        ]

    return loss, sums, batch_parts.add_up(gradients_of, batch, parts)


def _embeddings(
    function: Callable[[batch_parts.Batch, Any], tf.Tensor],
    batch: batch_parts.Batch,
    parts: int,
) -> tf.Tensor:
    """function(part, number) of all parts, one after another."""
    part_of = batch_parts.splitter(batch, parts)
    first = function(part_of(0), 0)
    found = tf.TensorArray(
        first.dtype, size=parts, element_shape=first.shape
    ).write(0, first)
    _, found = tf.while_loop(
        lambda number, found: number < parts,
        lambda number, found: (
            number + 1,
            found.write(number, function(part_of(number), number)),
        ),
        [tf.constant(1), found],
        parallel_iterations=1,
        maximum_iterations=parts - 1,
    )
    return found.concat()
