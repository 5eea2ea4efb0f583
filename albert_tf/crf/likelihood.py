"""The log-likelihood of tags under a linear-chain CRF.

Keras and tensorflow-models have no CRF, and tensorflow-addons, which had one,
is no longer maintained. Its forward algorithm takes a tag for each position,
while tags here are those of words, with other tokens between them, and several
examples share a row.

Source: Lafferty et al. 2001, "Conditional Random Fields".
"""

import tensorflow as tf


def losses(
    logits: tf.Tensor,
    labels: tf.Tensor,
    transitions: tf.Tensor,
    pack_ids: tf.Tensor | None = None,
) -> tf.Tensor:
    """The negative log-likelihoods of rows of tags.

    The chain of a row links the tokens that have labels, in their order, and
    passes over the others. Examples that share a row have chains of their own.

    Args:
        logits: float32 [B, S, C].
        labels: int32 [B, S], at a token that has a tag; below 0 elsewhere.
        transitions: float32 [C + 1, C + 1], scores from the tag of a row to
            that of a column. The last row and column stand for what lies before
            and after an example.
        pack_ids: int32 [B, S], the number of the example that a token belongs
            to; None if each row is an example.
    Returns:
        float32 [B], in nats, summed over the examples of a row; 0 for a row
        without labels.
    """
    is_word = labels >= 0
    if pack_ids is None:
        pack_ids = tf.zeros_like(labels)
    # The words come first, in their order.
    order = tf.argsort(tf.cast(~is_word, tf.int32), stable=True)
    logits, labels, pack_ids, is_word = (
        tf.gather(values, order, batch_dims=1)
        for values in (logits, tf.maximum(labels, 0), pack_ids, is_word)
    )
    is_new = pack_ids[:, 1:] != pack_ids[:, :-1]  # [B, S - 1]
    steps = _steps(transitions)
    start, end = transitions[-1, :-1], transitions[:-1, -1]
    loss = _log_partition(logits, is_word, is_new, start, steps, end)
    loss -= _score(logits, labels, is_word, is_new, start, steps, end)
    return tf.where(is_word[:, 0], loss, 0.0)


def _steps(transitions: tf.Tensor) -> tf.Tensor:
    """Scores [2, C, C] of the steps within an example, and from the end of one
    to the start of the next."""
    start, end = transitions[-1, :-1], transitions[:-1, -1]
    return tf.stack([transitions[:-1, :-1], end[:, None] + start])


def _score(
    logits: tf.Tensor,
    labels: tf.Tensor,
    is_word: tf.Tensor,
    is_new: tf.Tensor,
    start: tf.Tensor,
    steps: tf.Tensor,
    end: tf.Tensor,
) -> tf.Tensor:
    """The scores of the labels of each row, [B]."""
    own = tf.gather(logits, labels, batch_dims=2)  # [B, S]
    step = tf.stack(
        [tf.cast(is_new, labels.dtype), labels[:, :-1], labels[:, 1:]], axis=-1
    )
    first = tf.gather(start, labels[:, :1])
    before = tf.concat([first, tf.gather_nd(steps, step)], axis=1)
    count = tf.reduce_sum(tf.cast(is_word, tf.int32), axis=1)
    last = tf.gather(labels, tf.maximum(count - 1, 0), batch_dims=1)
    words = tf.where(is_word, own + before, 0.0)
    return tf.reduce_sum(words, axis=1) + tf.gather(end, last)


def _log_partition(
    logits: tf.Tensor,
    is_word: tf.Tensor,
    is_new: tf.Tensor,
    start: tf.Tensor,
    steps: tf.Tensor,
    end: tf.Tensor,
) -> tf.Tensor:
    """The log-sums over all labels of each row, [B]."""
    times = tf.transpose(logits, [1, 0, 2])  # [S, B, C]
    live = tf.transpose(is_word)[..., None]  # [S, B, 1]
    new = tf.transpose(is_new)[..., None, None]  # [S - 1, B, 1, 1]

    def step(
        scores: tf.Tensor, now: tuple[tf.Tensor, tf.Tensor, tf.Tensor]
    ) -> tf.Tensor:
        own, live, new = now
        options = scores[:, :, None] + tf.where(new, steps[1], steps[0])
        found = tf.reduce_logsumexp(options, axis=1) + own
        return tf.where(live, found, scores)

    scores = tf.foldl(step, (times[1:], live[1:], new), start + times[0])
    return tf.reduce_logsumexp(scores + end, axis=-1)
