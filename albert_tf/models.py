"""ALBERT as Keras models: the encoder, and the model for pretraining."""

import keras
import tensorflow as tf

from albert_tf import batches
from albert_tf import config as config_lib
from albert_tf.layers import common
from albert_tf.layers import embeddings
from albert_tf.layers import execution as execution_lib
from albert_tf.layers import heads
from albert_tf.layers import tokens
from albert_tf.layers import transformer


@keras.saving.register_keras_serializable(package="albert_tf")
class AlbertEncoder(keras.Model):
    """Maps token ids to contextual vectors.

    Args:
        config: AlbertConfig, or the dict in the result of `get_config`.
        seed: integer; seed of dropout in calls without `dropout_seed`.
    Attributes:
        execution: how the stack is run.
        masked_bias: tokens.MASKED_BIAS. Exports to 8-bit integers use a smaller
            magnitude, since their steps grow with the range. Set both
            attributes before the model is traced.
    Inputs: a dict of int32 [B, S] tensors; other keys are ignored
        token_ids: ids of tokens;
        segment_ids: 0 or 1; default: all 0;
        padding_mask: 1 at tokens, 0 at padding; default: all 1.
        For rows with up to K packed examples, also
        pack_ids: the example that a token belongs to, from 1; 0 at padding.
            Tokens attend only to tokens of their own example;
        position_ids: positions from 0 in each example; default: in each row;
        first_positions: int32 [B, K], where in the row each example starts; 0
            in unused slots.
        If the argument `positions`, int32 [B, P], is given, the last layer is
        computed only at these positions and the pooled ones.
    Outputs: a dict
        sequence_output: float [B, S, H], the output of the last layer; with
            `positions`, [B, P, H];
        pooled_output: float [B, H], a dense layer with tanh on the first token;
            with first_positions [B, K, H], on each example's first token;
        embedding_output: float [B, S, E], before the projection to H;
        layer_outputs: list of L * inner_group_num float [B, S, H], if
            `all_layers` without `positions`.
    Raises:
        ValueError: S exceeds max_position_embeddings.
    Source: Lan et al. 2019, "ALBERT: A Lite BERT for Self-supervised Learning
        of Language Representations"; google-research/albert, modeling.py.

    >>> import albert_tf, tensorflow as tf
    >>> config = albert_tf.AlbertConfig.named("tiny", vocab_size=100)
    >>> encoder = albert_tf.AlbertEncoder(config)
    >>> outputs = encoder({"token_ids": tf.constant([[2, 17, 23, 3]])})
    >>> tuple(outputs["sequence_output"].shape)
    (1, 4, 312)
    """

    def __init__(self, config, seed: int = 0, **kwargs):
        super().__init__(**kwargs)
        self.config = _as_config(config)
        config = self.config
        self.embeddings = embeddings.FactorizedEmbeddings(
            config, name="embeddings"
        )
        # If E == H, the embeddings are not factorized.
        self.projection = None
        if config.embedding_size != config.hidden_size:
            self.projection = embeddings.EmbeddingProjection(
                config, name="embedding_projection"
            )
        self.transformer = transformer.Transformer(config, name="transformer")
        self.pooler = keras.layers.Dense(
            config.hidden_size,
            activation="tanh",
            kernel_initializer=common.kernel_initializer(
                config.initializer_range
            ),
            name="pooler",
        )
        self.seed = seed
        self.seed_generator = keras.random.SeedGenerator(seed)
        self.masked_bias = tokens.MASKED_BIAS
        self.build()

    def build(self, input_shape=None):
        if self.built:  # the shapes do not depend on the input
            return
        self.embeddings.build()
        if self.projection is not None:
            self.projection.build()
        self.transformer.build()
        self.pooler.build((None, self.config.hidden_size))
        self.built = True

    @property
    def execution(self) -> execution_lib.Execution:
        """How the stack is run; may be set before the model is traced."""
        return self.transformer.execution

    @execution.setter
    def execution(self, execution: execution_lib.Execution) -> None:
        self.transformer.execution = execution

    def call(
        self,
        inputs: batches.Rows,
        training: bool = False,
        dropout_seed=None,
        all_layers: bool = True,
        positions=None,
    ):
        if not training:
            dropout_seed = None
        elif dropout_seed is None:
            dropout_seed = tf.cast(self.seed_generator.next(), tf.int32)

        embedded, x, bias = self.embed(inputs, dropout_seed)
        firsts = inputs.get("first_positions")
        select = None
        if positions is not None:
            all_layers = False
            select = tokens.selector(positions, firsts)
        outputs = self.transformer(
            x,
            bias,
            dropout_seed=dropout_seed,
            all_layers=all_layers,
            select=select,
        )
        sequence = outputs[-1]
        if positions is None:
            first = tokens.first(sequence, firsts)
        else:
            count = tf.shape(positions)[1]
            sequence, first = sequence[:, :count], sequence[:, count:]
            if firsts is None:
                first = first[:, 0]
        encoded = {
            "embedding_output": embedded,
            "sequence_output": sequence,
            "pooled_output": self.pooler(common.factor(first)),
        }
        return encoded | ({"layer_outputs": outputs} if all_layers else {})

    def embed(self, inputs: batches.Rows, dropout_seed=None):
        """Computes the embeddings and the attention bias for all layers.

        Returns:
            embedding_output, float [B, S, E]; the input of the first layer,
            float [B, S, H]; the attention bias (`tokens.attention_bias`).
        """
        token_ids = inputs["token_ids"]
        embedded = self.embeddings(
            token_ids,
            inputs.get("segment_ids", tf.zeros_like(token_ids)),
            inputs.get("position_ids"),
            dropout_seed=dropout_seed,
        )
        x = embedded
        if self.projection is not None:
            x = self.projection(x)  # [B, S, H]
        padding_mask = inputs.get("padding_mask", tf.ones_like(token_ids))
        bias = tokens.attention_bias(
            padding_mask, inputs.get("pack_ids"), self.masked_bias
        )
        return embedded, x, bias

    def pool(self, sequence, inputs: batches.Rows):
        """Computes pooled_output from any layer's output, float [B, S, H]."""
        first = tokens.first(sequence, inputs.get("first_positions"))
        return self.pooler(common.factor(first))

    def get_config(self):
        return {
            "name": self.name,
            "config": self.config.to_dict(),
            "seed": self.seed,
        }


