"""Parts of training at different depths.

Layers share their weights, so a step may run fewer layers than the model has.
A shallow model takes less time per step and leaves the plateau of word
frequencies earlier; the last part trains the model at its own depth.

Source: Gong et al. 2019, "Efficient Training of BERT by Progressively
Stacking", for models whose layers have weights of their own, which are copied
from part to part.
"""

import dataclasses
import itertools
from collections.abc import Sequence
from typing import NamedTuple

from albert_tf import config as config_lib
from albert_tf.planning import length_schedule
from albert_tf.planning import shares


@dataclasses.dataclass(frozen=True)
class Part:
    """Steps first_step + 1 to stop_step, which run `num_layers` layers."""

    num_layers: int
    first_step: int
    stop_step: int


class Stretch(NamedTuple):
    """Steps first_step + 1 to stop_step, of one row length and one depth."""

    max_seq_length: int
    num_layers: int
    first_step: int
    stop_step: int


def parse(
    schedule: str, num_train_steps: int, config: config_lib.AlbertConfig
) -> tuple[Part, ...]:
    """Reads --depth_schedule.

        parse("3:0.5,6:0.3,12:0.2", 100, config) -> Part(3, 0, 50),
                                                    Part(6, 50, 80),
                                                    Part(12, 80, 100)

    Args:
        schedule: layers:share pairs in the order of training, with shares of
            `num_train_steps` that add up to 1.
        num_train_steps: number of steps of all parts together.
        config: the model's sizes.
    Raises:
        ValueError: the schedule is malformed, does not rise to the depth of
            the model, or has a depth at which some weights are not used.
    """
    spans = shares.parse(
        schedule,
        num_train_steps,
        flag="depth_schedule",
        unit="depth",
        example="3:0.5,6:0.3,12:0.2",
    )
    depths = [span.value for span in spans]
    if depths != sorted(depths) or depths[-1] != config.num_hidden_layers:
        raise ValueError(
            "The depths of --depth_schedule must rise to the model's "
            f"num_hidden_layers. Received: {schedule!r} for a model of "
            f"{config.num_hidden_layers} layers. Let the last part have "
            f"{config.num_hidden_layers}."
        )
    for depth in depths:
        _check_weights(config, depth, schedule)
    return tuple(Part(*span) for span in spans)


def whole(
    config: config_lib.AlbertConfig, num_train_steps: int
) -> tuple[Part, ...]:
    """The only part of a run without --depth_schedule."""
    return (Part(config.num_hidden_layers, 0, num_train_steps),)


def part_of(parts: Sequence[Part], step: int) -> Part:
    """The part that a step belongs to; steps count from 1, and step 0, before
    training, belongs to the first part."""
    return next(part for part in parts if step <= part.stop_step)


def stretches(
    phases: Sequence[length_schedule.Phase], parts: Sequence[Part]
) -> list[Stretch]:
    """A run, divided wherever the row length or the depth changes."""
    stops = sorted(
        {phase.stop_step for phase in phases}
        | {part.stop_step for part in parts}
    )
    return [
        Stretch(
            length_schedule.phase_of(tuple(phases), first).max_seq_length,
            part_of(parts, stop).num_layers,
            first,
            stop,
        )
        for first, stop in itertools.pairwise([0, *stops])
    ]


def _unused(config: config_lib.AlbertConfig, depth: int) -> list[str]:
    """The halves of a block, of config.HALVES, with weights that a model of
    another depth has no layer for, or has too few of."""
    other = dataclasses.replace(config, num_hidden_layers=depth)
    return [
        half
        for half in config_lib.HALVES
        if other.sets(half) != config.sets(half)
    ]


def _check_weights(
    config: config_lib.AlbertConfig, depth: int, schedule: str
) -> None:
    """Raises ValueError if some weights are not used at a depth."""
    for half in _unused(config, depth):
        name = {"attention": "attention", "ffn": "feed-forward"}[half]
        raise ValueError(
            "Each depth of --depth_schedule must use all weights of the "
            f"model. Received: {schedule!r} for a model of "
            f"{config.num_hidden_layers} layers with "
            f"{len(config.sets(half))} sets of {name} weights "
            f"(num_hidden_groups={config.num_hidden_groups}, "
            f"share_parameters={config.share_parameters!r}), which {depth} "
            f"layer{'s' * (depth > 1)} cannot use. Use at least as many "
            "layers as sets, or a model that shares its weights."
        )
