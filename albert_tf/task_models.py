"""ALBERT with the heads of fine-tuned models, one model a head."""

import keras
import tensorflow as tf

from albert_tf import loss_checks
from albert_tf import models
from albert_tf.layers import task_heads

# The original's, in front of every head.
DROPOUT_PROB = 0.1
# The original's number of starts to find ends for.
START_N_TOP = 5


class TaskModel(keras.Model):
    """An encoder, and `head`, which the models below add.

    Called with all_layers=True they also return those of the encoder's outputs
    that `models.hidden_outputs` names.

    Args:
        config: AlbertConfig, or the dict that `get_config` holds.
        seed: as AlbertEncoder's.
        encoder: one to share with other models; left out, one of its own.
    """

    # What `albert_tf.load` found no weights for.
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
        """As keras.Model's; refuses losses that take probabilities."""
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
        """The encoder's outputs, and the head's seed: None if not training.

        pooled_only: whether nothing of the last layer is wanted, unless all
            layers are, but what is pooled.
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
    """Classes of a text or a pair; with one class, a number (regression).

    Args:
        config, seed: as AlbertEncoder.
        num_classes: C.
        dropout_prob: of the pooled vector while training.
    Inputs: those of AlbertEncoder.
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
        **kwargs,
    ):
        super().__init__(config, seed, **kwargs)
        self.head = task_heads.ClassificationHead(
            self.config, num_classes, dropout_prob, name="classifier"
        )
        self.build()

    def call(self, inputs, training=False, dropout_seed=None, all_layers=False):
        encoded, seed = self.encode(
            inputs, training, dropout_seed, all_layers, pooled_only=True
        )
        return {
            "logits": self.head(encoded["pooled_output"], seed),
            **models.hidden_outputs(encoded),
        }

    def get_config(self):
        return {**super().get_config(), "num_classes": self.head.num_classes}


@keras.saving.register_keras_serializable(package="albert_tf")
class AlbertTagger(TaskModel):
    """A class for every token.

    Args: as AlbertClassifier; dropout_prob is of the sequence.
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
    """One of several texts: each is scored alone, by one head.

    Args: as AlbertClassifier, without num_classes.
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
        shape = tf.shape(inputs["token_ids"])
        texts = {
            name: tf.reshape(inputs[name], [-1, shape[2]])  # [B C, S]
            for name in ("token_ids", "segment_ids", "padding_mask")
            if name in inputs
        }
        encoded, seed = self.encode(
            texts, training, dropout_seed, all_layers, pooled_only=True
        )
        logits = self.head(encoded["pooled_output"], seed)
        return {
            "logits": tf.reshape(logits, shape[:2]),
            **models.hidden_outputs(encoded),
        }


@keras.saving.register_keras_serializable(package="albert_tf")
class AlbertSpan(TaskModel):
    """Where an answer starts and ends, independently (SQuAD 1.1).

    Args: as AlbertClassifier, without num_classes; the original drops nothing.
    Inputs: those of AlbertEncoder.
    Outputs: a dict with start_logits and end_logits, float32 [B, S].
    Source: google-research/albert, squad_utils.py, create_v1_model.

    >>> import albert_tf, tensorflow as tf
    >>> model = albert_tf.AlbertSpan(albert_tf.AlbertConfig.named("tiny"))
    >>> model({"token_ids": tf.constant([[2, 17, 3]])})["start_logits"].shape
    TensorShape([1, 3])
    """

    def __init__(
        self, config, dropout_prob: float = 0.0, seed: int = 0, **kwargs
    ):
        super().__init__(config, seed, **kwargs)
        self.head = task_heads.ClassificationHead(
            self.config, 2, dropout_prob, name="span"
        )
        self.build()

    def call(self, inputs, training=False, dropout_seed=None, all_layers=False):
        encoded, seed = self.encode(inputs, training, dropout_seed, all_layers)
        logits = self.head(encoded["sequence_output"], seed)  # [B, S, 2]
        return {
            "start_logits": logits[..., 0],
            "end_logits": logits[..., 1],
            **models.hidden_outputs(encoded),
        }


@keras.saving.register_keras_serializable(package="albert_tf")
class AlbertConditionalSpan(TaskModel):
    """Where an answer starts, where it ends given that, or none (SQuAD 2.0).

    Args: as AlbertMultipleChoice; dropout_prob is that of the last part.
    Inputs: those of AlbertEncoder and
        span_mask: int32 [B, S], 1 where an answer may start or end: [CLS] and
            the context;
        start_positions: int32 [B, 1], the true starts, while training; left
            out: the 5 likeliest (K = 5, or S where that is less).
    Outputs: those of ConditionalSpanHead.

    >>> import albert_tf, tensorflow as tf
    >>> config = albert_tf.AlbertConfig.named("tiny")
    >>> model = albert_tf.AlbertConditionalSpan(config)
    >>> ids, mask = tf.constant([[[2, 17, 3, 23, 3]], [[1, 0, 0, 1, 0]]])
    >>> model({"token_ids": ids, "span_mask": mask})["end_logits"].shape
    TensorShape([1, 5, 5])
    """

    def __init__(
        self,
        config,
        dropout_prob: float = DROPOUT_PROB,
        seed: int = 0,
        **kwargs,
    ):
        super().__init__(config, seed, **kwargs)
        self.head = task_heads.ConditionalSpanHead(
            self.config, dropout_prob, name="conditional_span"
        )
        self.build()

    def call(self, inputs, training=False, dropout_seed=None, all_layers=False):
        encoded, seed = self.encode(inputs, training, dropout_seed, all_layers)
        answers = self.head(
            encoded["sequence_output"],
            inputs["span_mask"],
            start_positions=inputs.get("start_positions"),
            start_n_top=tf.minimum(
                START_N_TOP, tf.shape(inputs["token_ids"])[1]
            ),
            dropout_seed=seed,
        )
        return answers | models.hidden_outputs(encoded)
