"""ALBERT with a head for fine-tuning: one model for each head."""

import keras
import tensorflow as tf

from albert_tf import loss_checks
from albert_tf import models
from albert_tf.layers import task_heads
from albert_tf.layers import tokens
from albert_tf.layers import window_pooling as windows

# The original's dropout rate before every head.
DROPOUT_PROB = 0.1


class TaskModel(keras.Model):
    """Base of the models below: an encoder, to which they add `head`.

    With all_layers=True, they also return the encoder's outputs that
    `models.hidden_outputs` names.

    Args:
        config: AlbertConfig, or the dict in the result of `get_config`.
        seed: as for AlbertEncoder.
        encoder: an encoder to share with other models; default: a new one.
    """

    # Heads for which `albert_tf.load` found no weights.
    untrained_heads: tuple[str, ...] = ()

    def __init__(self, config, seed: int, encoder=None, **kwargs):
        super().__init__(**kwargs)
        if encoder is None:
            with keras.name_scope(self.name):
                encoder = models.AlbertEncoder(
                    config, seed=seed, name="encoder"
                )
        self.encoder = encoder
        self.config = self.encoder.config
        self.seed = seed

    def build(self, input_shape=None):
        if self.built:
            return
        self.head.build()
        self.built = True

    def compile(self, optimizer="rmsprop", loss=None, *args, **kwargs):
        """Like keras.Model.compile; refuses losses that take probabilities."""
        loss_checks.check(loss)
        super().compile(optimizer, loss, *args, **kwargs)

    def encode(
        self,
        inputs,
        training,
        dropout_seed,
        all_layers=False,
        pooled_only=False,
    ):
        """The encoder's outputs and the head's seed, None outside of training.

        With pooled_only and without all_layers, the last layer is computed only
        at the pooled positions.
        """
        if not training:
            dropout_seed = None
        elif dropout_seed is None:
            dropout_seed = tf.cast(self.encoder.seed_generator.next(), tf.int32)
        positions = None
        if pooled_only and not all_layers:
            rows = tf.shape(inputs["token_ids"])[0]
            positions = tf.zeros([rows, 0], tf.int32)
        encoded = self.encoder(
            inputs,
            training=training,
            dropout_seed=dropout_seed,
            all_layers=all_layers,
            positions=positions,
        )
        return encoded, dropout_seed

    def get_config(self):
        return {
            "name": self.name,
            "config": self.config.to_dict(),
            "dropout_prob": self.head.dropout_prob,
            "seed": self.seed,
        }


@keras.saving.register_keras_serializable(package="albert_tf")
class AlbertClassifier(TaskModel):
    """Classifies a text or a pair; with one class, predicts a number.

    Args:
        config, seed: as for AlbertEncoder.
        num_classes: C; 1 for regression.
        dropout_prob: dropout rate of the pooled vector in training.
        window_pooling: how the vectors of a long text's windows become one:
            mean, max or attention; None for a model that reads no windows.
    Inputs: those of AlbertEncoder; with window_pooling, they may also be
        [B, W, S], for up to W windows of each text. A window without tokens
        is not used. For rows in another order, or packed ones, see
        `layers.window_pooling`.
    Outputs: a dict with logits, float32 [B, C].

    >>> import albert_tf, tensorflow as tf
    >>> config = albert_tf.AlbertConfig.named("tiny", vocab_size=100)
    >>> model = albert_tf.AlbertClassifier(config, num_classes=3)
    >>> model({"token_ids": tf.constant([[2, 17, 23, 3]])})["logits"].shape
    TensorShape([1, 3])
    """

    def __init__(
        self,
        config,
        num_classes: int,
        dropout_prob: float = DROPOUT_PROB,
        seed: int = 0,
        window_pooling: str | None = None,
        **kwargs,
    ):
        super().__init__(config, seed, **kwargs)
        self.head = task_heads.ClassificationHead(
            self.config, num_classes, dropout_prob, name="classifier"
        )
        self.window_pooling = window_pooling
        self.windows = None
        if window_pooling is not None:
            self.windows = windows.WindowPooling(
                self.config, window_pooling, name=windows.NAME
            )
        self.build()

    def build(self, input_shape=None):
        if not self.built and self.windows is not None:
            self.windows.build()
        super().build(input_shape)

    def call(self, inputs, training=False, dropout_seed=None, all_layers=False):
        rows = inputs if self.windows is None else tokens.as_rows(inputs)
        encoded, seed = self.encode(
            rows, training, dropout_seed, all_layers, pooled_only=True
        )
        pooled = encoded["pooled_output"]
        if self.windows is not None:
            pooled = self.windows(pooled, inputs)
        return {
            "logits": self.head(pooled, seed),
            **models.hidden_outputs(encoded),
        }

    def get_config(self):
        return {
            **super().get_config(),
            "num_classes": self.head.num_classes,
            "window_pooling": self.window_pooling,
        }


