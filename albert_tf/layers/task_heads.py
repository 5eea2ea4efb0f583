"""Heads for fine-tuning: classification and answer spans."""

import keras
import tensorflow as tf

from albert_tf.layers import common

# As in the original, which ignores the config's initializer_range here.
_KERNEL_STDDEV = 0.02
# Larger than the sites of all layers, so that no mask is used twice.
_DROPOUT_SITE = 2**30
# Logit of impossible answers, as in the original.
MASKED_LOGIT = -1e30


class ClassificationHead(keras.layers.Layer):
    """Dropout and a dense layer that computes class scores.

    Args:
        config: AlbertConfig.
        num_classes: C; 1 for regression and for multiple choice.
        dropout_prob: dropout rate of the input in training.
    Inputs:
        x: float [..., H].
        dropout_seed: int32 [2], or None for no dropout.
    Output: float32 logits [..., C].
    Source: google-research/albert, classifier_utils.py, create_model; with
        num_classes=2 and dropout_prob=0, squad_utils.py, create_v1_model.
    """

    def __init__(self, config, num_classes, dropout_prob, **kwargs):
        # Float inputs keep their dtype: casts are explicit, in `dense`.
        super().__init__(autocast=False, **kwargs)
        self.config = config
        self.num_classes = num_classes
        self.dropout_prob = dropout_prob

    def build(self, input_shape=None):
        self.kernel = self.add_weight(
            name="kernel",
            shape=(self.config.hidden_size, self.num_classes),
            initializer=common.kernel_initializer(_KERNEL_STDDEV),
        )
        self.bias = self.add_weight(
            name="bias", shape=(self.num_classes,), initializer="zeros"
        )

    def call(self, x, dropout_seed=None):
        x = common.dropout(x, self.dropout_prob, dropout_seed, _DROPOUT_SITE)
        return tf.cast(common.dense(x, self.kernel, self.bias), tf.float32)


class ConditionalSpanHead(keras.layers.Layer):
    """Predicts an answer's start, its end given that, and if there is one.

    Args:
        config: AlbertConfig.
        dropout_prob: dropout rate before the last layer that predicts whether
            there is an answer, in training.
    Inputs:
        sequence: float [B, S, H].
        span_mask: [B, S], 1 where an answer may start or end.
        start_positions: int32 [B, K], the starts to predict ends for; in
            training the true start, so K = 1. None for the `start_n_top` most
            likely starts.
        start_n_top: K if start_positions is None; at most S.
        dropout_seed: int32 [2], or None for no dropout.
    Outputs: a dict
        start_logits: float32 [B, S];
        start_positions: int32 [B, K];
        end_logits: float32 [B, K, S];
        unanswerable_logits: float32 [B], above 0 if there is no answer.
        Start and end logits are `masked_logit` where span_mask is 0.
    Attributes:
        masked_logit: MASKED_LOGIT; like AlbertEncoder.masked_bias, of smaller
            magnitude in exports to 8-bit integers.
    Source: google-research/albert, squad_utils.py, create_v2_model.
    """

    def __init__(self, config, dropout_prob, **kwargs):
        # Float inputs keep their dtype: casts are explicit, in `dense`.
        super().__init__(autocast=False, **kwargs)
        self.config = config
        self.dropout_prob = dropout_prob
        self.masked_logit = MASKED_LOGIT
        self.end_norm = common.layer_norm("end_norm")

    def build(self, input_shape=None):
        size = self.config.hidden_size
        initializer = common.kernel_initializer(self.config.initializer_range)
        for part, shape in {
            "start": (size, 1),
            "end_inner": (2 * size, size),
            "end": (size, 1),
            "answer_inner": (2 * size, size),
            "answer": (size, 1),
        }.items():
            kernel = self.add_weight(
                name=f"{part}_kernel", shape=shape, initializer=initializer
            )
            setattr(self, f"{part}_kernel", kernel)
            if part != "answer":
                bias = self.add_weight(
                    name=f"{part}_bias", shape=shape[1:], initializer="zeros"
                )
                setattr(self, f"{part}_bias", bias)
        self.end_norm.build((None, None, None, size))

    def call(
        self,
        sequence,
        span_mask,
        start_positions=None,
        start_n_top=5,
        dropout_seed=None,
    ):
        allowed = tf.cast(span_mask, tf.float32)
        start = common.dense(sequence, self.start_kernel, self.start_bias)
        start = self._mask(start[..., 0], allowed)  # [B, S]
        if start_positions is None:
            start_positions = tf.math.top_k(start, start_n_top).indices
        return {
            "start_logits": start,
            "start_positions": start_positions,
            "end_logits": self._end(sequence, start_positions, allowed),
            "unanswerable_logits": self._unanswerable(
                sequence, tf.nn.softmax(start), dropout_seed
            ),
        }

    def _end(self, sequence, start_positions, allowed):
        at_start = tf.gather(sequence, start_positions, batch_dims=1)
        # The original multiplies [x; x_start] by the kernel. Splitting the
        # kernel gives the same sum without K copies of the sequence.
        of_token, of_start = tf.split(self.end_inner_kernel.value, 2)
        inner = (
            common.dense(sequence, of_token, self.end_inner_bias)[:, None]
            + common.dense(at_start, of_start, 0.0)[:, :, None]
        )  # [B, K, S, H]
        inner = self.end_norm(tf.nn.tanh(inner))
        end = common.dense(inner, self.end_kernel, self.end_bias)
        return self._mask(end[..., 0], allowed[:, None])  # [B, K, S]

    def _unanswerable(self, sequence, start_probs, dropout_seed):
        probs = tf.cast(start_probs, sequence.dtype)
        expected_start = tf.einsum(
            "bs,bsh->bh", common.factor(probs), common.factor(sequence)
        )
        x = tf.concat([expected_start, sequence[:, 0]], axis=-1)  # [B, 2 H]
        x = common.dense(
            x, self.answer_inner_kernel, self.answer_inner_bias, tf.nn.tanh
        )
        x = common.dropout(x, self.dropout_prob, dropout_seed, _DROPOUT_SITE)
        logits = common.dense(x, self.answer_kernel, 0.0)
        return tf.cast(logits[:, 0], tf.float32)

    def _mask(self, logits, allowed):
        masked = self.masked_logit * (1 - allowed)
        return tf.cast(logits, tf.float32) * allowed + masked
