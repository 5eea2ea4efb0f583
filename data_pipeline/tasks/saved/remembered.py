"""The settings of a training run that say what its data is: kept for evaluation
and prediction, which then need none of their own."""

import dataclasses
import os
from collections.abc import Sequence
from typing import Any
from typing import TypeVar

from absl import logging

from data_pipeline import config as config_lib
from data_pipeline.io import files
from data_pipeline.io import json_file
from data_pipeline.tasks import table
from data_pipeline.tasks.configs import task_config
from data_pipeline.tasks.saved import saved_tasks

Task = TypeVar("Task", bound=task_config.TaskConfig)

_PATHS = ("data_dir", "train_file", "eval_file", "predict_file")
# Settings that others are in place of.
_REPLACED = {"eval_fraction": "eval_file", "eval_file": "eval_fraction"}


def _names(remembered: str) -> tuple[str, ...]:
    """Settings of a task that are marked: "form" or "place"."""
    return tuple(
        field.name
        for field, known in config_lib.fields_of(task_config.TaskConfig)
        if known.remembered == remembered
    )


# What is in a file, and how its rows are cut.
_FORM = _names("form")
# Where the data was. A model that is copied elsewhere does without.
PLACES = _names("place")


def given(config: task_config.TaskConfig, with_places: bool) -> dict[str, Any]:
    """The settings of a run that differ from their defaults, as JSON values.

    Args:
        with_places: whether also where the data is, as absolute paths.
    """
    found = {}
    for name in _FORM + (PLACES if with_places else ()):
        value = getattr(config, name)
        if value != _default(config, name):
            if name in _PATHS and files.is_local(value):
                value = os.path.abspath(value)
            found[name] = list(value) if isinstance(value, tuple) else value
    return found


def take(config: Task, folder: str, places: Sequence[str] = PLACES) -> Task:
    """The config, in which what it leaves out is as in the run that trained
    the model of a folder. Says what was taken.

    For models without such a file, task_name becomes the names of their tasks,
    or custom.

    Args:
        folder: with the model's task.json.
        places: the settings to take of those that say where the data is.
    Raises:
        ValueError: task.json is damaged.
    """
    path = os.path.join(folder, saved_tasks.FILE_NAME)
    taken = _taken(config, path, places)
    if "task_name" not in taken and not config.task_name:
        names = tuple(saved_tasks.read(folder).tasks) or (table.CUSTOM,)
        taken["task_name"] = names
    if taken:
        logging.info(
            "Taken from the model's training: %s.",
            " ".join(f"--{name}={_shown(v)}" for name, v in taken.items()),
        )
    return dataclasses.replace(config, **taken)


def _taken(
    config: task_config.TaskConfig, path: str, places: Sequence[str]
) -> dict[str, Any]:
    kept = json_file.read_object(path) if files.exists(path) else {}
    kept = kept.get("flags", {})
    if not isinstance(kept, dict):
        raise _damaged(path, f"{kept!r:.60}")
    left_out = {
        name for name, other in _REPLACED.items() if getattr(config, other)
    }
    taken = {}
    for name in (*_FORM, *places):
        if name not in kept or name in left_out or config.is_given(name):
            continue
        value = _checked(config, name, kept[name], path)
        if value != getattr(config, name):
            taken[name] = value
    return taken


def _checked(
    config: task_config.TaskConfig, name: str, value: Any, path: str
) -> Any:
    try:
        found = getattr(dataclasses.replace(config, **{name: value}), name)
    except (ValueError, TypeError) as error:
        raise _damaged(path, f"{name}: {str(error)[:200]}") from None
    if isinstance(found, tuple) and not all(isinstance(x, str) for x in found):
        raise _damaged(path, f"{name}: {list(found)!r:.60}")
    return found


def _default(config: task_config.TaskConfig, name: str) -> Any:
    return config.__dataclass_fields__[name].default


def _damaged(path: str, received: str) -> ValueError:
    return ValueError(
        f'"flags" of {path} must hold the values of flags by name. Received: '
        f"{received}. Copy the file again from the run."
    )


def _shown(value: Any) -> str:
    return ",".join(value) if isinstance(value, tuple) else str(value)