@keras.saving.register_keras_serializable(package="albert_tf")
class AlbertTagger(TaskModel):
    """Classifies every token.

    Args: as for AlbertClassifier; dropout_prob applies to the sequence.
    Inputs: those of AlbertEncoder.
    Outputs: a dict with logits, float32 [B, S, C].

    >>> import albert_tf, tensorflow as tf
    >>> model = albert_tf.AlbertTagger(albert_tf.AlbertConfig.named("tiny"), 5)
    >>> model({"token_ids": tf.constant([[2, 17, 23, 3]])})["logits"].shape
    TensorShape([1, 4, 5])
    """

    def __init__(
        self,
        config,
        num_classes: int,
        dropout_prob: float = DROPOUT_PROB,
        seed: int = 0,
        **kwargs,
    ):
        super().__init__(config, seed, **kwargs)
        self.head = task_heads.ClassificationHead(
            self.config, num_classes, dropout_prob, name="tagging"
        )
        self.build()

    def call(self, inputs, training=False, dropout_seed=None, all_layers=False):
        encoded, seed = self.encode(inputs, training, dropout_seed, all_layers)
        return {
            "logits": self.head(encoded["sequence_output"], seed),
            **models.hidden_outputs(encoded),
        }

    def get_config(self):
        return {**super().get_config(), "num_classes": self.head.num_classes}


@keras.saving.register_keras_serializable(package="albert_tf")
class AlbertMultipleChoice(TaskModel):
    """Chooses one of several texts, each of which is scored independently.

    Args: as for AlbertClassifier, without num_classes.
    Inputs: those of AlbertEncoder, each int32 [B, C, S] for C choices.
    Outputs: a dict with logits, float32 [B, C].
    Source: google-research/albert, race_utils.py, create_model.

    >>> import albert_tf, tensorflow as tf
    >>> config = albert_tf.AlbertConfig.named("tiny")
    >>> model = albert_tf.AlbertMultipleChoice(config)
    >>> model({"token_ids": tf.ones([1, 2, 4], tf.int32)})["logits"].shape
    TensorShape([1, 2])
    """

    def __init__(
        self,
        config,
        dropout_prob: float = DROPOUT_PROB,
        seed: int = 0,
        **kwargs,
    ):
        super().__init__(config, seed, **kwargs)
        self.head = task_heads.ClassificationHead(
            self.config, 1, dropout_prob, name="multiple_choice"
        )
        self.build()

    def call(self, inputs, training=False, dropout_seed=None, all_layers=False):
        encoded, seed = self.encode(
            tokens.as_rows(inputs),
            training,
            dropout_seed,
            all_layers,
            pooled_only=True,
        )
        logits = self.head(encoded["pooled_output"], seed)
        return {
            "logits": tf.reshape(logits, tf.shape(inputs["token_ids"])[:2]),
            **models.hidden_outputs(encoded),
        }
