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
    examples: gather.Examples, temperature: float, symmetric: bool
) -> tuple[tf.Tensor, tf.Tensor]:
    """The loss of each of this replica's examples.

    Args:
        examples: those of the step; embeddings have length 1.
        temperature: what cosines are divided by.
        symmetric: whether a positive must also pick its anchor.
    Returns:
        The losses in nats, float32 [N], and whether the positive is nearest,
        bool [N].
    """
    embeddings, ids = examples.embeddings, examples.text_ids
    loss, correct = _picked(
        examples, embeddings[:, 0], embeddings[:, 1:], ids, temperature
    )
    if symmetric:
        back = tf.gather(ids, [1, 0], axis=1)
        other, _ = _picked(
            examples, embeddings[:, 1], embeddings[:, :1], back, temperature
        )
        loss = (loss + other) / 2
    return loss, correct


def _picked(
    examples: gather.Examples,
    queries: tf.Tensor,
    candidates: tf.Tensor,
    ids: tf.Tensor,
    temperature: float,
) -> tuple[tf.Tensor, tf.Tensor]:
    """Cross-entropy of picking a query's first candidate among all, [N], and
    whether it is the likeliest.

    Args:
        queries: [G, D].
        candidates: [G, M, D].
        ids: int32 [G, 1 + M], the texts of queries and their candidates.
    """
    places = examples.places
    width = candidates.shape[1]
    flat = tf.reshape(candidates, [-1, candidates.shape[2]])  # [G M, D]
    own = tf.gather(queries, places)  # [N, D]
    logits = tf.matmul(own, flat, transpose_b=True) / temperature
    target = places * width  # [N]
    columns = tf.range(tf.shape(flat)[0])[None]
    query_id, own_id = tf.unstack(tf.gather(ids[:, :2], places), axis=1)
    of_candidate = tf.reshape(ids[:, 1:], [1, -1])
    excluded = (
        (of_candidate == query_id[:, None])  # the query itself
        | (of_candidate == own_id[:, None])  # another copy of the positive
        | tf.repeat(~examples.is_item, width)[None]
    )
    # Positives of the same query in other examples.
    of_query = tf.repeat(ids[:, 0], width)[None]
    excluded |= (columns % width == 0) & (of_query == query_id[:, None])
    excluded &= columns != target[:, None]
    logits = tf.where(excluded, _EXCLUDED, logits)
    loss = tf.nn.sparse_softmax_cross_entropy_with_logits(target, logits)
    best = tf.argmax(logits, axis=-1, output_type=tf.int32)
    return loss, best == target
