"""The best sequence of tags, by Viterbi's algorithm."""

import tensorflow as tf

from data_pipeline.tasks.tags.chains import tag_chain


def best(
    logits: tf.Tensor, lengths: tf.Tensor, chain: tag_chain.TagChain
) -> tf.Tensor:
    """The labels with the highest score, int32 [B, W].

    Args:
        logits: float32 [B, W, C], the scores of each word's labels.
        lengths: int [B], the number of words of each text; what follows them
            in the result is arbitrary.
        chain: the transitions.
    """
    start, inner, end = parts(chain)
    times = by_word(logits)
    live = is_word(lengths, tf.shape(times)[0])  # [W, B, 1]
    first = start + times[0]
    stay = tf.zeros_like(first, tf.int32) + tf.range(tf.shape(first)[-1])

    def forward(
        state: tuple[tf.Tensor, tf.Tensor], now: tuple[tf.Tensor, tf.Tensor]
    ) -> tuple[tf.Tensor, tf.Tensor]:
        score, word = state[0], now[1]
        options = score[:, :, None] + inner  # [B, C, C]
        found = tf.reduce_max(options, axis=1) + now[0]
        origin = tf.argmax(options, axis=1, output_type=tf.int32)
        return tf.where(word, found, score), tf.where(word, origin, stay)

    scores, origins = tf.scan(forward, (times[1:], live[1:]), (first, stay))
    last = tf.argmax(scores[-1] + end, axis=-1, output_type=tf.int32)  # [B]

    def backward(label: tf.Tensor, origin: tf.Tensor) -> tf.Tensor:
        return tf.gather(origin, label, batch_dims=1)

    before = tf.scan(backward, origins, last, reverse=True)
    labels = tf.concat([before, last[None]], axis=0)
    return tf.transpose(labels)[:, : tf.shape(logits)[1]]


def legal(
    logits: tf.Tensor, lengths: tf.Tensor, chain: tag_chain.TagChain
) -> tf.Tensor:
    """The same as `best`, faster, for a chain whose legal transitions all have
    the score 0: the likeliest labels of the words, if they are legal."""
    likeliest = tf.argmax(logits, axis=-1, output_type=tf.int32)
    count = tf.shape(logits)[-1]
    outside = tf.fill([tf.shape(logits)[0], 1], count)
    # What follows the last word counts as outside.
    mask = tf.sequence_mask(lengths, tf.shape(logits)[1])
    path = tf.where(mask, likeliest, count)
    path = tf.concat([outside, path, outside], axis=1)
    steps = tf.stack([path[:, :-1], path[:, 1:]], axis=-1)
    scores = tf.gather_nd(tf.convert_to_tensor(chain.scores), steps)
    return tf.cond(
        tf.reduce_all(scores > tag_chain.IMPOSSIBLE),
        lambda: likeliest,
        lambda: best(logits, lengths, chain),
    )


def parts(
    chain: tag_chain.TagChain,
) -> tuple[tf.Tensor, tf.Tensor, tf.Tensor]:
    """The scores of starts [C], of steps [C, C] and of ends [C]."""
    scores = tf.convert_to_tensor(chain.scores)
    return scores[-1, :-1], scores[:-1, :-1], scores[:-1, -1]


def by_word(logits: tf.Tensor) -> tf.Tensor:
    """Logits [B, W, C] as [W, B, C]; W becomes at least 2, since a loop must
    have a step."""
    more = tf.maximum(2 - tf.shape(logits)[1], 0)
    padded = tf.pad(logits, [[0, 0], [0, more], [0, 0]])
    return tf.transpose(padded, [1, 0, 2])


def is_word(lengths: tf.Tensor, width: tf.Tensor) -> tf.Tensor:
    """Whether there is a word at each place, bool [W, B, 1]."""
    mask = tf.sequence_mask(lengths, width)
    return tf.transpose(mask)[:, :, None]
