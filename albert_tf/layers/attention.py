"""Multi-head self-attention with a residual connection and a layer norm."""

import keras
import tensorflow as tf

from albert_tf.layers import common


class SelfAttention(keras.layers.Layer):
    """LN(x + dropout(Wo attend(x))): the first half of a block.

    Args:
        config: AlbertConfig.
    Inputs:
        x: float [B, S, H].
        bias: float32, broadcast to [B, N, S, S]; 0 where a query may attend
            to a key, -10000 elsewhere.
        dropout_seed: int32 [2], or None for no dropout.
        site: number of the first dropout in this call; see `common.dropout`.
        select: picks the tokens whose output is needed, as in Transformer.
    Output: float [B, S, H]; with `select`, [B, Q, H].
    Source: Vaswani et al. 2017, "Attention Is All You Need", 3.2;
        google-research/albert, modeling.py, attention_layer.

    >>> import albert_tf, tensorflow as tf
    >>> config = albert_tf.AlbertConfig.named("tiny")
    >>> layer = SelfAttention(config)
    >>> layer.build()
    >>> layer(tf.ones([1, 5, 312]), tf.zeros([1, 1, 1, 5])).shape.as_list()
    [1, 5, 312]
    """

    def __init__(self, config, **kwargs):
        # Float inputs keep their dtype: casts are explicit, in `dense`.
        super().__init__(autocast=False, **kwargs)
        self.config = config
        self.norm = common.layer_norm("layer_norm")

    def build(self, input_shape=None):
        size, width = self.config.hidden_size, self.config.attention_width
        initializer = common.kernel_initializer(self.config.initializer_range)
        # Query, key and value are separate variables, as in the original, since
        # LAMB computes a trust ratio for each variable.
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

    def call(self, x, bias, dropout_seed=None, site=0, select=None):
        if select is None:
            joined = self.joined("query", "key", "value")
            q, k, v = self.project(x, joined)
        else:
            k, v = self.project(x, self.joined("key", "value"))
            x = select(x)
            (q,) = self.project(x, self.joined("query"))
            if bias.shape[2] != 1:
                bias = select(bias[:, 0])[:, None]
        return self.attend(x, q, k, v, bias, dropout_seed, site)

    def attend(self, x, q, k, v, bias, dropout_seed=None, site=0):
        """What follows the projections: the output for x, float [B, S, H].

        Args:
            x: float [B, S, H], whose queries are q.
            q: float [B, N, S, D].
            k, v: float [B, N, K, D].
            bias: float32, broadcast to [B, N, S, K].
            dropout_seed, site: as in a call.
        """
        config = self.config
        # [B, N, S, K]
        probs = tf.cast(self.softmax(q, k, bias), x.dtype)
        probs = common.dropout(
            probs, config.attention_probs_dropout_prob, dropout_seed, site
        )
        context = tf.matmul(common.factor(probs), common.factor(v))
        context = tf.transpose(context, [0, 2, 1, 3])
        batch, tokens = tf.unstack(tf.shape(x)[:2])
        context = tf.reshape(context, [batch, tokens, config.attention_width])

        out = common.dense(context, self.output_kernel, self.output_bias)
        out = common.dropout(
            out, config.hidden_dropout_prob, dropout_seed, site + 1
        )
        return self.norm(x + out)

    def probabilities(self, x, bias):
        """How much each token attends to each other one, without dropout.

        Args:
            x, bias: as in a call.
        Returns:
            float32 [B, N, S, S]; for each head and query (the first S), the
            weights of the keys, which sum to 1.
        """
        q, k = self.project(x, self.joined("query", "key"))
        return self.softmax(q, k, bias)

    def softmax(self, q, k, bias):
        """The weights of keys for queries, float32 [B, N, S, K]."""
        scores = tf.matmul(common.factor(q), common.factor(k), transpose_b=True)
        scale = self.config.head_size**-0.5
        return tf.nn.softmax(tf.cast(scores, tf.float32) * scale + bias)

    def joined(self, *parts: str) -> tuple[tf.Tensor, tf.Tensor]:
        """Kernel and bias of several projections side by side.

        One large product is faster than several small ones.

        Args:
            *parts: P of "query", "key" and "value".
        Returns:
            float32 [H, P N D] and [P N D].
        """
        kernels = [getattr(self, f"{part}_kernel") for part in parts]
        biases = [getattr(self, f"{part}_bias") for part in parts]
        return tf.concat(kernels, axis=1), tf.concat(biases, axis=0)

    def project(self, x, joined) -> list[tf.Tensor]:
        """Projects x, [B, S, H], to [B, N, S, D] for each part of `joined`."""
        config = self.config
        parts = joined[1].shape[0] // config.attention_width
        y = common.dense(x, *joined)
        batch, tokens = tf.unstack(tf.shape(x)[:2])
        heads, size = config.num_attention_heads, config.head_size
        y = tf.reshape(y, [batch, tokens, parts, heads, size])
        return tf.unstack(tf.transpose(y, [2, 0, 3, 1, 4]))
