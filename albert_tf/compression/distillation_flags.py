"""The flags of both training scripts that are about a teacher."""

import os
from typing import Any

import tensorflow as tf
from absl import flags

from albert_tf import loading
from albert_tf.compression import distillation

_FLAGS = flags.FLAGS
_WEIGHTS = (
    "distill_temperature",
    "distill_weight",
    "distill_hidden_weight",
    "distill_attention_weight",
)


def define() -> None:
    number = flags.DEFINE_float
    flags.DEFINE_string(
        "teacher",
        None,
        "Model to distill from, of any size, with the same head, classes and "
        "vocabulary: anything that albert_tf.load reads. It runs frozen in the "
        "same training step.",
    )
    number(
        "distill_temperature",
        2.0,
        "Temperature of the student's and the teacher's distributions in the "
        "distillation loss.",
        1e-3,
    )
    number(
        "distill_weight",
        0.5,
        "Share of the loss that comes from the teacher's logits; the rest "
        "comes from the labels.",
        0.0,
        1.0,
    )
    number(
        "distill_hidden_weight",
        0.0,
        "Weight of the distillation loss on hidden states: the squared "
        "difference of normalized layer outputs.",
        0.0,
    )
    number(
        "distill_attention_weight",
        0.0,
        "Weight of the distillation loss on attention: the divergence of the "
        "last layer's query, key and value relations.",
        0.0,
    )


def check(do_train: bool) -> None:
    """Raises ValueError for flags that do not go together."""
    if _FLAGS.teacher == "":
        # An unset variable of a shell script must not mean no teacher.
        raise ValueError(
            "--teacher must name a model, or be left out. Received: ''."
        )
    if _FLAGS.teacher is None:
        given = [name for name in _WEIGHTS if _FLAGS[name].present]
        if given:
            raise ValueError(
                "Distillation settings must be used with --teacher. Received: "
                f"{', '.join(f'--{name}' for name in given)} without one."
            )
    elif not do_train:
        raise ValueError(
            "A teacher must be used with --do_train. Received: "
            f"--teacher={_FLAGS.teacher}, and no --do_train. Leave one out."
        )


def settings() -> distillation.Settings | None:
    if not _FLAGS.teacher:
        return None
    return distillation.Settings(
        teacher=_FLAGS.teacher,
        temperature=_FLAGS.distill_temperature,
        weight=_FLAGS.distill_weight,
        hidden_weight=_FLAGS.distill_hidden_weight,
        attention_weight=_FLAGS.distill_attention_weight,
    )


def decisive(task: str | None = None) -> dict[str, Any]:
    """What decides the numbers of a run. Of a folder that is the checkpoint
    which is taken: a resumed run must have the same teacher.

    Args:
        task: whose teacher, where it has several.
    """
    if not _FLAGS.teacher:
        return {}
    return {
        "teacher": loading.open_source(_FLAGS.teacher, task=task).where,
        **{name: _FLAGS[name].value for name in _WEIGHTS},
    }


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
    config = loading.open_source(_FLAGS.teacher, task=task).config
    if max_seq_length > config.max_position_embeddings:
        raise ValueError(
            "Rows must not be longer than the teacher's "
            f"max_position_embeddings. Received: {max_seq_length} tokens, and "
            f"{config.max_position_embeddings} positions of {_FLAGS.teacher}. "
            "Use a shorter --max_seq_length, or another teacher."
        )


def folder() -> str:
    """Where the teacher's tokenizer is."""
    path = _FLAGS.teacher
    return path if tf.io.gfile.isdir(path) else os.path.dirname(path)
