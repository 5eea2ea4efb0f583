"""The contract of a kind of task on the model's side."""

from collections.abc import Callable
from collections.abc import Mapping
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import keras

from albert_tf import batches
from albert_tf import models
from albert_tf import objectives


def _as_they_are(outputs: dict[str, Any]) -> dict[str, Any]:
    return outputs


def _texts(num_texts: int) -> dict[str, Any]:
    names = ("texts", "second_texts")[:num_texts]
    return {name: ["A text."] for name in names}


@dataclass(frozen=True, kw_only=True)
class Kind:
    """A kind of task: its head, its loss, its outputs, and words for it.

    Attributes:
        task: the kind of task, as data_pipeline names it. Several kinds of
            model may be for one kind of task.
        model: a class of `task_models`, or one like them.
        objective: what training minimizes.
        labels: arrays that batches hold for training. In packed batches, a B
            that stands alone is BK.
        head: the first part of the names of the head's weights.
        counts_classes: whether the model takes num_classes.
        has_dropout: whether the model takes dropout_prob.
        reads_pooled: whether the head reads the pooled vector; if not, the
            loss has no gradient for the pooler.
        is_numeric: whether it predicts numbers.
        with_exits: the kind whose model has a classifier at every depth; None
            if there is none.
        outputs: from the model's outputs to those that predictions are made
            of.

        max_seq_length: of rows, where no published recipe says it.
        reads_whole_text: whether a text that is longer than a row is read in
            several rows, and not cut.
        perfect: the value of the main metric for perfect predictions.
        may_be_empty: inputs of an export that may be empty texts.

        does: what a model of the kind does, as the end of "An ALBERT that".
        example: arguments of an export's signature "text", from the number of
            texts that the model reads.
        pipeline: of transformers; None if there is none.
        problem_type: in Hugging Face's config.json; None if there is none.
        groups: the title of an evaluation's figures by group.
        errors: which errors of an evaluation are the worst.
        unit: what its confusion matrix counts.
    """

    task: str
    model: type[keras.Model]
    objective: objectives.Objective
    labels: Mapping[str, batches.Array]
    head: str
    counts_classes: bool = False
    has_dropout: bool = True
    reads_pooled: bool = True
    is_numeric: bool = False
    with_exits: str | None = None
    outputs: Callable[[dict[str, Any]], dict[str, Any]] = _as_they_are

    max_seq_length: int = 128
    reads_whole_text: bool = False
    perfect: float = 1.0
    may_be_empty: Sequence[str] = ()

    does: str
    example: Callable[[int], Mapping[str, Any]] = _texts
    pipeline: str | None = None
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
    ) -> keras.Model:
        """A model with this kind's head on an encoder that others may share.

        Args:
            encoder: may be shared with other models.
            num_classes: C; ignored where the kind does not count classes.
            dropout_prob: before the head, while training.
            seed: of the initial weights of the head.
        """
        options: dict[str, Any] = {}
        if self.counts_classes:
            options["num_classes"] = num_classes
        if self.has_dropout:
            options["dropout_prob"] = dropout_prob
        return self.model(encoder.config, seed=seed, encoder=encoder, **options)
