"""The training batches of one or several tasks."""

import dataclasses
from collections.abc import Mapping

import numpy as np
import tensorflow as tf

from data_pipeline.batches import host_share
from data_pipeline.tasks import item_features
from data_pipeline.tasks.batches import batch_plan
from data_pipeline.tasks.batches import input_pipeline
from data_pipeline.tasks.data import task_data


class TrainingBatches:
    """Plans and makes the training batches of a run.

    Args:
        strategy: distributes batches to replicas.
        datas: the tasks' data.
        num_steps: number of steps of the run.
        batch_size: items in a batch, over all replicas.
        sampling_power: how tasks are drawn, as in `batch_plan.make`.
        class_sampling_power: as in `class_sampling.epoch`; 1: items are not
            drawn by class. Otherwise all tasks are classifications.
        weights: by task, from `training_weights.of_items`.
        accumulate_steps: number of parts that a replica computes its batch in.
    Attributes:
        chance_loss: the loss of guessing by label frequencies; None if it is
            not known, as for several tasks.
    """

    def __init__(
        self,
        strategy: tf.distribute.Strategy,
        datas: list[task_data.TaskData],
        *,
        num_steps: int,
        batch_size: int,
        sampling_power: float,
        class_sampling_power: float = 1.0,
        weights: Mapping[str, np.ndarray] | None = None,
        accumulate_steps: int = 1,
    ):
        self._strategy = strategy
        self._num_steps, self._batch_size = num_steps, batch_size
        self._sampling_power = sampling_power
        self._class_sampling_power = class_sampling_power
        self._pack = datas[0].pack
        self._any_length = datas[0].any_length
        self._parts = strategy.num_replicas_in_sync * accumulate_steps
        self._features = {
            data.task.name: _with_weights(
                data.get("train").features, (weights or {}).get(data.task.name)
            )
            for data in datas
        }
        self._lengths = {
            data.task.name: batch_plan.lengths_in_use(
                self._features[data.task.name].lengths_of_items(self._pack),
                data.lengths,
                batch_size,
            )
            for data in datas
        }
        self.chance_loss = None
        if len(datas) == 1:
            (features,) = self._features.values()
            self.chance_loss = datas[0].kind.chance_loss(features)

    def plan(self, seed: int) -> batch_plan.Plan:
        """The batches of all steps."""
        return batch_plan.make(
            {
                task: made.lengths_of_items(self._pack)
                for task, made in self._features.items()
            },
            self._lengths,
            num_steps=self._num_steps,
            batch_size=self._batch_size,
            seed=seed,
            sampling_power=self._sampling_power,
            classes=None
            if self._class_sampling_power == 1
            else {
                task: made.labels["label"]
                for task, made in self._features.items()
            },
            class_sampling_power=self._class_sampling_power,
            pack=self._pack,
            parts=self._parts,
        )

    def of_kind(
        self, plan: batch_plan.Plan, kind: int, first: int
    ) -> tf.data.Dataset:
        """The distributed batches of one kind, starting with its batch number
        `first`."""
        task, length = plan.kinds[kind]
        return self._strategy.distribute_datasets_from_function(
            lambda context: input_pipeline.batches(
                self._features[task],
                plan.items[kind][first:],
                length,
                share=host_share.of_context(context),
                training=True,
                any_length=self._any_length,
            )
        )


def _with_weights(
    features: item_features.Features, weights: np.ndarray | None
) -> item_features.Features:
    if weights is None:
        return features
    labels = {**features.labels, "weight": weights}
    return dataclasses.replace(features, labels=labels)
