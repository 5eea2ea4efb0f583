"""Multi-head self-attention with its residual and norm."""

import keras
import tensorflow as tf

from albert_tf.layers import common


class SelfAttention(keras.layers.Layer):
    """LN(x + dropout(Wo attend(x))): the first half of a block.

    Args:
        config: AlbertConfig.
    Inputs:
        x: float [B, S, H].
        bias: float32, broadcast to [B, N, S, S]; 0 where a query may look,
            -10000 where not.
        dropout_seed: int32 [2], or None for no dropout.
        site: number of the network's first dropout in this call.
    Output: float [B, S, H].
    Source: google-research/albert, modeling.py, attention_layer.
    """

    def __init__(self, config, **kwargs):
        # Float inputs keep their dtype: casts are explicit, in `dense`.
        super().__init__(autocast=False, **kwargs)
        self.config = config
        self.norm = common.layer_norm("layer_norm")

    def build(self, input_shape=None):
        size, width = self.config.hidden_size, self.config.attention_width
        initializer = common.kernel_initializer(self.config.initializer_range)
        # Query, key and value are separate variables, since LAMB's trust ratio
        # is one per variable of the original.
        for part in ("query", "key", "value", "output"):
            shape = (width, size) if part == "output" else (size, width)
            kernel = self.add_weight(
                name=f"{part}_kernel", shape=shape, initializer=initializer
            )
            bias = self.add_weight(
                name=f"{part}_bias", shape=shape[1:], initializer="zeros"
            )
            setattr(self, f"{part}_kernel", kernel)
            setattr(self, f"{part}_bias", bias)
        self.norm.build((None, None, size))

    def call(self, x, bias, dropout_seed=None, site=0):
        config = self.config
        shape = tf.shape(x)
        heads, size = config.num_attention_heads, config.head_size

        # One product for the three is faster than three (fewer, larger).
        qkv = common.dense(
            x,
            tf.concat(
                [self.query_kernel, self.key_kernel, self.value_kernel], axis=1
            ),
            tf.concat(
                [self.query_bias, self.key_bias, self.value_bias], axis=0
            ),
        )
        qkv = tf.reshape(qkv, [shape[0], shape[1], 3, heads, size])
        q, k, v = tf.unstack(tf.transpose(qkv, [2, 0, 3, 1, 4]))  # [B, N, S, D]

        scores = tf.matmul(  # [B, N, S, S]
            common.factor(q), common.factor(k), transpose_b=True
        )
        scores = tf.cast(scores, tf.float32) * size**-0.5 + bias
        probs = tf.cast(tf.nn.softmax(scores), x.dtype)
        probs = common.dropout(
            probs, config.attention_probs_dropout_prob, dropout_seed, site
        )
        context = tf.matmul(common.factor(probs), common.factor(v))
        context = tf.transpose(context, [0, 2, 1, 3])
        context = tf.reshape(context, [shape[0], shape[1], heads * size])

        out = common.dense(context, self.output_kernel, self.output_bias)
        out = common.dropout(
            out, config.hidden_dropout_prob, dropout_seed, site + 1
        )
        return self.norm(x + out)
