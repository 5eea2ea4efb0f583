"""Settings of a training run that describe its data. They are kept with the
model, so that evaluation and prediction need not repeat them."""

import dataclasses
import os
from collections.abc import Sequence
from typing import Any
from typing import TypeVar

from absl import logging

from data_pipeline.config import fields_of
from data_pipeline.io import files
from data_pipeline.io import json_file
from data_pipeline.tasks import table
from data_pipeline.tasks.configs import task_config
from data_pipeline.tasks.saved import saved_tasks

Config = TypeVar("Config", bound=task_config.TaskConfig)

_PATHS = ("data_dir", "train_file", "eval_file", "predict_file")
# Only one of these names the rows to evaluate on: a kept setting is ignored if
# another one is given.
_EVALUATED = ("eval_file", "eval_fraction", "folds")


def _names(remembered: str) -> tuple[str, ...]:
    """The settings of a task with this mark, "form" or "place"."""
    return tuple(
        field.name
        for field, known in fields_of(task_config.TaskConfig)
        if known.remembered == remembered
    )


# What a file contains, and how its rows are truncated.
_FORM = _names("form")
# Where the data was. A copied model works without these.
PLACES = _names("place")


def given(config: task_config.TaskConfig, with_places: bool) -> dict[str, Any]:
    """The settings to keep that differ from their defaults, as JSON values.

    Args:
        with_places: whether to include where the data is, as absolute paths.
    """
    found = {}
    for name in _FORM + (PLACES if with_places else ()):
        value = getattr(config, name)
        if value != _default(config, name):
            if name in _PATHS and files.is_local(value):
                value = os.path.abspath(value)
            found[name] = list(value) if isinstance(value, tuple) else value
    return found


def take(
    config: Config,
    folder: str,
    places: Sequence[str] = PLACES,
    *,
    logs: bool = True,
) -> Config:
    """Completes a config with the settings of the run that trained a model.

    Settings that the config gives stay as they are; what is taken is logged.
    If the model's files do not keep the task's name, it becomes the names of
    the model's tasks, or custom.

    Args:
        folder: the folder with the model's task.json.
        places: which settings about the data's location to take.
        logs: whether to log what is taken.
    Raises:
        ValueError: task.json is damaged.
    """
    path = os.path.join(folder, saved_tasks.FILE_NAME)
    taken = _taken(config, path, places)
    if "task_name" not in taken and not config.task_name:
        names = tuple(saved_tasks.read(folder).tasks) or (table.CUSTOM,)
        taken["task_name"] = names
    if taken and logs:
        logging.info(
            "Settings from the model's training: %s.",
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
    given = {name for name in _EVALUATED if getattr(config, name)}
    left_out = {name for name in _EVALUATED if given - {name}}
    if "folds" in left_out:
        left_out.add("fold")
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
        f'"flags" in {path} must hold the values of flags by name. Received: '
        f"{received}. Copy the file from the run again."
    )


def _shown(value: Any) -> str:
    return ",".join(value) if isinstance(value, tuple) else str(value)
