"""A model as one function of ids: what LiteRT and ONNX are converted from."""

import contextlib
import dataclasses
from collections.abc import Callable
from collections.abc import Iterator

import keras
import numpy as np
import tensorflow as tf

from albert_tf import kinds
from albert_tf import models
from albert_tf import task_models

# From a batch of inputs by name to the outputs by name, at any format.
Runner = Callable[[dict[str, np.ndarray]], dict[str, np.ndarray]]

ROWS = ("token_ids", "segment_ids", "padding_mask")


class IdsFunction(tf.Module):
    """A model's outputs by name, as a function of ids by name.

    Args:
        model: any of ours with a head.
        batch_size, max_seq_length: B and S; None: free.
        num_choices: N, of a multiple choice; None: free.
        num_masks: M, of a pretrainer; None: free.
        masked: what stands where the model has -10000 in attention and -1e30
            in answers; None: these.
    Attributes:
        inputs: by name a tf.TensorSpec, int32 [B, S], of a multiple choice
            [B, N, S]: token_ids, segment_ids, padding_mask; of a pretrainer
            also mask_positions [B, M], of AlbertConditionalSpan also span_mask
            [B, S].
        function: a tf.function of one dict of them, traced once. It returns
            the model's own outputs, of AlbertConditionalSpan those of
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
        # TensorFlow's savers do not follow variables of Keras to these.
        self.weights = {
            name: weight.value
            for name, weight in models.named_weights(model).items()
        }

        def call(inputs):
            with _exported(model, masked):
                return outputs(model, inputs)

        self.function = tf.function(call, input_signature=[self.inputs])


def outputs(model: keras.Model, inputs) -> dict[str, tf.Tensor]:
    """The outputs that predictions are made of.

    Those of a classifier at every depth are the last one's or, if texts leave
    early, those of the depth where they left. Outputs of untrained weights are
    left out.
    """
    found = model.call(inputs)
    found.pop("layer_logits", None)
    for name in untrained_outputs(model):
        found.pop(name, None)
    return kinds.outputs_of(model, found)


def untrained_outputs(model: keras.Model) -> set[str]:
    """The outputs that a model has no trained weights for."""
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
    """Of the inputs, by name; arguments as of IdsFunction."""
    shapes: dict[str, tuple[int | None, ...]] = {
        name: (batch_size, max_seq_length) for name in input_names(model)
    }
    if "mask_positions" in shapes:
        shapes["mask_positions"] = (batch_size, num_masks)
    if isinstance(model, task_models.AlbertMultipleChoice):
        shape = (batch_size, num_choices, max_seq_length)
        shapes = {name: shape for name in shapes}
    return {
        name: tf.TensorSpec(shape, tf.int32, name=name)
        for name, shape in shapes.items()
    }


def input_names(model: keras.Model) -> tuple[str, ...]:
    """The ids that a model reads."""
    if isinstance(model, models.AlbertPretrainer):
        return (*ROWS, "mask_positions")
    if isinstance(model, task_models.AlbertConditionalSpan):
        return (*ROWS, "span_mask")
    return ROWS


def runner(model: keras.Model) -> Runner:
    """The model itself, by which exports are judged."""
    module = IdsFunction(model)

    def run(batch):
        outputs = module.function(
            {name: tf.constant(batch[name], tf.int32) for name in module.inputs}
        )
        return {name: value.numpy() for name, value in outputs.items()}

    return run


@contextlib.contextmanager
def _exported(model: keras.Model, masked: float | None) -> Iterator[None]:
    """Weights as constants, and other values where a model masks, while it is
    traced."""
    encoder = model.encoder
    execution = dataclasses.replace(
        encoder.execution, constants=True, trace_once=False
    )
    changes = [(encoder, "execution", execution)]
    if masked is not None:
        changes.append((encoder, "masked_bias", masked))
        if isinstance(model, task_models.AlbertConditionalSpan):
            changes.append((model.head, "masked_logit", masked))
    before = [(place, name, getattr(place, name)) for place, name, _ in changes]
    for change in changes:
        setattr(*change)
    try:
        yield
    finally:
        for change in before:
            setattr(*change)
