"""Writes token by token, each the likeliest or drawn by its probability."""

import tensorflow as tf

from albert_tf.seq2seq import bans
from albert_tf.seq2seq import loop
from albert_tf.seq2seq import sampling


def write(model, steps, options, items=None) -> dict[str, tf.Tensor]:
    """Writes one text in each slot.

    Args:
        model: AlbertSeq2Seq.
        steps: its `Steps` for some sources.
        options: DecodingOptions with max_length.
        items: int32 [B], a number for each source in sampling; None for 0 to
            B - 1.
    Returns:
        as AlbertSeq2Seq.generate.
    """
    batch, slots, length = steps.sources, steps.slots, options.max_length
    owners = steps.first_owners()
    if items is None:
        items = tf.range(batch)

    def body(step, texts, scores, lengths, cache):
        ids = texts[:, :, step]
        logits, cache = steps(ids, step, cache, owners)
        allowed = bans.apply(
            logits,
            texts,
            step,
            start_id=model.start_id,
            end_id=model.end_id,
            options=options,
        )
        if options.top_p is None:
            chosen = tf.argmax(allowed, axis=-1, output_type=tf.int32)
        else:
            draws = sampling.uniforms(options.seed, items, slots, step)
            chosen = sampling.draw(
                allowed, draws, options.top_p, options.temperature
            )
        # A text that is as long as it may be ends here.
        chosen = tf.where(step == length - 2, model.end_id, chosen)
        score = tf.gather(logits, chosen, axis=2, batch_dims=2)
        score -= tf.reduce_logsumexp(logits, axis=-1)
        goes_on = lengths == 0
        chosen = tf.where(goes_on, chosen, 0)
        scores += tf.where(goes_on, score, 0.0)
        texts = loop.put(texts, chosen, step + 1)
        ends = goes_on & (chosen == model.end_id)
        lengths = tf.where(ends, step + 2, lengths)
        return texts, scores, lengths, cache

    texts, scores, lengths, _ = loop.run(
        body,
        lambda texts, scores, lengths, cache: tf.reduce_any(lengths == 0),
        (
            loop.started(batch, slots, length, model.start_id),
            tf.zeros([batch, slots]),
            tf.zeros([batch, slots], tf.int32),
            steps.empty_cache(),
        ),
        length - 1,
    )
    scores /= options.penalty(tf.cast(lengths, tf.float32))
    return loop.sorted_by_score(texts, scores, lengths)
