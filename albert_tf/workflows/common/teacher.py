"""The teacher that a config names."""

import functools
import os

import keras
import tensorflow as tf

from albert_tf.compression import distillation
from albert_tf.finetuning import task_kinds
from albert_tf.interop import loading
from albert_tf.runs import run_checkpoint
from albert_tf.workflows.configs import training


def settings(config: training.TrainingConfig) -> distillation.Teacher | None:
    """The teacher, and how much is learned from it; None without one."""
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
    """The teacher of a student's task, from anything `albert_tf.load` reads."""
    head = getattr(getattr(student, "head", None), "name", None)
    # Google's files do not say what their classifier is.
    named = head if head in task_kinds.CLASSIFIERS.values() else None
    return loading.load(path, head=named, task=task)


def decisive(
    config: training.TrainingConfig, task: str | None = None
) -> dict[str, str | None]:
    """Which teacher decides the numbers of a run. Of a folder that is the
    checkpoint which is taken: a resumed run must have the same teacher.

    Args:
        task: whose teacher, where it has several.
    """
    if not config.teacher:
        return {"teacher": None}
    return {"teacher": loading.open_source(teacher(config), task=task).where}


def check_fits(
    config: training.TrainingConfig,
    max_seq_length: int,
    tokenizer: str,
    teacher_tokenizer: str,
    task=None,
) -> None:
    """Whether the teacher can read what the student reads.

    Args:
        max_seq_length: of the longest row.
        tokenizer, teacher_tokenizer: their fingerprints.
        task: whose teacher, where it has several.
    Raises:
        ValueError: it cannot.
    """
    if tokenizer != teacher_tokenizer:
        raise ValueError(
            "Teacher and student must have the same vocabulary and tokenizer "
            f"settings. Received: {config.teacher} with {teacher_tokenizer}, "
            f"and a student with {tokenizer}."
        )
    albert = loading.open_source(teacher(config), task=task).config
    if max_seq_length > albert.max_position_embeddings:
        raise ValueError(
            "Rows must not be longer than the teacher's "
            f"max_position_embeddings. Received: {max_seq_length} tokens, and "
            f"{albert.max_position_embeddings} positions of {config.teacher}. "
            "Use a shorter --max_seq_length, or another teacher."
        )


def teacher(config: training.TrainingConfig) -> str | None:
    """Where the weights of --teacher are; None without it."""
    path = config.teacher
    if not path:
        return None
    which = config.which if run_checkpoint.is_run(path) else None
    return run_checkpoint.find(path, which)


def folder(config: training.TrainingConfig) -> str:
    """Where the teacher's tokenizer is."""
    path = teacher(config)
    return path if tf.io.gfile.isdir(path) else os.path.dirname(path)
