"""A fine-tuned model, wherever it is from, with the data of its tasks."""

import os
from collections.abc import Sequence

import tensorflow as tf
from absl import flags

from albert_tf.finetuning import network as network_lib
from albert_tf.finetuning import task_kinds
from albert_tf.interop import source_heads
from albert_tf.training import checkpoints
from albert_tf.training import finetuning_settings
from albert_tf.workflows.finetuning import starting_point
from data_pipeline.tasks import remembered_flags
from data_pipeline.tasks import table
from data_pipeline.tasks import task_settings
from data_pipeline.tasks.data import task_data
from data_pipeline.tasks.saved import saved_tasks

_FLAGS = flags.FLAGS


def home_of(model: str) -> str:
    """The folder where evaluations and predictions of a model lie."""
    folder = os.path.normpath(saved_tasks.folder_of(model))
    if os.path.basename(folder) == checkpoints.BEST_FOLDER:
        return os.path.dirname(folder) or "."
    return folder


def take_flags(
    model: str, places: Sequence[str] = remembered_flags.PLACES
) -> None:
    """As of remembered_flags.take."""
    remembered_flags.take(saved_tasks.folder_of(model), places)


def tasks(path: str) -> list[table.Task]:
    """The tasks that --task_name names; a task of the user's own without
    --task_type is of the model's kind."""
    is_asked = table.CUSTOM in _FLAGS.task_name and not _FLAGS.task_type
    kind = starting_point.kind_of(path) if is_asked else None
    return task_settings.tasks(kind)


def check_one_task(tasks: Sequence[table.Task], given: str | None) -> None:
    """Raises ValueError where data is given for a model of several tasks."""
    if given and len(tasks) > 1:
        names = ",".join(task.name for task in tasks)
        raise ValueError(
            "Data must be for one task of a model that has several. Received: "
            f"{given}, for {names}. Name the task with --task_name."
        )


def load(
    strategy: tf.distribute.Strategy,
    tasks: Sequence[table.Task],
    start: starting_point.Start,
    *,
    span_head: str = "auto",
    allow_partial_init: bool = False,
) -> tuple[network_lib.Network, list[task_data.TaskData]]:
    """A trained network, and the data of the tasks that it was trained on."""
    datas = trained_datas(tasks, start, starting_point.any_length(strategy))
    heads = trained_heads(datas, start, span_head)
    network = network_lib.Network(strategy, start.config, heads)
    network.initialize(start.path, allow_partial_init, needs_heads=True)
    return network, datas


def trained_datas(
    tasks: Sequence[table.Task], start: starting_point.Start, any_length: bool
) -> list[task_data.TaskData]:
    """The data of the tasks that a model was trained on."""
    source = starting_point.source_of(start.path, tasks[0], start.config)
    saved = saved_tasks.of_model(start.path, source_heads.task_of(source))
    length = (
        _FLAGS.max_seq_length
        or saved.max_seq_length
        or start.config.max_position_embeddings
    )
    starting_point.check_length(length, start.config)
    datas = []
    for task in tasks:
        data = task_settings.data(
            task,
            start.tokenizer,
            length,
            saved.labels(task, _FLAGS.labels),
            any_length=any_length,
        )
        data.threshold = saved.threshold(task)
        data.scheme = saved.scheme(task, _FLAGS.labels)
        datas.append(data)
    return datas


def trained_heads(
    datas: Sequence[task_data.TaskData],
    start: starting_point.Start,
    span_head: str = "auto",
) -> dict[str, network_lib.Head]:
    """The heads that a model was trained with, by task."""
    heads = {}
    for data in datas:
        source = starting_point.source_of(start.path, data.task, start.config)
        heads[data.task.name] = finetuning_settings.head(
            data.task.kind,
            data.task.unanswerable,
            data.num_classes,
            task_kinds.has_exits(source_heads.model_class(source)),
            source_heads.head_of(source),
            span_head,
        )
    return heads
