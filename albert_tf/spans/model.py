"""ALBERT with a head for answers to questions: spans of a context."""

import keras
import tensorflow as tf

from albert_tf import models
from albert_tf import task_models
from albert_tf.layers import task_heads

# The original's number of starts for which ends are predicted.
START_N_TOP = 5


@keras.saving.register_keras_serializable(package="albert_tf")
class AlbertSpan(task_models.TaskModel):
    """Predicts the start and end of an answer independently (SQuAD 1.1).

    Args: as for AlbertClassifier, without num_classes.
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
class AlbertConditionalSpan(task_models.TaskModel):
    """Predicts an answer's start, its end given that, or none (SQuAD 2.0).

    Args: as for AlbertMultipleChoice; dropout_prob as in ConditionalSpanHead.
    Inputs: those of AlbertEncoder, and
        span_mask: int32 [B, S], 1 where an answer may start or end: at [CLS]
            and in the context;
        start_positions: int32 [B, 1], the true starts, in training; default:
            the min(5, S) most likely starts.
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
        dropout_prob: float = task_models.DROPOUT_PROB,
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
