"""What fine-tuning, evaluation and prediction start from: weights, their config
and a tokenizer."""

from typing import NamedTuple

from absl import flags

import albert_tf
from albert_tf import loading
from albert_tf import source_checks
from albert_tf.interop import source as source_lib
from albert_tf.training import device_settings
from albert_tf.training import distribution
from albert_tf.training import finetuning_settings
from albert_tf.training import task_kinds
from data_pipeline.tasks import saved_tasks
from data_pipeline.tasks import table
from data_pipeline.text import tokenizer as tokenizer_lib

_FLAGS = flags.FLAGS


class Start(NamedTuple):
    """What a run starts from.

    path: of weights, or None for random ones.
    folder: where they are, or None.
    """

    path: str | None
    folder: str | None
    config: albert_tf.AlbertConfig
    tokenizer: tokenizer_lib.Tokenizer


def of_weights(path: str, task: str, allow_partial_init: bool = False) -> Start:
    """What weights are, with the config and the tokenizer that flags name.

    Args:
        path: anything that albert_tf.load reads.
        task: whose head to take, of several.
        allow_partial_init: whether weights may be of other sizes.
    """
    given = finetuning_settings.given_config()
    source = loading.open_source(path, task=task, config=given)
    if given is not None:
        source = source_checks.with_config(source, given)
    if not allow_partial_init:
        source_checks.check_sizes(source)
    folder = saved_tasks.folder_of(path)
    return Start(path, folder, source.config, _tokenizer(folder))


def of_random() -> Start:
    """Random weights of the sizes that flags name."""
    return Start(None, None, finetuning_settings.config(), _tokenizer(None))


def checked(start: Start) -> Start:
    """Raises ValueError where the vocabulary is not the model's."""
    if start.tokenizer.vocab_size != start.config.vocab_size:
        raise ValueError(
            "The vocabulary must be the model's. Received: one of "
            f"{start.tokenizer.vocab_size} pieces, and a model of "
            f"{start.config.vocab_size}. Name the right one with "
            "--spm_model_file."
        )
    return start


def _tokenizer(folder: str | None) -> tokenizer_lib.Tokenizer:
    return saved_tasks.tokenizer(
        _FLAGS.spm_model_file, folder, _FLAGS.do_lower_case
    )


def source(
    path: str, task: table.Task, config: albert_tf.AlbertConfig | None = None
) -> source_lib.Source:
    """The weights of a task's model."""
    # Google's files do not say what their classifier is.
    head = task_kinds.CLASSIFIERS.get(task.kind)
    return loading.open_source(path, head, task.name, config)


def checked_length(length: int, start: Start) -> int:
    """Raises ValueError where rows are longer than the model's positions."""
    positions = start.config.max_position_embeddings
    if length > positions:
        raise ValueError(
            "A row must not be longer than the model's positions. Received: "
            f"--max_seq_length={length}, and {positions} of them. Take a "
            f"--max_seq_length of at most {positions}."
        )
    return length


def any_length(strategy) -> bool:
    """Whether one program is for rows of all lengths."""
    return not device_settings.execution(distribution.is_tpu(strategy)).compiled
