"""A fine-tuned model, wherever it is from, with the data of its tasks."""

import os
from collections.abc import Sequence

import tensorflow as tf
from absl import flags

from albert_tf import loading
from albert_tf import source_heads
from albert_tf.compression import early_exit
from albert_tf.training import checkpoints
from albert_tf.training import finetuning_settings
from albert_tf.training import network as network_lib
from albert_tf.training import run_folder
from albert_tf.training import seeds
from albert_tf.workflows import starting_point
from data_pipeline.tasks import remembered_flags
from data_pipeline.tasks import saved_tasks
from data_pipeline.tasks import table
from data_pipeline.tasks import task_data
from data_pipeline.tasks import task_settings

_FLAGS = flags.FLAGS


def weights_of(model: str) -> str:
    """The path of the weights that a user names: of a run those of its best
    checkpoint, of anything else itself."""
    for name in (run_folder.RUN_FILE, seeds.FILE_NAME):
        if tf.io.gfile.exists(os.path.join(model, name)):
            return seeds.best_folder(model)
    return model


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
    kind = None
    if table.CUSTOM in _FLAGS.task_name and not _FLAGS.task_type:
        given = finetuning_settings.given_config()
        source = loading.open_source(path, task=table.CUSTOM, config=given)
        kind = source_heads.task_of(source).kind
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
    sources = [
        starting_point.source(start.path, task, start.config) for task in tasks
    ]
    saved = saved_tasks.of_model(start.path, source_heads.task_of(sources[0]))
    length = starting_point.checked_length(
        _FLAGS.max_seq_length
        or saved.max_seq_length
        or start.config.max_position_embeddings,
        start,
    )
    datas = []
    for task in tasks:
        data = task_settings.data(
            task,
            start.tokenizer,
            length,
            saved.labels(task, _FLAGS.labels),
            any_length=starting_point.any_length(strategy),
        )
        data.threshold = saved.threshold(task)
        data.scheme = saved.scheme(task, _FLAGS.labels)
        datas.append(data)
    heads = {
        data.task.name: finetuning_settings.head(
            data.task.kind,
            data.task.unanswerable,
            data.num_classes,
            early_exit.is_in(source),
            source_heads.head_of(source),
            span_head,
        )
        for data, source in zip(datas, sources, strict=True)
    }
    network = network_lib.Network(strategy, start.config, heads)
    network.initialize(start.path, allow_partial_init, needs_heads=True)
    return network, datas


def name_of(path: str, home: str) -> str:
    """The checkpoint that a path means: relative to a folder where it is in
    it, or else its own name."""
    saved = checkpoints.saved_in(path) if tf.io.gfile.isdir(path) else []
    path = saved[-1] if saved else path
    relative = os.path.relpath(path, home)
    if relative == "." or relative.startswith(".."):
        return os.path.basename(os.path.normpath(path))
    return relative.replace(os.sep, "/")
