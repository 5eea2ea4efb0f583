"""The two pretraining heads: masked LM and sentence order."""

import keras
import tensorflow as tf

from albert_tf.layers import activations
from albert_tf.layers import common


class MaskedLMHead(keras.layers.Layer):
    """Predicts the token at each masked position.

    The output matrix is tied to the word embeddings.

    Args:
        config: AlbertConfig.
    Inputs:
        x: float [B, M, H], sequence_output at the masked positions.
        word_embeddings: float [V, E].
    Output: float32 logits [B, M, V].
    Source: google-research/albert, run_pretraining.py, get_masked_lm_output.
    """

    def __init__(self, config, **kwargs):
        # Float inputs keep their dtype: casts are explicit, in `dense`.
        super().__init__(autocast=False, **kwargs)
        self.config = config
        self.activation = activations.ACTIVATIONS[config.hidden_act]
        self.norm = common.layer_norm("layer_norm")

    def build(self, input_shape=None):
        config = self.config
        self.kernel = self.add_weight(
            name="kernel",
            shape=(config.hidden_size, config.embedding_size),
            initializer=common.kernel_initializer(config.initializer_range),
        )
        self.bias = self.add_weight(
            name="bias", shape=(config.embedding_size,), initializer="zeros"
        )
        self.output_bias = self.add_weight(
            name="output_bias", shape=(config.vocab_size,), initializer="zeros"
        )
        self.norm.build((None, None, config.embedding_size))

    def call(self, x, word_embeddings):
        x = common.dense(x, self.kernel, self.bias, self.activation)
        x = self.norm(x)  # [B, M, E]
        table = tf.cast(word_embeddings, x.dtype)
        logits = tf.tensordot(x, table, [[2], [1]])  # [B, M, V]
        return tf.cast(logits, tf.float32) + tf.cast(
            self.output_bias, tf.float32
        )


class SentenceOrderHead(keras.layers.Layer):
    """Predicts whether segments are in order (class 0) or swapped (class 1).

    Args:
        config: AlbertConfig.
    Input: pooled_output, float [B, H]; in packed rows [B, K, H].
    Output: float32 logits [B, 2]; in packed rows [B, K, 2].
    Source: paper, 3.1; google-research/albert, run_pretraining.py,
        get_sentence_order_output.
    """

    def __init__(self, config, **kwargs):
        # Float inputs keep their dtype: casts are explicit, in `dense`.
        super().__init__(autocast=False, **kwargs)
        self.config = config

    def build(self, input_shape=None):
        self.kernel = self.add_weight(
            name="kernel",
            shape=(self.config.hidden_size, 2),
            initializer=common.kernel_initializer(
                self.config.initializer_range
            ),
        )
        self.bias = self.add_weight(
            name="bias", shape=(2,), initializer="zeros"
        )

    def call(self, pooled):
        logits = common.dense(pooled, self.kernel, self.bias)
        return tf.cast(logits, tf.float32)
