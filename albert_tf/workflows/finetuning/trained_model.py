"""Loads a fine-tuned model, with the data of its tasks."""

import dataclasses
import os
from collections.abc import Sequence
from typing import NamedTuple

import tensorflow as tf

from albert_tf import kinds
from albert_tf.finetuning import multitask
from albert_tf.interop import source_heads
from albert_tf.runs import checkpoints
from albert_tf.workflows.common.heads import own_calibration
from albert_tf.workflows.common.heads import window_models
from albert_tf.workflows.common.heads import writing_head
from albert_tf.workflows.configs import inference as inference_config
from albert_tf.workflows.finetuning import data as data_lib
from albert_tf.workflows.finetuning import settings
from albert_tf.workflows.finetuning import starting_point
from data_pipeline.tasks import table
from data_pipeline.tasks.data import from_config
from data_pipeline.tasks.data import task_data
from data_pipeline.tasks.saved import saved_tasks


class TrainedModel(NamedTuple):
    """A model, and the data of the tasks that it was trained on.

    Attributes:
        config: the workflow's settings, fitted to the length of the rows.
        model: an encoder with the head of each task.
        datas: the data of each task.
        path: path of the weights. After training, on all machines but the
            first, of the weights that training started from.
    """

    config: inference_config.TrainedModelConfig
    model: multitask.MultitaskModel
    datas: list[task_data.TaskData]
    path: str | None


def home_of(model: str) -> str:
    """The folder for the evaluations and predictions of a model."""
    folder = os.path.normpath(saved_tasks.folder_of(model))
    if os.path.basename(folder) == checkpoints.BEST_FOLDER:
        return os.path.dirname(folder) or "."
    return folder


def tasks(
    config: inference_config.TrainedModelConfig, path: str
) -> list[table.Task]:
    """The tasks that the config names. A custom task without --task_type has
    the kind of the model's task."""
    is_asked = table.CUSTOM in (config.task_name or ()) and not config.task_type
    kind = starting_point.kind_of(config, path) if is_asked else None
    return from_config.tasks(config, kind)


def check_one_task(tasks: Sequence[table.Task], given: str | None) -> None:
    """Raises ValueError if data is given for a model with several tasks."""
    if given and len(tasks) > 1:
        names = ",".join(task.name for task in tasks)
        raise ValueError(
            "For a model with several tasks, data must be for one of them. "
            f"Received: {given} for {names}. Name the task with --task_name."
        )


def load(
    config: inference_config.TrainedModelConfig,
    strategy: tf.distribute.Strategy,
    tasks: Sequence[table.Task],
    start: starting_point.Start,
    *,
    span_head: str = "auto",
    allow_partial_init: bool = False,
) -> TrainedModel:
    """Loads a trained model, and opens the data of its tasks."""
    assert start.path is not None
    any_length = starting_point.any_length(config, strategy)
    config, datas = trained_datas(config, tasks, start, any_length)
    heads = trained_heads(config, datas, start, span_head)
    model = multitask.MultitaskModel(strategy, start.albert, heads)
    model.initialize(start.path, allow_partial_init, needs_heads=True)
    saved = saved_tasks.read(saved_tasks.folder_of(start.path))
    for data in datas:
        data.calibration = own_calibration.of(
            model.models[data.task.name], saved, data.task
        )
    return TrainedModel(config, model, datas, start.path)


def trained_datas(
    config: inference_config.TrainedModelConfig,
    tasks: Sequence[table.Task],
    start: starting_point.Start,
    any_length: bool,
) -> tuple[inference_config.TrainedModelConfig, list[task_data.TaskData]]:
    """The config, fitted to the length of the model's rows, and the data of the
    tasks that the model was trained on."""
    assert start.path is not None
    source = starting_point.source_of(start.path, tasks[0], start.albert)
    saved = saved_tasks.of_model(start.path, source_heads.task_of(source))
    length = (
        config.max_seq_length
        or saved.max_seq_length
        or start.albert.max_position_embeddings
    )
    starting_point.check_length(length, start.albert)
    for task in tasks:
        own = starting_point.source_of(start.path, task, start.albert)
        config = window_models.read_as_trained(
            config, own.info.others, start.path
        )
        config = writing_head.as_trained(config, own.info.others)
    config = writing_head.fitted(
        config, tasks, start.albert, start.tokenizer.vocab_size
    )
    config = data_lib.fitted(config, tasks, length)
    datas = []
    for task in tasks:
        data = from_config.data(
            config,
            task,
            start.tokenizer,
            length,
            saved.labels(task, config.labels),
            any_length=any_length,
        )
        data.threshold = saved.threshold(task)
        data.scheme = saved.scheme(task, config.labels)
        datas.append(data)
    return config, datas


def trained_heads(
    config: inference_config.TrainedModelConfig,
    datas: Sequence[task_data.TaskData],
    start: starting_point.Start,
    span_head: str = "auto",
) -> dict[str, multitask.Head]:
    """The heads that a model was trained with, by task."""
    assert start.path is not None
    heads = {}
    for data in datas:
        source = starting_point.source_of(start.path, data.task, start.albert)
        head = settings.head(
            data,
            kinds.has_exits(source_heads.model_class(source)),
            source_heads.head_of(source),
            span_head,
            kinds.KINDS[data.task.kind].options(source.info.others),
        )
        if head.kind == writing_head.KIND:
            predicting = writing_head.predicting(config)
            head = dataclasses.replace(head, predicting=predicting)
        heads[data.task.name] = head
    return heads
