"""Prepares the training data of tasks, their recipe and their classes."""

import dataclasses
from collections.abc import Sequence
from typing import NamedTuple

import tensorflow as tf
from absl import logging

from albert_tf.interop import source_heads
from albert_tf.kinds import kind
from albert_tf.optimization import recipes
from albert_tf.workflows.common import teacher as teacher_lib
from albert_tf.workflows.common.heads import writing_head
from albert_tf.workflows.configs import finetune as finetune_config
from albert_tf.workflows.finetuning import settings
from albert_tf.workflows.finetuning import starting_point
from albert_tf.workflows.finetuning.labels import skew
from data_pipeline.tasks import splits
from data_pipeline.tasks import table
from data_pipeline.tasks.configs import fitted_rows
from data_pipeline.tasks.data import from_config
from data_pipeline.tasks.data import main_metrics
from data_pipeline.tasks.data import split_checks
from data_pipeline.tasks.data import split_files
from data_pipeline.tasks.data import task_data
from data_pipeline.tasks.kinds import learned_labels
from data_pipeline.tasks.saved import saved_tasks


class Prepared(NamedTuple):
    """The training data of a run.

    Attributes:
        config: the run's settings, fitted to the length of its rows.
        datas: the data of each task.
        recipe: the run's hyperparameters.
    """

    config: finetune_config.FinetuneConfig
    datas: list[task_data.TaskData]
    recipe: recipes.Recipe


def prepare(
    config: finetune_config.FinetuneConfig,
    strategy: tf.distribute.Strategy,
    tasks: Sequence[table.Task],
    start: starting_point.Start,
) -> Prepared:
    """Reads the data of all tasks, and chooses the recipe.

    Raises:
        ValueError: a file is damaged, or its rows do not fit the model.
        FileNotFoundError: a file is missing.
    """
    skew.check(config, tasks)
    trains = [
        split_files.read(
            task, "train", from_config.source(config, task), labelled=True
        )
        for task in tasks
    ]
    config, tasks = with_metric(config, tasks, trains)
    counts = [
        sum(example is not None for example in train.examples)
        for train in trains
    ]
    recipe = settings.recipe_of_all(config, tasks, start.albert, counts)
    logging.info("%s", recipes.described(recipe))
    starting_point.check_length(recipe.max_seq_length, start.albert)
    config = fitted(config, tasks, recipe.max_seq_length)
    config = writing_head.fitted(
        config, tasks, start.albert, start.tokenizer.vocab_size
    )
    datas = [
        from_config.data(
            config,
            task,
            start.tokenizer,
            recipe.max_seq_length,
            learnt_labels(config, task, train, start),
            train,
            any_length=starting_point.any_length(config, strategy),
        )
        for task, train in zip(tasks, trains, strict=True)
    ]
    for data, train in zip(datas, trains, strict=True):
        data.kind.check_vocabulary(train, data.tokenizer)
    if config.teacher:
        check_teacher(config, datas, recipe)
    for data in datas:
        split_checks.check_rows(
            data, settings.can_evaluate(datas), config.do_predict
        )
    return Prepared(config, datas, recipe)


def with_metric(
    config: finetune_config.FinetuneConfig,
    tasks: Sequence[table.Task],
    trains: Sequence[splits.Split],
) -> tuple[finetune_config.FinetuneConfig, Sequence[table.Task]]:
    """The config and the tasks, with the main metric that fits the training
    data if --metric is left out."""
    if config.metric is not None or len(tasks) > 1:
        return config, tasks
    train = trains[0]
    if config.folds:
        # All folds have one metric, that of all their rows.
        source = from_config.source(config, tasks[0])
        source = dataclasses.replace(source, folds=None)
        train = split_files.read(tasks[0], "train", source, labelled=True)
    metric = main_metrics.for_training(tasks[0], train)
    if metric is None:
        return config, tasks
    config = dataclasses.replace(config, metric=metric)
    return config, [main_metrics.given(tasks, metric)]


def fitted(
    config: fitted_rows.Config,
    tasks: Sequence[table.Task],
    max_seq_length: int,
) -> fitted_rows.Config:
    """The config, with settings of the tasks that fit the length of rows."""
    for task in tasks:
        config = fitted_rows.fitted(config, task, max_seq_length)
    return config


def learnt_labels(
    config: finetune_config.FinetuneConfig,
    task: table.Task,
    train: splits.Split,
    start: starting_point.Start,
) -> list[str]:
    """The classes of the training data.

    If the model that training starts from, or the teacher, has the same
    classes, they are in its order.
    """
    labels = learned_labels.of(task, train.examples, train.classes)
    for path in (start.path, teacher_lib.teacher(config)):
        if path is not None:
            albert = start.albert if path == start.path else None
            own = source_heads.task_of(
                starting_point.source_of(path, task, albert)
            )
            saved = saved_tasks.of_model(path, own)
            ordered = saved.in_models_order(task, labels)
            if ordered != labels:
                return ordered
    return labels


def check_teacher(
    config: finetune_config.FinetuneConfig,
    datas: Sequence[task_data.TaskData],
    recipe: recipes.Recipe,
) -> None:
    """Raises ValueError unless the teacher has the same tokenizer and classes
    as the student, in the same order."""
    teacher = teacher_lib.teacher(config)
    assert teacher is not None
    folder = saved_tasks.folder_of(teacher)
    teacher_lib.check_fits(
        config,
        recipe.max_seq_length,
        datas[0].tokenizer.fingerprint,
        saved_tasks.tokenizer(None, folder).fingerprint,
        datas[0].task.name,
    )
    for data in datas:
        name = data.task.name
        own = source_heads.task_of(starting_point.source_of(teacher, data.task))
        saved = saved_tasks.of_model(teacher, own)
        if config.long_texts == "windows" and not kind.window_options(
            own.others
        ):
            raise ValueError(
                "With --long_texts=windows, the teacher must read windows too. "
                f"Received: {teacher}, which reads one row of each text. Train "
                "the teacher with --long_texts=windows."
            )
        if data.labels and not own.labels:
            logging.warning(
                "No file names the classes of %s. They are assumed to be %s, "
                "in this order.",
                teacher,
                ", ".join(data.labels),
            )
        elif (len(datas) > 1 and name not in saved.tasks) or (
            saved.labels(data.task) != data.labels
        ):
            raise ValueError(
                "The teacher must have the student's tasks and classes, in the "
                f"same order. Received: {name} with {data.labels}, and "
                f"{teacher} with {saved.tasks}. Use another teacher."
            )
