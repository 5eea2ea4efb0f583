"""Objectives for models with a classifier at every layer."""

import functools

import tensorflow as tf

from albert_tf import losses
from albert_tf import objectives


def _classification_sums(model, batch, dropout_seed, smoothing=0.0):
    """Weighted mean of the losses of all layers, for `label`, int32 [B].

    Layer l has weight l. An example is correct if the last layer is.

    Source: Zhou et al. 2020, "BERT Loses Patience".
    """
    logits = _layer_logits(model, batch, dropout_seed)  # [B, L, C]
    label = tf.maximum(batch["label"], 0)
    loss = losses.cross_entropy(
        logits,
        tf.broadcast_to(label[..., None], tf.shape(logits)[:-1]),
        smoothing,
    )
    last = tf.argmax(logits[..., -1, :], -1, output_type=tf.int32)
    return _item_sums(_over_depth(loss), last == label, batch)


def _regression_sums(model, batch, dropout_seed):
    """The same with the squared error, for `label`, float32 [B]."""
    logits = _layer_logits(model, batch, dropout_seed)[..., 0]  # [B, L]
    error = logits - batch["label"][..., None]
    return _item_sums(
        _over_depth(error**2), tf.abs(error[..., -1]) < 0.5, batch
    )


def _layer_logits(model, batch, dropout_seed):
    return model(
        batch, training=dropout_seed is not None, dropout_seed=dropout_seed
    )["layer_logits"]


def _over_depth(loss):
    """Weighted mean over layers, [B, L] to [B]."""
    numbers = tf.range(1, loss.shape[-1] + 1, dtype=tf.float32)
    return tf.tensordot(loss, numbers / tf.reduce_sum(numbers), 1)


def _item_sums(loss, correct, batch):
    return [losses.item_sums(losses.weighted(loss, batch), correct, batch)]


def classification(smoothing: float = 0.0) -> objectives.Objective:
    """The objective of classification; smoothing as in
    `losses.cross_entropy`."""
    return objectives.of_items(
        functools.partial(_classification_sums, smoothing=smoothing)
    )


CLASSIFICATION = classification()
REGRESSION = objectives.of_items(_regression_sums)
