"""What fine-tuning, evaluation and prediction start from: weights, their config
and a tokenizer."""

from typing import NamedTuple

from absl import flags

import albert_tf
from albert_tf import kinds
from albert_tf.interop import loading
from albert_tf.interop import source as source_lib
from albert_tf.interop import source_checks
from albert_tf.interop import source_heads
from albert_tf.runs import run_checkpoint
from albert_tf.training import device_settings
from albert_tf.training import distribution
from albert_tf.training import finetuning_settings
from data_pipeline.tasks import table
from data_pipeline.tasks.saved import saved_tasks
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


def models_kind() -> str | None:
    """The kind of task that a model was trained for, which is used as it is."""
    is_asked = table.CUSTOM in _FLAGS.task_name and not _FLAGS.task_type
    path = trained_path()
    if not is_asked or _FLAGS.do_train or path is None:
        return None
    return kind_of(path)


def kind_of(path: str) -> str | None:
    """The kind of task that weights are for."""
    given = finetuning_settings.given_config()
    source = loading.open_source(path, task=table.CUSTOM, config=given)
    return source_heads.task_of(source).kind


def trained_path() -> str | None:
    """Where the weights are: --init_checkpoint, or the run's own."""
    path = _FLAGS.init_checkpoint
    if path is None and not _FLAGS.do_train:
        path = _FLAGS.output_dir
        if not run_checkpoint.is_run(path):
            raise FileNotFoundError(
                "There must be a model to evaluate: the one that "
                "--init_checkpoint names, or one trained in --output_dir. "
                f"Received: no --init_checkpoint, and no run in {path}."
            )
    return run_checkpoint.find_each([path, _FLAGS.teacher], _FLAGS.which)[0]


def of_weights(path: str, config: albert_tf.AlbertConfig) -> Start:
    """Weights with the tokenizer that lies beside them, or that flags name."""
    folder = saved_tasks.folder_of(path)
    tokenizer = saved_tasks.tokenizer(
        _FLAGS.spm_model_file, folder, _FLAGS.do_lower_case
    )
    check_pieces(tokenizer, config)
    return Start(path, folder, config, tokenizer)


def check_pieces(
    tokenizer: tokenizer_lib.Tokenizer, config: albert_tf.AlbertConfig
) -> None:
    """Raises ValueError unless the model has a row for each piece."""
    if tokenizer.vocab_size != config.vocab_size:
        raise ValueError(
            "The vocabulary must be the model's. Received: one of "
            f"{tokenizer.vocab_size} pieces, and a model of "
            f"{config.vocab_size}. Name the right one with --spm_model_file."
        )


def config_of(
    path: str, task: str, allow_partial_init: bool = False
) -> albert_tf.AlbertConfig:
    """The config of weights, with what flags say of it.

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
    return source.config


def source_of(
    path: str, task: table.Task, config: albert_tf.AlbertConfig | None = None
) -> source_lib.Source:
    """The weights of a task's model."""
    # Google's files do not say what their classifier is.
    head = kinds.shared_head(task.kind)
    return loading.open_source(path, head, task.name, config)


def check_length(length: int, config: albert_tf.AlbertConfig) -> None:
    """Raises ValueError where the model has no position for a token."""
    positions = config.max_position_embeddings
    if length > positions:
        raise ValueError(
            "A row must not be longer than the model's positions. Received: "
            f"--max_seq_length={length}, and {positions} of them. Take a "
            f"--max_seq_length of at most {positions}."
        )


def any_length(strategy) -> bool:
    """Whether one program is for rows of all lengths."""
    return not device_settings.execution(distribution.is_tpu(strategy)).compiled
