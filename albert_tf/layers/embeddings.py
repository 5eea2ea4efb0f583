"""Token, segment and position embeddings of size E, projected to size H."""

import keras
import tensorflow as tf

from albert_tf.layers import common


class FactorizedEmbeddings(keras.layers.Layer):
    """Looks up embeddings of size E and normalizes their sum.

    ALBERT factorizes BERT's embedding matrix, V x H, into V x E times E x H.
    This layer has the first factor; the second is `EmbeddingProjection`.

    Args:
        config: AlbertConfig.
    Inputs:
        token_ids, segment_ids: int32 [B, S].
        position_ids: int32 [B, S], or None for 0 to S - 1.
        dropout_seed: int32 [2], or None for no dropout.
        table: float [V, E], of another vocabulary's tokens; None for this
            layer's own.
    Output: float [B, S, E].
    Raises:
        ValueError: S exceeds max_position_embeddings.
    Source: paper, 3.1; google-research/albert, modeling.py,
        embedding_postprocessor.
    """

    def __init__(self, config, **kwargs):
        # Float inputs keep their dtype: casts are explicit, in `dense`.
        super().__init__(autocast=False, **kwargs)
        self.config = config
        self.norm = common.layer_norm("layer_norm")

    def build(self, input_shape=None):
        config = self.config
        initializer = common.kernel_initializer(config.initializer_range)

        def table(name, rows):
            return self.add_weight(
                name=name,
                shape=(rows, config.embedding_size),
                initializer=initializer,
            )

        self.word_embeddings = table("word_embeddings", config.vocab_size)
        self.segment_embeddings = table(
            "segment_embeddings", config.type_vocab_size
        )
        self.position_embeddings = table(
            "position_embeddings", config.max_position_embeddings
        )
        self.norm.build((None, None, config.embedding_size))

    def call(
        self,
        token_ids,
        segment_ids,
        position_ids=None,
        dropout_seed=None,
        table=None,
    ):
        length = token_ids.shape[1] or tf.shape(token_ids)[1]
        longest = self.config.max_position_embeddings
        if isinstance(length, int) and length > longest:
            raise ValueError(
                "A sequence must not be longer than max_position_embeddings. "
                f"Received: {length} tokens and {longest} positions. Truncate "
                "the sequence, or use a config with more positions."
            )
        # Casts rows rather than tables, since a batch reads few of the V rows.
        table = self.word_embeddings if table is None else table
        x = self._rows(table, token_ids)  # [B, S, E]
        x += self._rows(self.segment_embeddings, segment_ids)
        if position_ids is None:
            positions = self.position_embeddings[:length]  # [S, E]
            x += tf.cast(positions, self.compute_dtype)
        else:
            x += self._rows(self.position_embeddings, position_ids)
        x = self.norm(x)
        return common.dropout(
            x, self.config.hidden_dropout_prob, dropout_seed, site=0
        )

    def _rows(self, table, ids):
        return tf.cast(tf.gather(table, ids), self.compute_dtype)


class EmbeddingProjection(keras.layers.Layer):
    """The second factor of the embedding matrix, E x H, with a bias.

    Args:
        config: AlbertConfig.
    Input: float [B, S, E].
    Output: float [B, S, H].
    Source: paper, 3.1; google-research/albert, modeling.py,
        embedding_hidden_mapping_in.
    """

    def __init__(self, config, **kwargs):
        # Float inputs keep their dtype: casts are explicit, in `dense`.
        super().__init__(autocast=False, **kwargs)
        self.config = config

    def build(self, input_shape=None):
        config = self.config
        self.kernel = self.add_weight(
            name="kernel",
            shape=(config.embedding_size, config.hidden_size),
            initializer=common.kernel_initializer(config.initializer_range),
        )
        self.bias = self.add_weight(
            name="bias", shape=(config.hidden_size,), initializer="zeros"
        )

    def call(self, x):
        return common.dense(x, self.kernel, self.bias)
