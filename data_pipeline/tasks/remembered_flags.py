"""The flags of a training run that say what its data is: kept for evaluation
and prediction, which then need no flags of their own."""

import os
from collections.abc import Sequence
from typing import Any

from absl import flags
from absl import logging

from data_pipeline.io import files
from data_pipeline.io import json_file
from data_pipeline.tasks import table
from data_pipeline.tasks.saved import saved_tasks

_FLAGS = flags.FLAGS

# What is in a file, and how its rows are cut.
_FORM = (
    "task_name",
    "task_type",
    "header",
    "delimiter",
    "encoding",
    "id_column",
    "text_column",
    "text_pair_column",
    "label_column",
    "label_separator",
    "label_columns",
    "choice_columns",
    "words_column",
    "tags_column",
    "sentence_column",
    "context_column",
    "question_column",
    "answer_column",
    "answer_start_column",
    "token_column",
    "tag_column",
    "level",
    "max_qa_length",
    "doc_stride",
    "max_query_length",
    "n_best_size",
    "max_answer_length",
)
_PATHS = ("data_dir", "train_file", "eval_file", "predict_file")
# Where the data was. A model that is copied elsewhere does without.
PLACES = (*_PATHS, "tfds", "eval_fraction")
# Flags that others are in place of.
_REPLACED = {"eval_fraction": "eval_file", "eval_file": "eval_fraction"}


def given(with_places: bool) -> dict[str, Any]:
    """The flags of this run that differ from their defaults, as JSON values.

    Args:
        with_places: whether also where the data is, as absolute paths.
    """
    found = {}
    for name in _FORM + (PLACES if with_places else ()):
        value = _FLAGS[name].value
        if value != _FLAGS[name].default:
            if name in _PATHS and files.is_local(value):
                value = os.path.abspath(value)
            found[name] = value
    return found


def take(folder: str, places: Sequence[str] = PLACES) -> None:
    """Sets the flags that the command line leaves out to those of the run that
    trained the model in a folder, and says so.

    Of models without such a file, --task_name becomes the names of their
    tasks, or custom.

    Args:
        folder: with the model's task.json.
        places: the flags to take of those that say where the data is.
    Raises:
        ValueError: task.json is damaged.
    """
    taken = _taken(os.path.join(folder, saved_tasks.FILE_NAME), places)
    if "task_name" not in taken and not _FLAGS.task_name:
        names = list(saved_tasks.read(folder).tasks) or [table.CUSTOM]
        taken["task_name"] = _FLAGS.task_name = names
    if taken:
        logging.info(
            "Taken from the model's training: %s.",
            " ".join(f"--{name}={_shown(v)}" for name, v in taken.items()),
        )


def _taken(path: str, places: Sequence[str]) -> dict[str, Any]:
    kept = json_file.read_object(path) if files.exists(path) else {}
    kept = kept.get("flags", {})
    if not isinstance(kept, dict):
        raise _damaged(path, f"{kept!r:.60}")
    left_out = {
        name for name, other in _REPLACED.items() if _FLAGS[other].value
    }
    taken = {}
    for name in (*_FORM, *places):
        flag = _FLAGS[name]
        # Given on the command line, or set by what a command took from it.
        is_given = not flag.using_default_value
        if name not in kept or name in left_out or is_given:
            continue
        value = _parsed(flag, kept[name], path)
        if value != flag.value:
            taken[name] = flag.value = value
    return taken


def _parsed(flag: flags.Flag, value: Any, path: str) -> Any:
    try:
        found = flag.parser.parse(value)
    except (ValueError, TypeError) as error:
        raise _damaged(path, f"{flag.name}: {str(error)[:200]}") from None
    if isinstance(found, list) and not all(isinstance(x, str) for x in found):
        raise _damaged(path, f"{flag.name}: {found!r:.60}")
    return found


def _damaged(path: str, received: str) -> ValueError:
    return ValueError(
        f'"flags" of {path} must hold the values of flags by name. Received: '
        f"{received}. Copy the file again from the run."
    )


def _shown(value: Any) -> str:
    return ",".join(value) if isinstance(value, list) else str(value)
