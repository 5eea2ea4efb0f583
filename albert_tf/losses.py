"""Losses and metrics as sums, which add up right however a batch is split."""

import tensorflow as tf

from albert_tf import batches

# Keeps a batch without any masked token from dividing by zero; the value is
# from google-research/albert, run_pretraining.py.
DENOMINATOR_EPSILON = 1e-5


def masked_lm_sums(logits, ids, weights) -> dict[str, tf.Tensor]:
    """Sums over the masked slots of a batch.

    Args:
        logits: float32 [B, M, V].
        ids: int32 [B, M], the original tokens.
        weights: float32 [B, M], 1 at used slots and 0 at unused ones.
    Returns:
        float32 scalars: loss (nats), correct, and weight (used slots).
    """
    nll = tf.nn.sparse_softmax_cross_entropy_with_logits(ids, logits)  # [B, M]
    hits = tf.argmax(logits, -1, output_type=ids.dtype) == ids
    return {
        "loss": tf.reduce_sum(nll * weights),
        "correct": tf.reduce_sum(tf.cast(hits, tf.float32) * weights),
        "weight": tf.reduce_sum(weights),
    }


def label_sums(logits, labels) -> dict[str, tf.Tensor]:
    """Sums over the labelled examples of a batch; also for sentence order.

    Args:
        logits: float32 [B, C], in packed rows [B, K, C].
        labels: int32 [B] or [B, K]; below 0 where there is no example, which
            then has no weight. Sentence order: 1 where the segments were
            exchanged.
    Returns:
        float32 scalars: loss (nats), correct, and weight (examples).
    """
    weights = tf.cast(labels >= 0, tf.float32)
    nll = tf.nn.sparse_softmax_cross_entropy_with_logits(
        tf.maximum(labels, 0), logits
    )
    hits = tf.argmax(logits, -1, output_type=labels.dtype) == labels
    return {
        "loss": tf.reduce_sum(nll * weights),
        "correct": tf.reduce_sum(tf.cast(hits, tf.float32)),
        "weight": tf.reduce_sum(weights),
    }


def item_sums(loss, correct, batch: batches.TaskBatch) -> dict[str, tf.Tensor]:
    """Sums over the rows of a batch that hold an example.

    Args:
        loss: float32 [B], of packed rows [B, K].
        correct: bool, of the same shape.
        batch: with `item`, int32 of the same shape, below 0 where a row is
            filled up with nothing.
    Returns:
        float32 scalars: loss, correct, and weight (examples).
    """
    is_item = batch["item"] >= 0
    zeros = tf.zeros_like(loss)
    return {
        "loss": tf.reduce_sum(tf.where(is_item, loss, zeros)),
        "correct": tf.reduce_sum(
            tf.where(is_item, tf.cast(correct, tf.float32), zeros)
        ),
        "weight": tf.reduce_sum(tf.cast(is_item, tf.float32)),
    }


def soft_cross_entropy(student, teacher, temperature: float):
    """Cross-entropy of a student with the distribution of its teacher.

    Args:
        student, teacher: float32 logits [..., C].
        temperature: T, which softens both; the loss is multiplied by T^2, so
            that its gradient does not shrink with T.
    Returns:
        float32 [...], in nats.
    Source: Hinton et al. 2015, "Distilling the Knowledge in a Neural Network".
    """
    return temperature**2 * tf.nn.softmax_cross_entropy_with_logits(
        tf.nn.softmax(teacher / temperature), student / temperature
    )


def soft_sigmoid_cross_entropy(student, teacher, temperature: float):
    """As `soft_cross_entropy`, for separate yes-or-no logits [...]."""
    return temperature**2 * tf.nn.sigmoid_cross_entropy_with_logits(
        tf.nn.sigmoid(teacher / temperature), student / temperature
    )


def same_class(logits, others):
    """Whether two models find the same class likeliest; [...] of [..., C]."""
    return tf.argmax(logits, -1) == tf.argmax(others, -1)
