"""Beam search: keeps the likeliest texts at each step."""

import tensorflow as tf

from albert_tf.seq2seq import bans
from albert_tf.seq2seq import loop

# Numbers of scores of which only the maximum is looked at first.
_GROUPS = range(128, 15, -1)


def search(model, steps, options) -> dict[str, tf.Tensor]:
    """Finds likely texts for each source.

    At each step, the 2 Q likeliest continuations of the Q texts are found.
    Those that end among the first Q are kept as whole texts, the Q best ones in
    all; the first Q that do not end go on. A source is done when it has Q whole
    texts and none that goes on would, if it ended now, be better than the
    worst.

    Args:
        model: AlbertSeq2Seq.
        steps: its `Steps` for some sources.
        options: DecodingOptions with max_length.
    Returns:
        as AlbertSeq2Seq.generate.
    Source: Wu et al. 2016, "Google's Neural Machine Translation System", 7; the
        rule for the end is that of transformers with early_stopping=False.
    """
    batch, width, length = steps.sources, steps.slots, options.max_length

    def body(step, texts, live, owners, whole, done, cache):
        # The keys of this step's tokens are in their own slots.
        own = tf.broadcast_to(tf.range(width), tf.shape(live))
        owners = loop.put(owners, own, step)
        logits, cache = steps(texts[:, :, step], step, cache, owners)
        best, parents, ids = _continuations(
            model, logits, texts, live, step, options
        )
        ends = ids == model.end_id
        grown = loop.put(tf.gather(texts, parents, batch_dims=1), ids, step + 1)

        ranked = ends & (tf.range(2 * width) < width)
        penalty = options.penalty(tf.cast(step + 2, tf.float32))
        new = (
            grown,
            tf.where(ranked, best / penalty, 2 * bans.NEVER),
            tf.fill(tf.shape(ids), step + 2),
        )
        merged = _best(width, *_joined(whole, new))
        whole = tuple(
            tf.where(tf.reshape(done, [-1] + [1] * (len(a.shape) - 1)), a, b)
            for a, b in zip(whole, merged, strict=True)
        )

        live, kept = tf.math.top_k(tf.where(ends, 2 * bans.NEVER, best), width)
        texts = tf.gather(grown, kept, batch_dims=1)
        parents = tf.gather(parents, kept, batch_dims=1)
        owners = tf.gather(owners, parents, batch_dims=1)
        worst = whole[1][:, -1]
        done |= (worst > bans.NEVER / 2) & (worst >= live[:, 0] / penalty)
        return texts, live, owners, whole, done, cache

    # At first all slots have the same text, so only one of them counts.
    live = tf.where(tf.range(width) == 0, 0.0, bans.NEVER)
    state = (
        loop.started(batch, width, length, model.start_id),
        tf.tile(live[None], [batch, 1]),
        steps.first_owners(),
        (
            tf.zeros([batch, width, length], tf.int32),
            tf.fill([batch, width], 2 * bans.NEVER),
            tf.zeros([batch, width], tf.int32),
        ),
        tf.fill([batch], False),
        steps.empty_cache(),
    )
    *_, whole, _, _ = loop.run(
        body,
        lambda texts, live, owners, whole, done, cache: ~tf.reduce_all(done),
        state,
        length - 1,
    )
    texts, scores, lengths = _best(options.n_best, *whole)
    there = scores > bans.NEVER / 2
    return {
        "sequences": tf.where(there[..., None], texts, 0),
        "scores": tf.where(there, scores, -float("inf")),
        "lengths": tf.where(there, lengths, 0),
    }


def _continuations(model, logits, texts, live, step, options):
    """The 2 Q likeliest next tokens of all texts of a source, sorted.

    Returns:
        log-probabilities of the texts, float32 [B, 2 Q]; the slots of the texts
        that go on, and the tokens, both int32 [B, 2 Q].
    """
    width, size = texts.shape[1], model.vocab_size
    before = live - tf.reduce_logsumexp(logits, axis=-1)
    scores = bans.apply(
        logits + before[..., None],
        texts,
        step,
        start_id=model.start_id,
        end_id=model.end_id,
        options=options,
    )
    flat = tf.reshape(scores, [tf.shape(texts)[0], width * size])
    best, places = likeliest(flat, width * size, 2 * width)
    parents, ids = places // size, places % size
    # A text that is as long as it may be ends here.
    ending = before + logits[..., model.end_id]
    ending, order = tf.math.top_k(ending, width)
    nothing = tf.fill(tf.shape(ending), 2 * bans.NEVER)
    is_last = step == texts.shape[2] - 2
    best = tf.where(is_last, tf.concat([ending, nothing], 1), best)
    parents = tf.where(is_last, tf.concat([order, order], 1), parents)
    return best, parents, tf.where(is_last, model.end_id, ids)


def likeliest(scores, size: int, count: int):
    """tf.math.top_k(scores, count), in a quarter of the time on CPUs.

    The largest scores are in the groups with the largest maxima, so that only
    these are sorted.

    Args:
        scores: float32 [B, size].
        size: number of scores.
        count: number of scores to find.
    Returns:
        float32 and int32 [B, count].
    """
    widths = [n for n in _GROUPS if size % n == 0 and size // n >= 4 * count]
    if not widths:
        return tf.math.top_k(scores, count)
    width = widths[0]
    grouped = tf.reshape(scores, [-1, size // width, width])
    _, groups = tf.math.top_k(tf.reduce_max(grouped, axis=-1), count)
    few = tf.gather(grouped, groups, batch_dims=1)
    best, places = tf.math.top_k(tf.reshape(few, [-1, count * width]), count)
    groups = tf.gather(groups, places // width, batch_dims=1)
    return best, groups * width + places % width


def _joined(these, those):
    return [tf.concat(pair, 1) for pair in zip(these, those, strict=True)]


def _best(count: int, texts, scores, lengths):
    scores, order = tf.math.top_k(scores, count)
    return (
        tf.gather(texts, order, batch_dims=1),
        scores,
        tf.gather(lengths, order, batch_dims=1),
    )
