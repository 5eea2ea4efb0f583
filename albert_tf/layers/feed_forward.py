"""The feed-forward network with a residual connection and a layer norm."""

import keras

from albert_tf.layers import activations
from albert_tf.layers import common


class FeedForward(keras.layers.Layer):
    """LN(x + dropout(W2 act(W1 x))): the second half of a block.

    Args:
        config: AlbertConfig.
    Inputs: x, float [B, S, H]; dropout_seed and site as in SelfAttention.
    Output: float [B, S, H].
    Source: Vaswani et al. 2017, "Attention Is All You Need", 3.3;
        google-research/albert, modeling.py, attention_ffn_block.

    >>> import albert_tf, tensorflow as tf
    >>> layer = FeedForward(albert_tf.AlbertConfig.named("tiny"))
    >>> layer.build()
    >>> layer(tf.ones([1, 5, 312])).shape.as_list()
    [1, 5, 312]
    """

    def __init__(self, config, **kwargs):
        # Float inputs keep their dtype: casts are explicit, in `dense`.
        super().__init__(autocast=False, **kwargs)
        self.config = config
        self.activation = activations.ACTIVATIONS[config.hidden_act]
        self.norm = common.layer_norm("layer_norm")

    def build(self, input_shape=None):
        hidden = self.config.hidden_size
        inner = self.config.intermediate_size
        initializer = common.kernel_initializer(self.config.initializer_range)
        self.inner_kernel = self.add_weight(
            name="inner_kernel", shape=(hidden, inner), initializer=initializer
        )
        self.inner_bias = self.add_weight(
            name="inner_bias", shape=(inner,), initializer="zeros"
        )
        self.output_kernel = self.add_weight(
            name="output_kernel", shape=(inner, hidden), initializer=initializer
        )
        self.output_bias = self.add_weight(
            name="output_bias", shape=(hidden,), initializer="zeros"
        )
        self.norm.build((None, None, hidden))

    def call(self, x, dropout_seed=None, site=0):
        inner = common.dense(  # [B, S, I]
            x, self.inner_kernel, self.inner_bias, self.activation
        )
        out = common.dense(inner, self.output_kernel, self.output_bias)
        out = common.dropout(
            out, self.config.hidden_dropout_prob, dropout_seed, site
        )
        return self.norm(x + out)
