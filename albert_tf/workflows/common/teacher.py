"""The teacher that a config names, and checks that it fits the run."""

import functools
import os
from collections.abc import Iterator

import keras
import tensorflow as tf

from albert_tf import kinds
from albert_tf.compression import distillation
from albert_tf.interop import loading
from albert_tf.runs import run_checkpoint
from albert_tf.workflows.configs import training

_OPTIONS = (
    "distill_temperature",
    "distill_weight",
    "distill_hidden_weight",
    "distill_attention_weight",
)


def faults(config: training.TrainingConfig) -> Iterator[str]:
    """Yields an error message for each setting that contradicts `teacher`."""
    if config.teacher == "":
        # An unset variable of a shell script must not mean no teacher.
        yield "--teacher must name a model, or be left out. Received: ''."
    if config.teacher is None:
        given = [name for name in _OPTIONS if config.is_given(name)]
        if given:
            yield (
                "Distillation settings must be used with --teacher. Received: "
                f"{', '.join(f'--{name}' for name in given)} without one."
            )
    elif not config.do_train:
        yield (
            "--teacher must be used with --do_train. Received: "
            f"--teacher={config.teacher} without --do_train. Leave --teacher "
            "out."
        )


def settings(config: training.TrainingConfig) -> distillation.Teacher | None:
    """The teacher and the weights of its losses; None without a teacher."""
    path = teacher(config)
    if path is None:
        return None
    return distillation.Teacher(
        name=path,
        load=functools.partial(load, path),
        temperature=config.distill_temperature,
        weight=config.distill_weight,
        hidden_weight=config.distill_hidden_weight,
        attention_weight=config.distill_attention_weight,
    )


def load(path: str, task: str, student: keras.Model) -> keras.Model:
    """Loads the teacher of a student's task.

    Args:
        path: anything that `albert_tf.load` reads.
        task: the task, if the teacher has several.
        student: the student, whose head the teacher must have.
    """
    head = getattr(getattr(student, "head", None), "name", None)
    # Google's files do not say what kind of head their classifier is.
    named = head if head in kinds.SHARED_HEADS else None
    return loading.load(path, head=named, task=task)


def decisive(
    config: training.TrainingConfig, task: str | None = None
) -> dict[str, str | None]:
    """The path of the teacher's weights, for run.json: a resumed run must have
    the same. For the folder of a run, it is the path of the chosen checkpoint.

    Args:
        config: the run's settings.
        task: the task, if the teacher has several.
    """
    path = teacher(config)
    if path is None:
        return {"teacher": None}
    return {"teacher": loading.open_source(path, task=task).where}


def check_fits(
    config: training.TrainingConfig,
    max_seq_length: int,
    tokenizer: str,
    teacher_tokenizer: str,
    task: str | None = None,
) -> None:
    """Raises ValueError unless the teacher can read the student's rows.

    Args:
        config: the run's settings.
        max_seq_length: tokens of the longest row.
        tokenizer, teacher_tokenizer: fingerprints of both tokenizers.
        task: the task, if the teacher has several.
    """
    if tokenizer != teacher_tokenizer:
        raise ValueError(
            "Teacher and student must have the same vocabulary and tokenizer "
            f"settings. Received: {config.teacher} with {teacher_tokenizer}, "
            f"and a student with {tokenizer}. Use another teacher, or the "
            "teacher's vocabulary for the student."
        )
    path = teacher(config)
    assert path is not None
    albert = loading.open_source(path, task=task).config
    if max_seq_length > albert.max_position_embeddings:
        raise ValueError(
            "Rows must not be longer than the teacher's "
            f"max_position_embeddings. Received: {max_seq_length} tokens, and "
            f"{albert.max_position_embeddings} positions of {config.teacher}. "
            "Lower --max_seq_length, or use another teacher."
        )


def teacher(config: training.TrainingConfig) -> str | None:
    """The path of the teacher's weights; None without one."""
    path = config.teacher
    if not path:
        return None
    which = config.which if run_checkpoint.is_run(path) else None
    return run_checkpoint.find(path, which)


def folder(config: training.TrainingConfig) -> str:
    """The folder with the teacher's tokenizer."""
    path = teacher(config)
    assert path is not None
    return path if tf.io.gfile.isdir(path) else os.path.dirname(path)
