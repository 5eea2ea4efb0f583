"""ALBERT as Keras models: the encoder, and the encoder with its heads."""

from collections.abc import Callable

import keras
import tensorflow as tf

from albert_tf import config as config_lib
from albert_tf.layers import common
from albert_tf.layers import embeddings
from albert_tf.layers import execution as execution_lib
from albert_tf.layers import heads
from albert_tf.layers import transformer

# Added to attention scores where a query may not look, as in the original.
MASKED_BIAS = -10000.0


@keras.saving.register_keras_serializable(package="albert_tf")
class AlbertEncoder(keras.Model):
    """Token ids to contextual vectors.

    Args:
        config: AlbertConfig, or the dict that `get_config` holds.
        seed: whole number; starts the dropout masks of calls that pass no
            `dropout_seed` of their own (`fit`, notebooks).
    Attributes:
        execution: how the stack is run.
        masked_bias: MASKED_BIAS; exports to 8-bit integers, whose steps widen
            with the range, set a smaller one. Both before it is traced.
    Inputs: a dict of int32 [B, S] tensors (other keys are ignored)
        token_ids;
        segment_ids: 0 or 1; left out: all 0;
        padding_mask: 1 at tokens, 0 at padding; left out: all 1.
        Where up to K examples are packed into a row, also
        pack_ids: which of them a token belongs to, from 1; 0 at padding.
            Tokens see those of their own example only;
        position_ids: of a token in its example, from 0; left out: in the row;
        first_positions: int32 [B, K], where in the row each example starts;
            unused slots 0.
    Outputs: a dict (`all_layers=False` leaves layer_outputs out)
        sequence_output: float [B, S, H], the last layer; [B, P, H] of a call
            with `positions`, int32 [B, P]: the only tokens, beside those that
            are pooled, that the last layer is then worked out for. That saves
            most of its products. layer_outputs are left out;
        pooled_output: float [B, H], tanh dense of the first token; with
            first_positions [B, K, H], of each example's first token;
        embedding_output: float [B, S, E], before the projection to H;
        layer_outputs: L * inner_group_num tensors, float [B, S, H].
    Source: Lan et al. 2019, "ALBERT: A Lite BERT for Self-supervised Learning
        of Language Representations"; google-research/albert, modeling.py.
    """

    def __init__(self, config, seed: int = 0, **kwargs):
        super().__init__(**kwargs)
        self.config = _as_config(config)
        config = self.config
        self.embeddings = embeddings.FactorizedEmbeddings(
            config, name="embeddings"
        )
        # Where E == H the first factor is the whole table.
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
        self.masked_bias = MASKED_BIAS
        self.build()

    def build(self, input_shape=None):
        if self.built:  # no shape depends on the input
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
        inputs,
        training=False,
        dropout_seed=None,
        all_layers=True,
        positions=None,
    ):
        if not training:
            dropout_seed = None
        elif dropout_seed is None:
            dropout_seed = tf.cast(self.seed_generator.next(), tf.int32)

        embedded, x, bias = self.embed(inputs, dropout_seed)
        all_layers = all_layers and positions is None
        outputs = self.transformer(
            x,
            bias,
            dropout_seed=dropout_seed,
            all_layers=all_layers,
            select=_selecting(inputs, positions),
        )
        encoded = {"embedding_output": embedded}
        if positions is None:
            encoded["sequence_output"] = outputs[-1]
            first = _first_tokens(outputs[-1], inputs)
        else:
            count = tf.shape(positions)[1]
            encoded["sequence_output"] = outputs[-1][:, :count]
            first = outputs[-1][:, count:]
            if "first_positions" not in inputs:
                first = first[:, 0]
        encoded["pooled_output"] = self.pooler(common.factor(first))
        return encoded | ({"layer_outputs": outputs} if all_layers else {})

    def embed(self, inputs, dropout_seed=None):
        """What comes before the layers.

        Returns:
            embedding_output, float [B, S, E]; the first layer's input, float
            [B, S, H]; the attention bias of all layers.
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
        bias = attention_bias(
            padding_mask, inputs.get("pack_ids"), self.masked_bias
        )
        return embedded, x, bias

    def pool(self, sequence, inputs):
        """pooled_output of any layer's output, float [B, S, H]."""
        return self.pooler(common.factor(_first_tokens(sequence, inputs)))

    def get_config(self):
        return {
            "name": self.name,
            "config": self.config.to_dict(),
            "seed": self.seed,
        }


