"""Graded pairs: cosines that follow scores.

Source: CoSENT: Su 2022, "CoSENT: A more efficient sentence vector scheme than
Sentence-BERT"; the squared error: Reimers and Gurevych 2019, "Sentence-BERT".
"""

import tensorflow as tf

from albert_tf.embedding import gather

_EXCLUDED = -1e9
_CLOSE = 0.1


def cosine(examples: gather.Examples) -> tuple[tf.Tensor, tf.Tensor]:
    """Squared differences between the cosines and the scores of this replica's
    examples, float32 [N], and whether they are within 0.1."""
    error = tf.gather(_cosines(examples) - examples.scores, examples.places)
    return tf.square(error), tf.abs(error) < _CLOSE


def cosent(
    examples: gather.Examples, temperature: float
) -> tuple[tf.Tensor, tf.Tensor]:
    """log(1 + sum of exp((cos_i - cos_j) / temperature) over all pairs of
    examples of the step with score_i < score_j).

    Args:
        examples: those of the step; embeddings have length 1.
        temperature: what differences are divided by.
    Returns:
        The loss of the step, in nats, for each of this replica's examples, and
        whether an example's cosine is on the right side of most others.
    """
    cosines, scores, used = (
        _cosines(examples),
        examples.scores,
        examples.is_item,
    )
    lower = (scores[:, None] < scores[None]) & used[:, None] & used[None]
    differences = (cosines[:, None] - cosines[None]) / temperature
    differences = tf.where(lower, differences, _EXCLUDED)
    flat = tf.concat([[0.0], tf.reshape(differences, [-1])], axis=0)
    loss = tf.reduce_logsumexp(flat)
    right = lower & (cosines[:, None] < cosines[None])
    right, comparable = (
        tf.reduce_sum(tf.cast(found | tf.transpose(found), tf.float32), axis=1)
        for found in (right, lower)
    )
    places = examples.places
    correct = tf.gather(right > comparable / 2, places)
    return tf.fill(tf.shape(places), loss), correct


def _cosines(examples: gather.Examples) -> tf.Tensor:
    """[G], of the first two texts of each example."""
    first, second = examples.embeddings[:, 0], examples.embeddings[:, 1]
    return tf.reduce_sum(first * second, axis=-1)
