"""What the flags about a teacher come to."""

import functools
import os

import tensorflow as tf
from absl import flags

from albert_tf.compression import distillation
from albert_tf.interop import loading
from albert_tf.runs import run_checkpoint
from albert_tf.workflows.common import teacher as loader

_FLAGS = flags.FLAGS


def settings() -> distillation.Teacher | None:
    path = teacher()
    if path is None:
        return None
    return distillation.Teacher(
        name=path,
        load=functools.partial(loader.load, path),
        temperature=_FLAGS.distill_temperature,
        weight=_FLAGS.distill_weight,
        hidden_weight=_FLAGS.distill_hidden_weight,
        attention_weight=_FLAGS.distill_attention_weight,
    )


def decisive(task: str | None = None) -> dict[str, str | None]:
    """Which teacher decides the numbers of a run. Of a folder that is the
    checkpoint which is taken: a resumed run must have the same teacher.

    Args:
        task: whose teacher, where it has several.
    """
    if not _FLAGS.teacher:
        return {"teacher": None}
    return {"teacher": loading.open_source(teacher(), task=task).where}


def check_fits(
    max_seq_length: int, tokenizer: str, teacher_tokenizer: str, task=None
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
            f"settings. Received: {_FLAGS.teacher} with {teacher_tokenizer}, "
            f"and a student with {tokenizer}."
        )
    config = loading.open_source(teacher(), task=task).config
    if max_seq_length > config.max_position_embeddings:
        raise ValueError(
            "Rows must not be longer than the teacher's "
            f"max_position_embeddings. Received: {max_seq_length} tokens, and "
            f"{config.max_position_embeddings} positions of {_FLAGS.teacher}. "
            "Use a shorter --max_seq_length, or another teacher."
        )


def teacher() -> str | None:
    """Where the weights of --teacher are; None without it."""
    path = _FLAGS.teacher
    if not path:
        return None
    which = _FLAGS.which if run_checkpoint.is_run(path) else None
    return run_checkpoint.find(path, which)


def folder() -> str:
    """Where the teacher's tokenizer is."""
    path = teacher()
    return path if tf.io.gfile.isdir(path) else os.path.dirname(path)
