"""Which pieces of a text a model attended to for each piece that it wrote."""

from typing import Any

import keras
import tensorflow as tf

from albert_tf.exporting import ids_function


def align(
    model: keras.Model, task: Any, **strings: tf.Tensor
) -> dict[str, tf.Tensor]:
    """The signature explain of models that write.

    The attention is the mean over all layers and heads of the decoder.

    Args:
        model: AlbertSeq2Seq.
        task: data_pipeline.answers.writing.Writing.
        **strings: the task's strings, by name.
    Returns:
        what the task's `aligned` does, and truncated.
    """
    rows, context = task.rows(**strings)
    outputs = ids_function.outputs(model, rows)
    best, lengths = outputs["sequences"][:, 0], outputs["lengths"][:, 0]
    weights = model.cross_attention(
        {
            **rows,
            "target_ids": best,
            "target_mask": tf.sequence_mask(
                lengths, best.shape[1], dtype=tf.int32
            ),
        }
    )  # [B, L, N, T - 1, S]
    attention = tf.reduce_mean(weights, axis=[1, 2])
    aligned = task.aligned(outputs, attention, rows, context, **strings)
    return {**aligned, "truncated": context["truncated"]}
