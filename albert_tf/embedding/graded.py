"""Graded pairs: cosines that follow scores.

Source: CoSENT: Su 2022, "CoSENT: A more efficient sentence vector scheme than
Sentence-BERT"; the squared error: Reimers and Gurevych 2019, "Sentence-BERT".
"""

import tensorflow as tf

from albert_tf.embedding import gather

_EXCLUDED = -1e9


def cosine(
    cosines: tf.Tensor, scores: tf.Tensor, is_item: tf.Tensor
) -> tuple[tf.Tensor, tf.Tensor]:
    """Squared differences between cosines and scores from 0 to 1, [N], and
    whether they are within 0.1."""
    del is_item
    error = cosines - scores
    return tf.square(error), tf.abs(error) < 0.1


def cosent(
    cosines: tf.Tensor,
    scores: tf.Tensor,
    is_item: tf.Tensor,
    temperature: float,
) -> tuple[tf.Tensor, tf.Tensor]:
    """log(1 + sum of exp((cos_i - cos_j) / temperature) over all pairs of
    examples with score_i < score_j), over all replicas.

    Args:
        cosines, scores: float32 [N], of this replica.
        is_item: bool [N], false in unused slots.
        temperature: what differences are divided by.
    Returns:
        The loss of the whole step, [N] times the same, and for each example
        the share of others that its cosine is on the right side of, above one
        half.
    """
    everyone, grades, items = gather.all_replicas(
        cosines, scores, tf.cast(is_item, tf.int32)
    )
    used = items > 0
    lower = (grades[:, None] < grades[None]) & used[:, None] & used[None]
    differences = (everyone[:, None] - everyone[None]) / temperature
    differences = tf.where(lower, differences, _EXCLUDED)
    flat = tf.concat([[0.0], tf.reshape(differences, [-1])], axis=0)
    loss = tf.reduce_logsumexp(flat)
    above = (scores[:, None] > grades[None]) & used[None]
    below = (scores[:, None] < grades[None]) & used[None]
    right = (above & (cosines[:, None] > everyone[None])) | (
        below & (cosines[:, None] < everyone[None])
    )
    right = tf.reduce_sum(tf.cast(right, tf.float32), axis=1)
    all_others = tf.reduce_sum(tf.cast(above | below, tf.float32), axis=1)
    return tf.fill(tf.shape(cosines), loss), right > all_others / 2
