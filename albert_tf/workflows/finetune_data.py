"""The training data of tasks, the recipe for them, and their classes."""

import numpy as np
from absl import flags
from absl import logging

from albert_tf import source_heads
from albert_tf.compression import distillation_settings
from albert_tf.optimization import recipes
from albert_tf.training import finetuning_settings
from albert_tf.workflows import starting_point
from data_pipeline.tasks import learned_labels
from data_pipeline.tasks import parts
from data_pipeline.tasks import saved_tasks
from data_pipeline.tasks import task_settings

_FLAGS = flags.FLAGS


def prepare(strategy, tasks, start):
    """The data of each task and the recipe; of several tasks that of the one
    with most examples, with the steps of all."""
    trains = [
        parts.read(task, "train", task_settings.source(task), labelled=True)
        for task in tasks
    ]
    counts = [
        sum(example is not None for example in train.examples)
        for train in trains
    ]
    found = [
        finetuning_settings.recipe(task.name, task.kind, start.config, count)
        for task, count in zip(tasks, counts, strict=True)
    ]
    recipe = found[int(np.argmax(counts))]
    if len(tasks) > 1:
        recipe = recipes.overridden(
            recipe,
            sum(counts),
            num_steps=_FLAGS.train_step or sum(one.num_steps for one in found),
            max_seq_length=max(one.max_seq_length for one in found),
        )
    logging.info("%s", recipes.described(recipe))
    length = starting_point.checked_length(recipe.max_seq_length, start)
    datas = [
        task_settings.data(
            task,
            start.tokenizer,
            length,
            _learnt_labels(task, train, start),
            train,
            any_length=starting_point.any_length(strategy),
        )
        for task, train in zip(tasks, trains, strict=True)
    ]
    return datas, recipe


def _learnt_labels(task, train, start) -> list[str]:
    """The classes of the training data; in the order of the model that training
    starts from, or of the teacher, if that knows the same ones."""
    labels = learned_labels.of(task, train.examples, train.classes)
    for path in (start.path, _FLAGS.teacher):
        if path is not None:
            config = start.config if path == start.path else None
            own = source_heads.task_of(
                starting_point.source(path, task, config)
            )
            saved = saved_tasks.of_model(path, own)
            ordered = saved.in_models_order(task, labels)
            if ordered != labels:
                return ordered
    return labels


def check_teacher(datas, recipe) -> None:
    """Raises ValueError unless --teacher gives the same classes, in the same
    order, of the same tokens."""
    folder = distillation_settings.folder()
    distillation_settings.check_fits(
        recipe.max_seq_length,
        datas[0].tokenizer.fingerprint,
        saved_tasks.tokenizer(None, folder).fingerprint,
        datas[0].task.name,
    )
    for data in datas:
        name = data.task.name
        own = source_heads.task_of(
            starting_point.source(_FLAGS.teacher, data.task)
        )
        saved = saved_tasks.of_model(_FLAGS.teacher, own)
        if data.labels and not own.labels:
            logging.warning(
                "No file names the classes of %s: that they are %s, in this "
                "order, is taken for granted.",
                _FLAGS.teacher,
                ", ".join(data.labels),
            )
        elif (len(datas) > 1 and name not in saved.tasks) or (
            saved.labels(data.task) != data.labels
        ):
            raise ValueError(
                "A teacher must know the tasks and their classes, in the order "
                f"of the student's. Received: {name} with {data.labels}, and "
                f"{_FLAGS.teacher} with {saved.tasks}."
            )