@keras.saving.register_keras_serializable(package="albert_tf")
class AlbertPretrainer(keras.Model):
    """The encoder with the masked-LM and sentence-order heads.

    Args: as AlbertEncoder.
    Inputs: those of AlbertEncoder and mask_positions, int32 [B, M], the
        positions to score; unused slots 0.
    Outputs: a dict
        sequence_output, pooled_output: as AlbertEncoder;
        mlm_logits: float32 [B, M, V];
        sentence_order_logits: float32 [B, 2], of packed rows [B, K, 2];
            class 1 means exchanged.
        with all_layers=True also those of `hidden_outputs`; otherwise with
        logits_only=True the two logits alone, for which the last layer is
        worked out at the masked and at the pooled tokens only.
    """

    # What `albert_tf.load` found no weights for.
    untrained_heads: tuple[str, ...] = ()

    def __init__(self, config, seed: int = 0, **kwargs):
        super().__init__(**kwargs)
        self.config = _as_config(config)
        self.seed = seed
        # The encoder builds itself: its weights' paths start with this model.
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
        inputs,
        training=False,
        dropout_seed=None,
        all_layers=False,
        logits_only=False,
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
    `encoder/embeddings/word_embeddings`; they do not depend on how many models
    the process has made.
    """
    return {
        weight.path.split("/", 1)[1]: weight
        for weight in model.trainable_variables
    }


def leave_early(
    model: keras.Model, patience: int | None, threshold: float, task: str
) -> None:
    """Lets texts leave a model before its last layer, while not training.

    Args:
        model: one with a method leave_early(patience, threshold).
        patience: how many classifiers in a row must agree; None: texts pass
            through all layers.
        threshold: for numbers, how much two that agree may differ.
        task: for messages.
    Raises:
        ValueError: the model has no classifier at every depth, or the patience
            is out of range.
    """
    if not hasattr(model, "leave_early"):
        raise ValueError(
            "--exit_patience must be used with a model that has a classifier "
            f"at every depth. Received: an {type(model).__name__} for {task}. "
            "Train one with --early_exit."
        )
    model.leave_early(patience, threshold)


def hidden_outputs(encoded: dict) -> dict:
    """Of AlbertEncoder's outputs those that all_layers=True is asked for."""
    names = ("embedding_output", "layer_outputs")
    return {name: encoded[name] for name in names if "layer_outputs" in encoded}


def attention_bias(padding_mask, pack_ids, masked: float = MASKED_BIAS):
    """float32, 0 where a query may look: [B, 1, 1, S], packed [B, 1, S, S].

    `masked` elsewhere, and not minus infinity: a query with no key to look at
    then attends evenly instead of dividing by zero.
    """
    # Not [:, None, None, :], which LiteRT lacks for free lengths.
    batch, length = tf.unstack(tf.shape(padding_mask))
    visible = tf.reshape(padding_mask, [batch, 1, 1, length])
    if pack_ids is not None:
        same = pack_ids[:, None, :, None] == pack_ids[:, None, None, :]
        visible *= tf.cast(same, visible.dtype)
    return (1.0 - tf.cast(visible, tf.float32)) * masked


def _first_tokens(sequence, inputs):
    """[B, S, H] to [B, H], the first token; of packed rows [B, K, H]."""
    if "first_positions" in inputs:
        return tf.gather(sequence, inputs["first_positions"], batch_dims=1)
    return sequence[:, 0]


def _selecting(inputs, positions) -> Callable[[tf.Tensor], tf.Tensor] | None:
    """Picks of [B, S, ...] what is at `positions`, and then what is pooled."""
    if positions is None:
        return None
    firsts = inputs.get("first_positions")
    if firsts is None:
        if positions.shape[1] == 0:
            return lambda x: x[:, :1]
        firsts = tf.zeros_like(positions[:, :1])
    rows = tf.concat([positions, firsts], axis=1)
    return lambda x: tf.gather(x, rows, batch_dims=1)


def _as_config(config) -> config_lib.AlbertConfig:
    if isinstance(config, config_lib.AlbertConfig):
        return config
    return config_lib.AlbertConfig.from_dict(config)
