"""How much each class and each example counts in training."""

from collections.abc import Mapping
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from absl import logging

from albert_tf import kinds as model_kinds
from albert_tf.workflows.configs.labels import skew
from data_pipeline.tasks import kinds
from data_pipeline.tasks import table
from data_pipeline.tasks.batches import training_weights
from data_pipeline.tasks.data import task_data

# How many classes a log line names.
_SHOWN = 10
_SMOOTHED = ("classification", "multilabel", "multiple_choice", "generation")


class Skew(NamedTuple):
    """What a run's losses are multiplied by, and what they are compared with.

    Attributes:
        weights: by task, from `training_weights.of_items`; tasks without
            weights are left out.
        is_plain: whether the settings change nothing.
        chance_loss: the loss of guessing, for a single classification; None if
            it is not known.
    """

    weights: dict[str, np.ndarray]
    is_plain: bool
    chance_loss: float | None


def check(config: skew.SkewConfig, tasks: Sequence[table.Task]) -> None:
    """Raises ValueError if a setting does not fit the kinds of tasks."""
    given = {task.kind for task in tasks}
    for name, is_used, able in (
        ("label_smoothing", config.label_smoothing > 0, _SMOOTHED),
        (
            "class_sampling_power",
            config.class_sampling_power < 1,
            [name for name, kind in kinds.KINDS.items() if kind.has_one_class],
        ),
    ):
        others = sorted(given - set(able))
        if is_used and others:
            raise ValueError(
                f"--{name} must be used with tasks of these kinds: "
                f"{', '.join(able)}. Received: --{name}="
                f"{getattr(config, name):g} for a task of the kind "
                f"{', '.join(others)}. Leave it out."
            )


def of_run(
    config: skew.SkewConfig, datas: Sequence[task_data.TaskData]
) -> Skew:
    """The weights of all training examples.

    Raises:
        ValueError: --class_weights does not fit a task, or all weights are 0.
        OSError: a file of weights cannot be read.
    """
    weights = {}
    classes = class_weights(config, datas)
    for data in datas:
        own = classes[data.task.name]
        if own:
            logging.info(
                "Weights of the classes of %s in the training loss "
                "(--class_weights=%s): %s.",
                data.task.name,
                config.class_weights,
                _listed(own),
            )
        found = training_weights.of_items(data.get("train"), data.labels, own)
        if found is not None:
            weights[data.task.name] = found
    is_plain = not (
        weights or config.label_smoothing or config.class_sampling_power < 1
    )
    chance = None
    if len(datas) == 1 and datas[0].kind.has_one_class:
        chance = training_weights.chance_loss(
            datas[0].get("train").features,
            weights.get(datas[0].task.name),
            config.class_sampling_power,
            config.label_smoothing,
            datas[0].num_classes,
        )
    return Skew(weights, is_plain, chance)


def class_weights(
    config: skew.SkewConfig, datas: Sequence[task_data.TaskData]
) -> dict[str, dict[str, float]]:
    """By task, the weight of each class; {} without weights.

    Raises:
        ValueError, OSError: as in `training_weights.of_classes`.
    """
    found = {}
    for data in datas:
        assert data.train is not None, "training data is read before"
        found[data.task.name] = training_weights.of_classes(
            config.class_weights, data.task, data.train, data.labels
        )
    return found


def options(config: skew.SkewConfig, kind: str) -> float | None:
    """The options of a kind's objective: the share of smoothing, or None.

    Args:
        config: the run's settings.
        kind: a name in albert_tf's kinds.KINDS.
    """
    if model_kinds.KINDS[kind].task not in _SMOOTHED:
        return None
    return config.label_smoothing or None


def _listed(weights: Mapping[str, float]) -> str:
    """The largest weights, and the smallest."""
    ordered = sorted(weights.items(), key=lambda item: -item[1])
    shown = [f"{name} {weight:.3g}" for name, weight in ordered]
    if len(shown) > _SHOWN:
        shown = [*shown[: _SHOWN // 2], "...", *shown[-_SHOWN // 2 :]]
    return ", ".join(shown)
