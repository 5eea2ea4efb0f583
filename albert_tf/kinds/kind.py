"""The interface of a kind of task on the model's side."""

from collections.abc import Callable
from collections.abc import Mapping
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import keras
import numpy as np

from albert_tf import batches
from albert_tf import models
from albert_tf import objectives
from albert_tf.layers import window_pooling


def _as_they_are(outputs: dict[str, Any]) -> dict[str, Any]:
    return outputs


def _called(model: keras.Model, batch: Any, options: Any) -> dict[str, Any]:
    del options
    return model(batch)


def _no_constants(model: keras.Model) -> dict[str, np.ndarray]:
    del model
    return {}


def _no_options(info: Mapping[str, Any]) -> dict[str, Any]:
    del info
    return {}


def window_options(info: Mapping[str, Any]) -> dict[str, Any]:
    """The arguments of a classifier that reads windows, as `Kind.options`."""
    names = (window_pooling.NAME,)
    return {name: info[name] for name in names if name in info}


def _texts(num_texts: int) -> dict[str, Any]:
    names = ("texts", "second_texts")[:num_texts]
    return {name: ["A text."] for name in names}


@dataclass(frozen=True, kw_only=True)
class Kind:
    """A kind of task: its head, loss and outputs, and descriptions of it.

    Attributes:
        task: data_pipeline's name of the kind of task. Several kinds of model
            may be for the same kind of task.
        model: a class in `task_models`, or a similar one.
        objective: the training objective.
        labels: arrays that batches hold for training. In packed batches, the
            shape B becomes BK.
        head: the first part of the names of the head's weights.
        marker: the rest of the name of a weight that all such heads have; None
            for heads that may have no weights.
        options: maps the other entries of a task in task.json to further
            arguments of the model.
        with_options: makes the objective for a head's training options; None
            if it is always `objective`.
        counts_classes: whether the model takes num_classes.
        has_dropout: whether the model takes dropout_prob.
        reads_pooled: whether the head reads the pooled vector; if not, the
            pooler has no gradient.
        is_numeric: whether the model predicts numbers.
        with_exits: name of the kind with a classifier at every layer; None if
            there is none.
        run: (model, batch, options): a model's outputs for a batch, for
            predictions. The options are those of `multitask.Head.predicting`.
        outputs: selects the outputs that predictions are made from.
        constants: maps a model to what predictions are made from besides its
            outputs, and what is the same for all examples, by name.

        max_seq_length: length of rows, if no published recipe states it.
        is_exported: whether models can be exported.
        is_counted: whether a model's work is that of its encoder, which can be
            estimated and pruned.
        reads_whole_text: whether long texts are split into several rows rather
            than truncated.
        perfect: value of the main metric for perfect predictions.
        may_be_empty: inputs of exports that may be empty texts.

        does: the description in "An ALBERT that ...".
        example: maps the number of texts that the model reads to arguments of
            an export's signature "text".
        pipeline: name of the task on the Hugging Face Hub, or None; also of
            the pipeline in transformers, unless there is an `auto_model`.
        auto_model: class of transformers that loads the model, if it has no
            pipeline for it.
        problem_type: problem_type in Hugging Face's config.json, or None.
        groups: title for an evaluation's figures by group.
        errors: describes the worst errors of an evaluation.
        unit: what the confusion matrix counts.
    """

    task: str
    model: type[keras.Model]
    objective: objectives.Objective
    labels: Mapping[str, batches.Array]
    head: str
    marker: str | None = "kernel"
    options: Callable[[Mapping[str, Any]], dict[str, Any]] = _no_options
    with_options: Callable[[Any], objectives.Objective] | None = None
    counts_classes: bool = False
    has_dropout: bool = True
    reads_pooled: bool = True
    is_numeric: bool = False
    with_exits: str | None = None
    run: Callable[[Any, Any, Any], dict[str, Any]] = _called
    outputs: Callable[[dict[str, Any]], dict[str, Any]] = _as_they_are
    constants: Callable[[Any], dict[str, np.ndarray]] = _no_constants

    max_seq_length: int = 128
    is_exported: bool = True
    is_counted: bool = True
    reads_whole_text: bool = False
    perfect: float = 1.0
    may_be_empty: Sequence[str] = ()

    does: str
    example: Callable[[int], Mapping[str, Any]] = _texts
    pipeline: str | None = None
    auto_model: str | None = None
    problem_type: str | None = None
    groups: str = "Groups"
    errors: str = "that the model was surest of"
    unit: str = "rows"

    def make_model(
        self,
        encoder: models.AlbertEncoder,
        *,
        num_classes: int,
        dropout_prob: float,
        seed: int,
        **options: Any,
    ) -> keras.Model:
        """Creates a model with this kind's head on an encoder.

        Args:
            encoder: the encoder, which may be shared with other models.
            num_classes: C; ignored if the kind does not count classes.
            dropout_prob: dropout rate before the head in training.
            seed: the `seed` of the model.
            **options: further arguments of the model, as in `options`.
        """
        if self.counts_classes:
            options["num_classes"] = num_classes
        if self.has_dropout:
            options["dropout_prob"] = dropout_prob
        return self.model(encoder.config, seed=seed, encoder=encoder, **options)
