"""Settings of long texts and questions, fitted to the length of rows."""

import dataclasses
from typing import TypeVar

from absl import logging

from data_pipeline.tasks import kinds
from data_pipeline.tasks import table
from data_pipeline.tasks.configs import task_config
from data_pipeline.tasks.texts import long_texts

Config = TypeVar("Config", bound=task_config.TaskConfig)


def fitted(config: Config, task: table.Task, max_seq_length: int) -> Config:
    """The config of a task, for rows of a length.

    Raises:
        ValueError: settings contradict each other, or the kind of the task.
    """
    kind = kinds.of(task)
    if kind.has_windows:
        config = _fitted_questions(config, max_seq_length)
    if config.long_texts == long_texts.CUT:
        return config
    if not kind.chooses_long_texts:
        able = [n for n, k in kinds.KINDS.items() if k.chooses_long_texts]
        already = " Span tasks always use windows." * kind.has_windows
        raise ValueError(
            f"--long_texts={config.long_texts} must be used with tasks of "
            f"these kinds only: {', '.join(able)}. Received: {task.name}, "
            f"whose kind is {task.kind}. Leave --long_texts out.{already}"
        )
    if config.long_texts == long_texts.WINDOWS:
        return _fitted_windows(config, max_seq_length)
    return config


def _fitted_windows(config: Config, max_seq_length: int) -> Config:
    """The config with a stride, which leaves no gaps between windows."""
    if config.pack:
        raise ValueError(
            "Only one of --pack and --long_texts=windows must be given, since "
            "the windows of a text are rows of one batch. Received: both. "
            "Leave --pack out; texts are grouped by length anyway."
        )
    room = max_seq_length - 2  # [CLS] and [SEP]
    if not config.is_given("doc_stride"):
        stride = max(1, min(room, max_seq_length * 3 // 4))
        return dataclasses.replace(config, doc_stride=stride)
    if config.doc_stride > room:
        raise ValueError(
            "--doc_stride must not be above the number of tokens in a window, "
            "or tokens between two windows would be in neither. Received: "
            f"--doc_stride={config.doc_stride}, and windows of {room} tokens "
            f"(--max_seq_length={max_seq_length} without [CLS] and [SEP]). "
            f"Use at most {room}, or leave it out."
        )
    return config


def _fitted_questions(config: Config, max_seq_length: int) -> Config:
    """The config of a span task, with questions that leave room for a context.

    For short rows, the maximum length of questions and the stride are reduced
    unless they were given.
    """
    is_given = config.is_given("max_query_length")
    if is_given or 2 * config.max_query_length <= max_seq_length:
        return config
    config = dataclasses.replace(
        config,
        max_query_length=max_seq_length // 4,
        doc_stride=config.doc_stride
        if config.is_given("doc_stride")
        else max_seq_length // 3,
    )
    logging.info(
        "For rows of %d tokens, --max_query_length is %d and --doc_stride is "
        "%d, so that a question leaves room for its context.",
        max_seq_length,
        config.max_query_length,
        config.doc_stride,
    )
    return config
