"""A tagger whose tags depend on those of the words beside them."""

from collections.abc import Iterable

import keras

from albert_tf import models
from albert_tf import task_models
from albert_tf.layers import task_heads

HEAD = "crf"
_TRANSITIONS = "transition_bias"
# Peak learning rate of the transitions. With that of the encoder, which is made
# for large matrices, they would hardly move. Source: Su 2020,
# https://kexue.fm/archives/7196, where factors of 100 and more are best.
_RATE = 0.01


class CrfHead(task_heads.ClassificationHead):
    """Class scores of tokens, and scores of the steps between their classes.

    Args: as for ClassificationHead.
    Attributes:
        transition_bias: float32 [C + 1, C + 1], the score of a step from the
            class of a row to that of a column; the last row and column stand
            for what lies before and after a sentence. Initially 0.
    """

    def build(self, input_shape=None):
        super().build(input_shape)
        size = self.num_classes + 1
        self.transition_bias = self.add_weight(
            name=_TRANSITIONS, shape=(size, size), initializer="zeros"
        )


@keras.saving.register_keras_serializable(package="albert_tf")
class AlbertCrfTagger(task_models.TaskModel):
    """Scores the classes of every token, and learns the steps between them.

    `head.transition_bias` has the scores of the steps, and
    `albert_tf.crf.likelihood.losses` computes the loss from both.

    Args: as for AlbertTagger.
    Inputs: those of AlbertEncoder.
    Outputs: a dict with logits, float32 [B, S, C].
    Source: Lample et al. 2016, "Neural Architectures for Named Entity
        Recognition".

    >>> import albert_tf, tensorflow as tf
    >>> config = albert_tf.AlbertConfig.named("tiny")
    >>> model = albert_tf.AlbertCrfTagger(config, num_classes=5)
    >>> model({"token_ids": tf.constant([[2, 17, 23, 3]])})["logits"].shape
    TensorShape([1, 4, 5])
    >>> model.head.transition_bias.shape
    TensorShape([6, 6])
    """

    def __init__(
        self,
        config,
        num_classes: int,
        dropout_prob: float = task_models.DROPOUT_PROB,
        seed: int = 0,
        **kwargs,
    ):
        super().__init__(config, seed, **kwargs)
        self.head = CrfHead(self.config, num_classes, dropout_prob, name=HEAD)
        self.build()

    def call(self, inputs, training=False, dropout_seed=None, all_layers=False):
        encoded, seed = self.encode(inputs, training, dropout_seed, all_layers)
        return {
            "logits": self.head(encoded["sequence_output"], seed),
            **models.hidden_outputs(encoded),
        }

    def get_config(self):
        return {**super().get_config(), "num_classes": self.head.num_classes}


def rate_multipliers(
    names: Iterable[str], learning_rate: float
) -> dict[str, float]:
    """The factors of the learning rate of transitions, by name.

    Args:
        names: names of weights.
        learning_rate: the peak learning rate of the others.
    """
    factor = max(1.0, _RATE / learning_rate) if learning_rate > 0 else 1.0
    suffix = f"{HEAD}/{_TRANSITIONS}"
    return {name: factor for name in names if name.endswith(suffix)}
