"""Which tokens a target's tokens attend to."""

import tensorflow as tf

from albert_tf.layers import tokens


def causal(inputs, masked: float = tokens.MASKED_BIAS):
    """The attention bias of the decoder's inputs, all but the last token.

    Args:
        inputs: those of AlbertSeq2Seq.
        masked: bias where a token must not attend to another.
    Returns:
        float32 [B, 1, T - 1, T - 1]: 0 for the token itself and those before
        it, `masked` for those after it, padding, and other examples.
    """
    ids = inputs["target_ids"][:, :-1]
    mask = inputs.get("target_mask")
    mask = tf.ones_like(ids) if mask is None else mask[:, :-1]
    packs = inputs.get("target_pack_ids")
    allowed = tokens.attention_bias(
        mask, None if packs is None else packs[:, :-1], masked
    )
    length = tf.shape(ids)[1]
    after = 1.0 - tf.linalg.band_part(tf.ones([length, length]), -1, 0)
    return tf.minimum(allowed, after * masked)


def of_source(inputs, masked: float = tokens.MASKED_BIAS):
    """The bias of attention from the decoder's inputs to the source.

    Args: as for `causal`.
    Returns:
        float32 [B, 1, 1, S]; in packed rows [B, 1, T - 1, S].
    """
    token_ids = inputs["token_ids"]
    padding_mask = inputs.get("padding_mask", tf.ones_like(token_ids))
    allowed = tokens.attention_bias(padding_mask, None, masked)
    if "target_pack_ids" not in inputs:
        return allowed
    packs = inputs["target_pack_ids"][:, :-1, None]
    same = packs == inputs["pack_ids"][:, None]
    return tf.minimum(allowed, tf.where(same, 0.0, masked)[:, None])
