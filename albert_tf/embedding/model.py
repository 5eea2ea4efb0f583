"""AlbertEmbedder: one vector for each text."""

import keras
import tensorflow as tf

from albert_tf import batches
from albert_tf import models
from albert_tf import task_models
from albert_tf.embedding import pooling
from albert_tf.embedding import settings as settings_lib
from albert_tf.layers import common

# First part of the names of the dense layer's weights.
HEAD = "embedding"
_ACTIVATIONS = {"identity": None, "tanh": tf.nn.tanh}
# Sums of squares below this count as it, so that a vector of zeros stays one.
_LEAST_SQUARE = 1e-24


class EmbeddingHead(keras.layers.Layer):
    """Pools tokens, and then applies a dense layer and scales to length 1 if
    the settings say so.

    Args:
        config: AlbertConfig.
        settings: the model's `EmbeddingSettings`.
    Inputs:
        sequence: float [B, S, H].
        inputs: the encoder's inputs.
    Output: float32 [B, D], or [B, K, D] for packed rows.
    Source: Reimers and Gurevych 2019, "Sentence-BERT".
    """

    def __init__(self, config, settings, **kwargs):
        # Float inputs keep their dtype: casts are explicit, in `dense`.
        super().__init__(autocast=False, **kwargs)
        self.config, self.settings = config, settings

    def build(self, input_shape=None):
        if self.settings.dense_size is None:
            return
        self.kernel = self.add_weight(
            name="kernel",
            shape=(self.config.hidden_size, self.settings.dense_size),
            initializer="glorot_uniform",
        )
        self.bias = self.add_weight(
            name="bias", shape=(self.settings.dense_size,), initializer="zeros"
        )

    def call(self, sequence, inputs):
        x = pooling.pool(self.settings.pooling, sequence, inputs)
        if self.settings.dense_size is not None:
            activation = _ACTIVATIONS[self.settings.dense_activation]
            x = common.dense(x, self.kernel, self.bias, activation)
        return unit(x) if self.settings.normalize else x


def unit(x: tf.Tensor) -> tf.Tensor:
    """Vectors [..., D] scaled to length 1; zeros stay zeros."""
    return tf.math.l2_normalize(x, axis=-1, epsilon=_LEAST_SQUARE)


@keras.saving.register_keras_serializable(package="albert_tf")
class AlbertEmbedder(task_models.TaskModel):
    """Turns texts into vectors whose cosines say how alike the texts are.

    Args:
        config, seed: as for AlbertEncoder.
        settings: an `EmbeddingSettings`, or a dict of its fields; default: the
            mean of the tokens, scaled to length 1.
    Inputs: those of AlbertEncoder; token_ids, segment_ids and padding_mask may
        also be [B, C, S], for C texts that belong together, and with packed
        rows first_positions [B, K, C].
    Outputs: a dict with embeddings, float32 [B, D]; for C texts each,
        [B, C, D]; for packed rows [B, K, D] or [B, K, C, D].
    Source: Reimers and Gurevych 2019, "Sentence-BERT".

    >>> import albert_tf, tensorflow as tf
    >>> config = albert_tf.AlbertConfig.named("tiny", vocab_size=100)
    >>> model = albert_tf.AlbertEmbedder(config)
    >>> outputs = model({"token_ids": tf.constant([[2, 17, 3], [2, 23, 3]])})
    >>> outputs["embeddings"].shape
    TensorShape([2, 312])
    """

    def __init__(self, config, settings=None, seed: int = 0, **kwargs):
        super().__init__(config, seed, **kwargs)
        if not isinstance(settings, settings_lib.EmbeddingSettings):
            settings = settings_lib.of_json(settings or {})
        self.settings = settings
        self.head = EmbeddingHead(self.config, settings, name=HEAD)
        self.build()

    def call(
        self,
        inputs: batches.Rows,
        training: bool = False,
        dropout_seed=None,
        all_layers: bool = False,
    ):
        rows, shape = _rows(inputs)
        encoded, _ = self.encode(rows, training, dropout_seed, all_layers)
        vectors = self.head(encoded["sequence_output"], rows)
        if shape is not None:
            vectors = tf.reshape(vectors, [*shape, vectors.shape[-1]])
        return {"embeddings": vectors, **models.hidden_outputs(encoded)}

    def get_config(self):
        return {
            "name": self.name,
            "config": self.config.to_dict(),
            "settings": self.settings.as_json(),
            "seed": self.seed,
        }


def _rows(inputs: batches.Rows):
    """The inputs with one text in a row, or K in a packed row, and the shape
    that embeddings have in front of D; None if it is that of the rows."""
    firsts = inputs.get("first_positions")
    if firsts is not None:
        if len(firsts.shape) == 2:
            return inputs, None
        shape = tf.shape(firsts)
        flat = tf.reshape(firsts, [shape[0], shape[1] * shape[2]])
        static = [n or shape[i] for i, n in enumerate(firsts.shape)]
        return {**inputs, "first_positions": flat}, static
    ids = inputs["token_ids"]
    if len(ids.shape) == 2:
        return inputs, None
    shape = tf.shape(ids)
    rows = {
        name: tf.reshape(inputs[name], [-1, shape[2]])  # [B C, S]
        for name in ("token_ids", "segment_ids", "padding_mask")
        if name in inputs
    }
    return rows, [n or shape[i] for i, n in enumerate(ids.shape[:2])]
