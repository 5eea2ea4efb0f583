"""Early exit: a classifier at every layer; texts leave when several agree.

A text leaves after the first layer at which `patience` consecutive classifiers
agree: on the class, or on a number to within a threshold. With a patience of 1,
this is the first layer. With L, it is the last layer.

Since layers share weights, each classifier adds only an [H, C] matrix and a
bias, and a graph that stops early is a loop over one block.

Source: Zhou et al. 2020, "BERT Loses Patience: Fast and Robust Inference with
    Early Exit". Their patience counts agreements, so it is smaller by 1.
"""

from typing import Any

import keras
import tensorflow as tf

from albert_tf import config as config_lib
from albert_tf import task_models
from albert_tf.layers import common
from albert_tf.layers import task_heads

_HEAD = "classifier_at_"
FIRST_HEAD = f"{_HEAD}1"
# Largest difference of numbers that agree, in the units of the labels.
THRESHOLD = 0.1


@keras.saving.register_keras_serializable(package="albert_tf")
class AlbertEarlyExitClassifier(task_models.TaskModel):
    """Classifies a text or a pair, or predicts a number, after every layer.

    All layers use the same pooler.

    Args:
        config, seed: as for AlbertEncoder.
        num_classes: C; 1 for regression.
        dropout_prob: dropout rate of the pooled vector in training.
    Attributes:
        exit_patience: number of consecutive classifiers that must agree for a
            text to leave, except in training; None runs all layers.
        exit_threshold: for regression, largest difference of numbers that
            agree.
    Inputs: those of AlbertEncoder.
    Outputs: a dict; in packed rows, [B, K, ...] instead of [B, ...]
        logits: float32 [B, C], of the last classifier;
        layer_logits: float32 [B, L, C], of all classifiers, in order.
        With exit_patience, the outputs of `adaptive_call`.
    Source: Zhou et al. 2020, "BERT Loses Patience".

    >>> import albert_tf, tensorflow as tf
    >>> config = albert_tf.AlbertConfig.named("tiny", vocab_size=100)
    >>> model = albert_tf.AlbertEarlyExitClassifier(config, num_classes=3)
    >>> model.leave_early(patience=1, threshold=0.1)
    >>> model({"token_ids": tf.constant([[2, 17, 3]])})["exit_layer"].numpy()
    array([1], dtype=int32)
    """

    def __init__(
        self,
        config: config_lib.AlbertConfig | dict[str, Any],
        num_classes: int,
        dropout_prob: float = task_models.DROPOUT_PROB,
        seed: int = 0,
        **kwargs: Any,
    ):
        super().__init__(config, seed, **kwargs)
        self.num_classes = num_classes
        self.dropout_prob = dropout_prob
        self.exit_patience: int | None = None
        self.exit_threshold = THRESHOLD
        self.heads = [
            task_heads.ClassificationHead(
                self.config, num_classes, dropout_prob, name=f"{_HEAD}{layer}"
            )
            for layer in range(1, self.config.num_hidden_layers + 1)
        ]
        self.build()

    def build(self, input_shape=None):
        if self.built:
            return
        for head in self.heads:
            head.build()
        self.built = True

    def leave_early(self, patience: int | None, threshold: float) -> None:
        """Sets exit_patience and exit_threshold.

        Raises:
            ValueError: the patience is out of range.
        """
        if patience is not None:
            check_patience(patience, self.config.num_hidden_layers)
        self.exit_patience, self.exit_threshold = patience, threshold

    def call(self, inputs, training=False, dropout_seed=None):
        if self.exit_patience is not None and not training:
            return adaptive_call(
                self, inputs, self.exit_patience, self.exit_threshold
            )
        encoded, seed = self.encode(
            inputs, training, dropout_seed, all_layers=True
        )
        # The last block of each layer.
        blocks = self.config.inner_group_num
        sequences = encoded["layer_outputs"][blocks - 1 :: blocks]
        logits = []
        for head, sequence in zip(self.heads, sequences, strict=True):
            if seed is not None:  # a different mask for each layer
                seed = tf.random.experimental.stateless_fold_in(seed, 0)
            logits.append(head(self.encoder.pool(sequence, inputs), seed))
        return {"logits": logits[-1], "layer_logits": tf.stack(logits, axis=-2)}

    def get_config(self):
        return {
            "name": self.name,
            "config": self.config.to_dict(),
            "num_classes": self.num_classes,
            "dropout_prob": self.dropout_prob,
            "seed": self.seed,
        }


