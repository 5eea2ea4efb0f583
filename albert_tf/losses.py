"""Losses and metrics as sums, so that parts of a batch can be added up."""

import tensorflow as tf

from albert_tf import batches

# Avoids a division by zero for batches without masked tokens. Source:
# google-research/albert, run_pretraining.py.
DENOMINATOR_EPSILON = 1e-5


def masked_lm_sums(logits, ids, weights) -> dict[str, tf.Tensor]:
    """Sums of the masked-LM loss over the masked slots of a batch.

    Args:
        logits: float32 [B, M, V].
        ids: int32 [B, M], the original ids of the masked tokens.
        weights: float32 [B, M], 1 at used slots and 0 at unused ones.
    Returns:
        float32 scalars: loss, in nats; correct, the number of correct
        predictions; and weight, the number of used slots.
    """
    nll = tf.nn.sparse_softmax_cross_entropy_with_logits(ids, logits)  # [B, M]
    hits = tf.argmax(logits, -1, output_type=ids.dtype) == ids
    return {
        "loss": tf.reduce_sum(nll * weights),
        "correct": tf.reduce_sum(tf.cast(hits, tf.float32) * weights),
        "weight": tf.reduce_sum(weights),
    }


def label_sums(
    logits, labels, weights=None, smoothing: float = 0.0
) -> dict[str, tf.Tensor]:
    """Sums of the cross-entropy over the labeled examples of a batch.

    This is also the loss of sentence order, where label 1 means that the
    segments are swapped.

    Args:
        logits: float32 [B, C]; in packed rows [B, K, C].
        labels: int32 [B] or [B, K]; below 0 where there is no example.
        weights: float32 with the shape of labels, the factor of each example's
            loss; None: all are 1.
        smoothing: as in `cross_entropy`.
    Returns:
        float32 scalars: loss, in nats; correct, the number of correct
        predictions; and weight, the number of examples.
    """
    is_labelled = tf.cast(labels >= 0, tf.float32)
    loss = cross_entropy(logits, tf.maximum(labels, 0), smoothing)
    if weights is not None:
        loss *= weights
    hits = tf.argmax(logits, -1, output_type=labels.dtype) == labels
    return {
        "loss": tf.reduce_sum(loss * is_labelled),
        "correct": tf.reduce_sum(tf.cast(hits, tf.float32)),
        "weight": tf.reduce_sum(is_labelled),
    }


def cross_entropy(logits, labels, smoothing: float = 0.0):
    """The cross-entropy of each example.

    Args:
        logits: float32 [..., C].
        labels: int32 [...].
        smoothing: the share of a label that all classes get in equal parts, its
            own class included.
    Returns:
        float32 [...], in nats.
    Source: for smoothing, Szegedy et al. 2016, "Rethinking the Inception
        Architecture for Computer Vision", section 7.
    """
    loss = tf.nn.sparse_softmax_cross_entropy_with_logits(labels, logits)
    if not smoothing:
        return loss
    of_all = tf.reduce_logsumexp(logits, -1) - tf.reduce_mean(logits, -1)
    return (1 - smoothing) * loss + smoothing * of_all


def weighted(loss, batch: batches.TaskBatch):
    """The loss of each example, times its weight if the batch has weights.

    Args:
        loss: float32 with the shape of the weights.
        batch: may have `weight`, any number in unused slots.
    """
    return loss * batch["weight"] if "weight" in batch else loss


def item_sums(loss, correct, batch: batches.TaskBatch) -> dict[str, tf.Tensor]:
    """Sums of a loss over the rows of a batch that hold an example.

    Args:
        loss: float32 [B]; in packed rows [B, K].
        correct: bool, with the same shape.
        batch: must have `item`, int32 with the same shape, below 0 where there
            is no example.
    Returns:
        float32 scalars: loss; correct, the number of correct predictions; and
        weight, the number of examples.
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
    """Cross-entropy between the distributions of a teacher and a student.

    Args:
        student, teacher: float32 logits [..., C].
        temperature: T, which softens both distributions. The loss is
            multiplied by T^2, so that its gradient does not shrink with T.
    Returns:
        float32 [...], in nats.
    Source: Hinton et al. 2015, "Distilling the Knowledge in a Neural Network".
    """
    return temperature**2 * tf.nn.softmax_cross_entropy_with_logits(
        tf.nn.softmax(teacher / temperature), student / temperature
    )


def soft_sigmoid_cross_entropy(student, teacher, temperature: float):
    """Like `soft_cross_entropy`, for independent binary logits [...]."""
    return temperature**2 * tf.nn.sigmoid_cross_entropy_with_logits(
        tf.nn.sigmoid(teacher / temperature), student / temperature
    )


def same_class(logits, others):
    """Whether two models predict the same class: bool [...] from [..., C]."""
    return tf.argmax(logits, -1) == tf.argmax(others, -1)
