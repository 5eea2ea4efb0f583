"""Pools the vectors of each text's tokens into one vector.

Letters: B rows, S tokens, K texts in a packed row, H hidden size.

Source: Reimers and Gurevych 2019, "Sentence-BERT"; the weighted mean:
    Muennighoff 2022, "SGPT".
"""

import tensorflow as tf

from albert_tf import batches

_FEWEST = 1e-9


def pool(kind: str, sequence: tf.Tensor, inputs: batches.Rows) -> tf.Tensor:
    """Pools a batch.

    Args:
        kind: one of `settings.POOLINGS`.
        sequence: float [B, S, H], the encoder's output.
        inputs: the encoder's inputs. With first_positions [B, K], each row
            holds up to K texts.
    Returns:
        float32 [B, H], or [B, K, H] for packed rows, whose unused slots are
        finite and without meaning.
    """
    sequence = tf.cast(sequence, tf.float32)
    firsts = inputs.get("first_positions")
    if kind == "cls":
        if firsts is None:
            return sequence[:, 0]
        return tf.gather(sequence, firsts, batch_dims=1)
    mask = inputs.get("padding_mask")
    if mask is None:
        mask = tf.ones_like(inputs["token_ids"])
    if firsts is None:
        here = tf.cast(mask, tf.float32)[:, None]  # [B, 1, S]
    else:
        slots = tf.range(1, tf.shape(firsts)[1] + 1)
        here = tf.cast(
            inputs["pack_ids"][:, None] == slots[:, None], tf.float32
        )  # [B, K, S]
    if kind == "max":
        pooled = _maximum(sequence, here)
    else:
        if kind == "weighted_mean":
            here *= tf.cumsum(here, axis=-1)  # positions from 1
        total = tf.reduce_sum(here, axis=-1, keepdims=True)
        pooled = tf.matmul(here, sequence) / tf.maximum(total, _FEWEST)
    return pooled[:, 0] if firsts is None else pooled


def _maximum(sequence: tf.Tensor, here: tf.Tensor) -> tf.Tensor:
    """The maximum of each text's tokens, [B, K, H], text by text, since
    [B, K, S, H] would be large.

    Other tokens count as the row's minimum, which is never above a maximum: a
    constant far below all activations would take the whole range of 8 bits.
    """
    least = tf.reduce_min(sequence, axis=1, keepdims=True)

    def of_slot(own: tf.Tensor) -> tf.Tensor:  # [B, S]
        # LiteRT has no own[..., None].
        used = tf.expand_dims(own > 0, -1)
        lowered = tf.where(used, sequence, least)
        return tf.reduce_max(lowered, axis=1)

    if here.shape[1] == 1:
        return of_slot(here[:, 0])[:, None]
    by_slot = tf.map_fn(of_slot, tf.transpose(here, [1, 0, 2]))
    return tf.transpose(by_slot, [1, 0, 2])
