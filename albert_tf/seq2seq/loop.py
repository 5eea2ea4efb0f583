"""The loop over the tokens of texts, and what is done to them in it."""

from collections.abc import Callable

import tensorflow as tf


def run(body: Callable, goes_on: Callable, state: tuple, count: int) -> tuple:
    """Runs body(step, *state) while goes_on(*state), at most `count` times."""

    def step_once(step, *state):
        after = body(step, *state)
        # Shapes must be as they were, also where they are known in part.
        after = tf.nest.map_structure(
            lambda new, old: tf.ensure_shape(new, old.shape), after, state
        )
        return step + 1, *after

    _, *state = tf.while_loop(
        lambda step, *state: (step < count) & goes_on(*state),
        step_once,
        (tf.constant(0), *state),
        maximum_iterations=count,
        parallel_iterations=1,
    )
    return tuple(state)


def started(batch, slots: int, length: int, start_id: int):
    """Texts of nothing but a start token: int32 [B, Q, T]."""
    first = tf.fill([batch, slots, 1], start_id)
    return tf.concat([first, tf.zeros([batch, slots, length - 1], tf.int32)], 2)


def put(texts, ids, position):
    """Texts, int32 [B, Q, T], with ids, [B, Q], at a position."""
    here = tf.range(texts.shape[2]) == position
    return tf.where(here, ids[:, :, None], texts)


def sorted_by_score(texts, scores, lengths) -> dict[str, tf.Tensor]:
    """The result of AlbertSeq2Seq.generate, with the best text first."""
    scores, order = tf.math.top_k(scores, scores.shape[1])
    return {
        "sequences": tf.gather(texts, order, batch_dims=1),
        "scores": scores,
        "lengths": tf.gather(lengths, order, batch_dims=1),
    }
