"""Pools the windows of a long text into one vector."""

import keras
import tensorflow as tf

from albert_tf import batches
from albert_tf.layers import tokens

POOLINGS = ("mean", "max", "attention")
# Name of the layer, the first part of the names of its weights.
NAME = "window_pooling"
# Below all pooled vectors, which are results of tanh.
_LEAST = -1.0


class WindowPooling(keras.layers.Layer):
    """Pools the pooled vectors of each text's windows.

    The vector of a text with a single window stays as it is.

    Args:
        config: AlbertConfig.
        kind: one of POOLINGS: the mean of the windows' vectors; their maximum
            in each dimension; or their mean weighted by attention, with one
            learned query for all texts, zeros at first, so that training
            starts from the mean.
    Inputs:
        pooled: float [R, H], the pooled vector of each row, or for packed rows
            [R, K, H], of each of its windows.
        inputs: the model's inputs. They are in the order of texts with
            token_ids [B, W, S], of which rows are made, R = B W. Otherwise
            each row is a text, or window_places says where the windows of
            each text are, as in batches.WINDOW_PLACES.
    Output: float [B, H].
    Attributes:
        masked_bias: as in AlbertEncoder.
    Raises:
        ValueError: there is no such kind.
    """

    def __init__(self, config, kind: str, **kwargs):
        # Float inputs keep their dtype: casts are explicit, in `call`.
        super().__init__(autocast=False, **kwargs)
        if kind not in POOLINGS:
            raise ValueError(
                f"window_pooling must be one of {', '.join(POOLINGS)}. "
                f"Received: {kind!r}."
            )
        self.config, self.kind = config, kind
        self.masked_bias = tokens.MASKED_BIAS

    def build(self, input_shape=None):
        if self.kind == "attention":
            self.query = self.add_weight(
                name="query",
                shape=(self.config.hidden_size,),
                initializer="zeros",
            )
        self.built = True

    def call(self, pooled: tf.Tensor, inputs: batches.TaskBatch) -> tf.Tensor:
        places = inputs.get("window_places")
        ids = inputs["token_ids"]
        if places is None and len(ids.shape) == 2:
            return pooled
        size = pooled.shape[-1]
        if places is not None:
            vectors = tf.reshape(pooled, [-1, size])
            vectors = tf.gather(vectors, tf.maximum(places, 0))  # [B, W, H]
            used = places >= 0
        else:
            mask = inputs.get("padding_mask", tf.ones_like(ids))
            shape = tf.concat([tf.shape(ids)[:2], [size]], axis=0)
            vectors = tf.reshape(pooled, shape)
            used = tf.reduce_max(mask, axis=-1) > 0  # [B, W]
        found = self._pool(tf.cast(vectors, tf.float32), used)
        return tf.cast(found, pooled.dtype)

    def _pool(self, vectors: tf.Tensor, used: tf.Tensor) -> tf.Tensor:
        # LiteRT has no used[..., None].
        here = tf.expand_dims(tf.cast(used, tf.float32), -1)  # [B, W, 1]
        if self.kind == "max":
            return tf.reduce_max(here * vectors + (1 - here) * _LEAST, axis=1)
        if self.kind == "attention":
            scores = tf.reduce_sum(vectors * self.query, -1, keepdims=True)
            scores *= self.config.hidden_size**-0.5
            scores += (1 - here) * self.masked_bias
            return tf.reduce_sum(tf.nn.softmax(scores, axis=1) * vectors, 1)
        count = tf.maximum(tf.reduce_sum(here, axis=1), 1.0)
        return tf.reduce_sum(here * vectors, axis=1) / count
