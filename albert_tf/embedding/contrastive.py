"""In-batch negatives: a text should be nearest to its own positive.

Each example is an anchor, a positive and any number of hard negatives. The
candidates of an anchor are the positives and hard negatives of all examples of
the step, on all replicas, and the loss is the cross-entropy of picking its own
positive among them by cosine divided by a temperature. Candidates that are the
same text as the anchor or its positive, and positives of the same anchor in
another example, are left out.

Source: Henderson et al. 2017, "Efficient Natural Language Response Suggestion
for Smart Reply" (multiple negatives ranking); Chen et al. 2020, "A Simple
Framework for Contrastive Learning of Visual Representations" (temperature);
Gao et al. 2021, "SimCSE".
"""

import tensorflow as tf

from albert_tf.embedding import gather

_EXCLUDED = -1e9


def losses(
    embeddings: tf.Tensor,
    text_ids: tf.Tensor,
    is_item: tf.Tensor,
    temperature: float,
    symmetric: bool,
) -> tuple[tf.Tensor, tf.Tensor]:
    """The loss of each of this replica's examples.

    Args:
        embeddings: float32 [N, C, D] of length 1: anchor, positive, negatives.
        text_ids: int32 [N, C], equal for equal texts.
        is_item: bool [N], false in unused slots.
        temperature: what cosines are divided by.
        symmetric: whether a positive must also pick its anchor.
    Returns:
        The losses in nats, float32 [N], and whether the positive is nearest,
        bool [N].
    """
    everyone, ids, items = gather.all_replicas(
        embeddings, text_ids, tf.cast(is_item, tf.int32)
    )
    places = gather.own_places(tf.shape(embeddings)[0])
    used = items > 0
    loss, correct = _picked(
        embeddings[:, 0],
        text_ids,
        everyone[:, 1:],
        ids,
        used,
        places,
        temperature,
    )
    if symmetric:
        back = tf.gather(ids, [1, 0], axis=1)
        other, _ = _picked(
            embeddings[:, 1],
            tf.gather(text_ids, [1, 0], axis=1),
            everyone[:, :1],
            back,
            used,
            places,
            temperature,
        )
        loss = (loss + other) / 2
    return loss, correct


def _picked(queries, own_ids, candidates, ids, used, places, temperature):
    """Cross-entropy of picking candidate (places[n], 0), [N], and if it is the
    likeliest.

    Args:
        queries: [N, D].
        own_ids: [N, C], of the query and of what it should pick, first.
        candidates: [G, M, D].
        ids: [G, 1 + M], of the queries of all examples and their candidates.
        used: bool [G].
        places: int32 [N].
    """
    count, width, size = tf.unstack(tf.shape(candidates))
    flat = tf.reshape(candidates, [count * width, size])
    logits = tf.matmul(queries, flat, transpose_b=True) / temperature
    target = places * width  # [N]
    is_target = tf.range(count * width)[None] == target[:, None]
    of_candidate = tf.reshape(ids[:, 1:], [1, -1])
    excluded = (
        (of_candidate == own_ids[:, :1])  # the query itself
        | (of_candidate == own_ids[:, 1:2])  # another copy of the positive
        | tf.repeat(~used, width)[None]
    )
    # Positives of the same query in other examples.
    is_first = tf.tile(tf.range(width) == 0, [count])[None]
    of_query = tf.repeat(ids[:, 0], width)[None]
    excluded |= is_first & (of_query == own_ids[:, :1])
    logits = tf.where(excluded & ~is_target, _EXCLUDED, logits)
    loss = tf.nn.sparse_softmax_cross_entropy_with_logits(target, logits)
    best = tf.argmax(logits, axis=-1, output_type=tf.int32)
    return loss, best == target