def check_patience(patience: int, depth: int) -> None:
    """Raises ValueError if a patience is out of range."""
    if not 1 <= patience <= depth:
        raise ValueError(
            "The patience must be from 1 to the number of layers. Received: "
            f"{patience}, for {depth} layers. Choose another --exit_patience."
        )


def exits(
    layer_logits: tf.Tensor, patience: int, threshold: float = THRESHOLD
) -> dict[str, tf.Tensor]:
    """Computes where texts leave, from the logits of all layers.

    Args:
        layer_logits: float32 [..., L, C].
        patience: from 1 to L.
        threshold: for regression (C = 1), largest difference of numbers that
            agree.
    Returns:
        logits: float32 [..., C], of the classifier where each text leaves;
        exit_layer: int32 [...], the number of that layer, from 1.
    Raises:
        ValueError: the patience is out of range.

    >>> logits = tf.constant([[[2.0, 1.0], [1.0, 2.0], [1.0, 3.0]]])
    >>> exits(logits, patience=2)["exit_layer"].numpy()
    array([3], dtype=int32)
    """
    depth = layer_logits.shape[-2]
    check_patience(patience, depth)
    by_layer = tf.unstack(layer_logits, axis=-2)
    state = _start(tf.zeros_like(by_layer[0]))
    for layer, logits in enumerate(by_layer):
        state = _advance(state, logits, layer, depth, patience, threshold)
    return {"logits": state["answer"], "exit_layer": state["exit_layer"]}


def adaptive_call(
    model: AlbertEarlyExitClassifier,
    inputs: dict[str, tf.Tensor],
    patience: int,
    threshold: float = THRESHOLD,
) -> dict[str, tf.Tensor]:
    """Runs layers until every text in the batch has left.

    It works in graphs with any batch size and length, including exports. The
    answers are those of `exits` for the logits of all layers.

    Args:
        model: the model.
        inputs: the inputs of AlbertEncoder.
        patience, threshold: as in `exits`.
    Returns:
        logits, float32 [B, C], and exit_layer, int32 [B], as in `exits`; in
        packed rows [B, K, C] and [B, K].
    Raises:
        ValueError: the patience is out of range.
    """
    depth = model.config.num_hidden_layers
    check_patience(patience, depth)
    encoder = model.encoder
    _, x, bias = encoder.embed(inputs)
    kernels = tf.stack([head.kernel.value for head in model.heads])  # [L, H, C]
    biases = tf.stack([head.bias.value for head in model.heads])
    of_texts = inputs.get("first_positions", inputs["token_ids"][:, 0])
    nothing = tf.zeros(tf.concat([tf.shape(of_texts), [model.num_classes]], 0))
    nothing = tf.ensure_shape(nothing, [*of_texts.shape, model.num_classes])
    shape = x.shape

    def body(layer, x, state):
        x = encoder.transformer.run_layer(x, bias, layer)
        pooled = encoder.pool(x, inputs)
        logits = tf.cast(
            common.dense(pooled, kernels[layer], biases[layer]), tf.float32
        )
        state = _advance(state, logits, layer, depth, patience, threshold)
        return layer + 1, tf.ensure_shape(x, shape), state

    _, _, state = tf.while_loop(
        lambda layer, x, state: tf.reduce_any(state["exit_layer"] == 0),
        body,
        (tf.constant(0), x, _start(nothing)),
        parallel_iterations=1,
        maximum_iterations=depth,
    )
    return {"logits": state["answer"], "exit_layer": state["exit_layer"]}


def _start(nothing):
    """The state before the first layer; `nothing` holds zeros, [..., C]."""
    zeros = tf.cast(nothing[..., 0], tf.int32)
    return {
        "logits": nothing,
        "agreeing": zeros,
        "answer": nothing,
        "exit_layer": zeros,
    }


def _advance(state, logits, layer, depth, patience, threshold):
    """The state after one more layer; `layer` counts from 0.

    It holds the logits of the last classifier; agreeing, the number of
    consecutive classifiers that agree with it; and the answer and exit_layer of
    texts that have left, else 0.
    """
    before = state["logits"]
    if logits.shape[-1] == 1:
        agrees = tf.abs(logits - before)[..., 0] < threshold
    else:
        agrees = tf.argmax(logits, -1) == tf.argmax(before, -1)
    agreeing = tf.where(agrees, state["agreeing"] + 1, 1)
    leaves = (state["exit_layer"] == 0) & (
        (agreeing >= patience) | (layer == depth - 1)
    )
    return {
        "logits": logits,
        "agreeing": agreeing,
        "answer": tf.where(leaves[..., None], logits, state["answer"]),
        "exit_layer": tf.where(leaves, layer + 1, state["exit_layer"]),
    }