@keras.saving.register_keras_serializable(package="albert_tf")
class AlbertPretrainer(keras.Model):
    """The encoder with the masked-LM and sentence-order heads.

    Args: as for AlbertEncoder.
    Inputs: those of AlbertEncoder, and mask_positions, int32 [B, M], the
        positions to predict; 0 in unused slots.
    Outputs: a dict
        sequence_output, pooled_output: as for AlbertEncoder;
        mlm_logits: float32 [B, M, V];
        sentence_order_logits: float32 [B, 2]; in packed rows [B, K, 2]. Class
            1 means that the segments are swapped.
        With all_layers=True, also those of `hidden_outputs`; otherwise, with
        logits_only=True, only the logits, for which the last layer is computed
        only at the masked and pooled positions.
    Source: paper, 3.1 and 4.1; google-research/albert, run_pretraining.py.

    >>> import albert_tf, tensorflow as tf
    >>> config = albert_tf.AlbertConfig.named("tiny", vocab_size=100)
    >>> model = albert_tf.AlbertPretrainer(config)
    >>> row = {"token_ids": [[2, 4, 23, 3]], "mask_positions": [[1]]}
    >>> outputs = model({name: tf.constant(ids) for name, ids in row.items()})
    >>> tuple(outputs["mlm_logits"].shape)
    (1, 1, 100)
    """

    # Heads for which `albert_tf.load` found no weights.
    untrained_heads: tuple[str, ...] = ()

    def __init__(self, config, seed: int = 0, **kwargs):
        super().__init__(**kwargs)
        self.config = _as_config(config)
        self.seed = seed
        # The encoder builds itself; this scope begins the paths of its weights.
        with keras.name_scope(self.name):
            self.encoder = AlbertEncoder(self.config, seed=seed, name="encoder")
        self.masked_lm = heads.MaskedLMHead(self.config, name="masked_lm")
        self.sentence_order = heads.SentenceOrderHead(
            self.config, name="sentence_order"
        )
        self.build()

    def build(self, input_shape=None):
        if self.built:
            return
        self.masked_lm.build()
        self.sentence_order.build()
        self.built = True

    def call(
        self,
        inputs: batches.PretrainingBatch,
        training: bool = False,
        dropout_seed=None,
        all_layers: bool = False,
        logits_only: bool = False,
    ):
        positions = inputs["mask_positions"]
        logits_only = logits_only and not all_layers
        encoded = self.encoder(
            inputs,
            training=training,
            dropout_seed=dropout_seed,
            all_layers=all_layers,
            positions=positions if logits_only else None,
        )
        masked = encoded["sequence_output"]
        if not logits_only:
            masked = tf.gather(masked, positions, batch_dims=1)  # [B, M, H]
        logits = {
            "mlm_logits": self.masked_lm(
                masked, self.encoder.embeddings.word_embeddings
            ),
            "sentence_order_logits": self.sentence_order(
                encoded["pooled_output"]
            ),
        }
        if logits_only:
            return logits
        return {
            "sequence_output": encoded["sequence_output"],
            "pooled_output": encoded["pooled_output"],
            **logits,
            **hidden_outputs(encoded),
        }

    def get_config(self):
        return {
            "name": self.name,
            "config": self.config.to_dict(),
            "seed": self.seed,
        }


def named_weights(model: keras.Model) -> dict[str, tf.Variable]:
    """The model's trainable weights by path, without the model's own name.

    Checkpoints, exports and conversions use these names, for example
    `encoder/embeddings/word_embeddings`. They do not depend on how many models
    the process has created.
    """
    return {
        weight.path.split("/", 1)[1]: weight
        for weight in model.trainable_variables
    }


def hidden_outputs(encoded: dict) -> dict:
    """The outputs of AlbertEncoder that other models return for all_layers."""
    names = ("embedding_output", "layer_outputs")
    return {name: encoded[name] for name in names if "layer_outputs" in encoded}


def _as_config(config) -> config_lib.AlbertConfig:
    if isinstance(config, config_lib.AlbertConfig):
        return config
    return config_lib.AlbertConfig.from_dict(config)
