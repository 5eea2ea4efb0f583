"""One encoder, and a model for each task that shares it."""

import dataclasses
from collections.abc import Iterable
from collections.abc import Mapping
from typing import Any

import keras
import numpy as np
import tensorflow as tf
from absl import logging

from albert_tf import config as config_lib
from albert_tf import exits
from albert_tf import kinds
from albert_tf import models
from albert_tf import objectives
from albert_tf.finetuning import predictions
from albert_tf.interop import loading
from albert_tf.training import set_up


@dataclasses.dataclass(frozen=True)
class Head:
    """A head.

    kind: a name in kinds.KINDS.
    num_classes: C, where the kind counts classes.
    options: further arguments of the kind's model.
    training: options of the kind's objective, for `Kind.with_options`.
    predicting: how the kind's models predict, for `Kind.run`.
    """

    kind: str
    num_classes: int = 0
    options: Mapping[str, Any] = dataclasses.field(default_factory=dict)
    training: Any = None
    predicting: Any = None

    @property
    def objective(self) -> objectives.Objective:
        """The training objective of this head."""
        kind = kinds.KINDS[self.kind]
        if kind.with_options is None or self.training is None:
            return kind.objective
        return kind.with_options(self.training)


class MultitaskModel:
    """An encoder and a model for each task that shares it.

    Args:
        strategy: where the model lives.
        config: describes the encoder.
        heads: by task.
        dropout_prob: dropout rate in front of the heads.
        seed: for initial weights.
    """

    def __init__(
        self,
        strategy: tf.distribute.Strategy,
        config: config_lib.AlbertConfig,
        heads: Mapping[str, Head],
        dropout_prob: float = 0.0,
        seed: int = 0,
    ):
        self.strategy = strategy
        with strategy.scope(), set_up.initial_weights(seed):
            with keras.name_scope("albert"):
                self.encoder = models.AlbertEncoder(
                    config, seed=seed, name="encoder"
                )
            # Outside of that scope: it would put the model's name into the
            # names of the head's weights, and no checkpoint has it there.
            self.models = {
                task: kinds.KINDS[head.kind].make_model(
                    self.encoder,
                    num_classes=head.num_classes,
                    dropout_prob=dropout_prob,
                    seed=seed,
                    **head.options,
                )
                for task, head in heads.items()
            }
        self.heads = heads
        self._predict: dict[str, Any] = {}

    @property
    def weights(self) -> dict[str, keras.Variable]:
        """By name; with several tasks, those of heads are tasks/<task>/..."""
        found = {}
        for task, model in self.models.items():
            for name, weight in models.named_weights(model).items():
                if len(self.models) > 1 and not name.startswith("encoder/"):
                    name = f"tasks/{task}/{name}"
                found[name] = weight
        return found

    def initialize(
        self,
        path: str,
        allow_partial_init: bool = False,
        any_depth: bool = False,
        needs_heads: bool = False,
        new_heads: bool = False,
    ) -> None:
        """Takes the weights of a checkpoint that has them.

        Args:
            path: the checkpoint, anything that `albert_tf.load` reads.
            others: see `loading.initialize`.
        Raises:
            ValueError: weights of the encoder are missing or do not fit.
        """
        with self.strategy.scope():
            for task, model in self.models.items():
                # Google's files do not say what their classifier is.
                head = kinds.shared_head(self.heads[task].kind)
                # Its own config where it has one, or else what was given.
                source = loading.open_source(
                    path, head, task, self.encoder.config
                )
                loading.initialize(
                    model,
                    source,
                    allow_partial_init,
                    any_depth,
                    needs_heads,
                    new_heads,
                )

    def leave_early(self, patience: int, threshold: float) -> None:
        """Lets texts leave before the last layer; see `exits.leave_early`."""
        for task, model in self.models.items():
            exits.leave_early(model, patience, threshold, task)
        self._predict = {}  # compiled for another depth

    def predict(self, task: str, batches: Iterable) -> dict[str, np.ndarray]:
        """The outputs for all examples; see `predictions.make_predict`. With
        those that are the same for all examples, by the kind."""
        if task not in self._predict:
            self._predict[task] = predictions.make_predict(
                self.strategy, self.models[task], self.heads[task].predicting
            )
        outputs = self._predict[task](batches)
        if "exit_layer" in outputs:
            logging.info(
                "%s: texts exited after %.2f of %d layers on average.",
                task,
                outputs["exit_layer"].mean(),
                self.encoder.config.num_hidden_layers,
            )
        return {**outputs, **kinds.constants_of(self.models[task])}
