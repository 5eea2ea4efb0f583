"""A model as a function of ids, from which LiteRT and ONNX are converted."""

import contextlib
import dataclasses
from collections.abc import Callable
from collections.abc import Iterator
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from albert_tf import kinds
from albert_tf import models
from albert_tf import task_models
from albert_tf.seq2seq import model as seq2seq_model
from albert_tf.spans import model as span_models

# Runs a model of any format: inputs by name -> outputs by name.
Runner = Callable[[dict[str, np.ndarray]], dict[str, np.ndarray]]

ROWS = ("token_ids", "segment_ids", "padding_mask")


class IdsFunction(tf.Module):
    """A model's outputs by name, as a function of ids by name.

    Args:
        model: any model of this package with a head.
        batch_size, max_seq_length: B and S; None if they may vary.
        num_choices: N, for multiple choice; None if it may vary. For a model
            that reads windows, W.
        num_masks: M, for a pretrainer; None if it may vary.
        masked: replaces the -10000 that the model adds to masked attention
            scores, and its -1e30 for impossible answers; None keeps them.
    Attributes:
        inputs: names -> tf.TensorSpec, all int32: token_ids, segment_ids and
            padding_mask, [B, S], for multiple choice [B, N, S], and for a
            model that reads windows [B, W, S], where a window without tokens is
            not used; for a
            pretrainer also mask_positions [B, M]; for AlbertConditionalSpan
            also span_mask [B, S].
        function: a tf.function of one dict of these inputs, traced once. It
            returns the model's outputs, or for AlbertConditionalSpan those of
            `kinds.span.likeliest`.
    """

    def __init__(
        self,
        model: keras.Model,
        batch_size: int | None = None,
        max_seq_length: int | None = None,
        *,
        num_choices: int | None = None,
        num_masks: int | None = None,
        masked: float | None = None,
    ):
        super().__init__()
        self.inputs = specs(
            model,
            batch_size,
            max_seq_length,
            num_choices=num_choices,
            num_masks=num_masks,
        )
        # TensorFlow's savers do not find tf.Variables inside Keras variables.
        self.weights = {
            name: weight.value
            for name, weight in models.named_weights(model).items()
        }

        def call(inputs):
            with _exported(model, masked):
                return outputs(model, inputs)

        self.function = tf.function(call, input_signature=[self.inputs])


def outputs(model: keras.Model, inputs: Any) -> dict[str, tf.Tensor]:
    """The outputs that predictions are made from.

    A model with a classifier at every layer returns the outputs of the last
    layer or, with early exit, of the layer at which each text left. Outputs of
    untrained heads are omitted. A model that writes returns what its `generate`
    does.
    """
    if isinstance(model, seq2seq_model.AlbertSeq2Seq):
        return model.generate(inputs)
    found = model.call(inputs)
    found.pop("layer_logits", None)
    for name in untrained_outputs(model):
        found.pop(name, None)
    return kinds.outputs_of(model, found)


def untrained_outputs(model: keras.Model) -> set[str]:
    """Names of outputs for which a model has no trained weights."""
    of_head = {
        "pooler": "pooled_output",
        "sentence_order": "sentence_order_logits",
    }
    return {of_head.get(head, "") for head in model.untrained_heads}


def specs(
    model: keras.Model,
    batch_size: int | None = None,
    max_seq_length: int | None = None,
    *,
    num_choices: int | None = None,
    num_masks: int | None = None,
) -> dict[str, tf.TensorSpec]:
    """Specs of the inputs, by name. Arguments are as in IdsFunction."""
    shapes: dict[str, tuple[int | None, ...]] = {
        name: (batch_size, max_seq_length) for name in input_names(model)
    }
    if "mask_positions" in shapes:
        shapes["mask_positions"] = (batch_size, num_masks)
    if isinstance(model, task_models.AlbertMultipleChoice) or reads_windows(
        model
    ):
        shape = (batch_size, num_choices, max_seq_length)
        shapes = {name: shape for name in shapes}
    return {
        name: tf.TensorSpec(shape, tf.int32, name=name)
        for name, shape in shapes.items()
    }


def reads_windows(model: keras.Model) -> bool:
    """Whether a model reads several windows of a text."""
    return getattr(model, "window_pooling", None) is not None


def input_names(model: keras.Model) -> tuple[str, ...]:
    """Names of the inputs that a model reads."""
    if isinstance(model, models.AlbertPretrainer):
        return (*ROWS, "mask_positions")
    if isinstance(model, span_models.AlbertConditionalSpan):
        return (*ROWS, "span_mask")
    return ROWS


def runner(model: keras.Model) -> Runner:
    """Runs the model itself, with which exports are compared."""
    module = IdsFunction(model)

    def run(batch):
        outputs = module.function(
            {name: tf.constant(batch[name], tf.int32) for name in module.inputs}
        )
        return {name: value.numpy() for name, value in outputs.items()}

    return run


@contextlib.contextmanager
def _exported(model: keras.Model, masked: float | None) -> Iterator[None]:
    """While a model is traced, makes weights constants and changes its masks.

    Args:
        model: the model.
        masked: as in IdsFunction.
    """
    encoder = model.encoder
    execution = dataclasses.replace(
        encoder.execution, constants=True, trace_once=False
    )
    changes = [(encoder, "execution", execution)]
    if masked is not None:
        changes.append((encoder, "masked_bias", masked))
        if isinstance(model, span_models.AlbertConditionalSpan):
            changes.append((model.head, "masked_logit", masked))
        if reads_windows(model):
            changes.append((model.windows, "masked_bias", masked))
    before = [(place, name, getattr(place, name)) for place, name, _ in changes]
    for change in changes:
        setattr(*change)
    try:
        yield
    finally:
        for change in before:
            setattr(*change)
