"""What fine-tuning, evaluation and prediction start from: weights, their albert
and a tokenizer."""

from typing import NamedTuple

import albert_tf
from albert_tf.finetuning import task_kinds
from albert_tf.interop import loading
from albert_tf.interop import source as source_lib
from albert_tf.interop import source_checks
from albert_tf.interop import source_heads
from albert_tf.runs import run_checkpoint
from albert_tf.training import distribution
from albert_tf.workflows.common import devices
from albert_tf.workflows.configs import devices as devices_config
from albert_tf.workflows.configs import finetune as finetune_config
from albert_tf.workflows.configs import model as model_config
from albert_tf.workflows.finetuning import settings as settings_lib
from data_pipeline.tasks import table
from data_pipeline.tasks.configs import task_config
from data_pipeline.tasks.saved import saved_tasks
from data_pipeline.text import tokenizer as tokenizer_lib


class Start(NamedTuple):
    """What a run starts from.

    path: of weights, or None for random ones.
    folder: where they are, or None.
    """

    path: str | None
    folder: str | None
    albert: albert_tf.AlbertConfig
    tokenizer: tokenizer_lib.Tokenizer


def models_kind(config: finetune_config.FinetuneConfig) -> str | None:
    """The kind of task that a model was trained for, which is used as it is."""
    is_asked = table.CUSTOM in config.task_name and not config.task_type
    path = trained_path(config)
    if not is_asked or config.do_train or path is None:
        return None
    return kind_of(config, path)


def kind_of(config: model_config.ModelConfig, path: str) -> str | None:
    """The kind of task that weights are for."""
    given = settings_lib.given_config(config)
    source = loading.open_source(path, task=table.CUSTOM, config=given)
    return source_heads.task_of(source).kind


def trained_path(config: finetune_config.FinetuneConfig) -> str | None:
    """Where the weights are: --init_checkpoint, or the run's own."""
    path = config.init_checkpoint
    if path is None and not config.do_train:
        path = config.output_dir
        if not run_checkpoint.is_run(path):
            raise FileNotFoundError(
                "There must be a model to evaluate: the one that "
                "--init_checkpoint names, or one trained in --output_dir. "
                f"Received: no --init_checkpoint, and no run in {path}."
            )
    return run_checkpoint.find_each([path, config.teacher], config.which)[0]


def of_weights(
    config: task_config.TaskConfig, path: str, albert: albert_tf.AlbertConfig
) -> Start:
    """Weights with the tokenizer that lies beside them, or that flags name."""
    folder = saved_tasks.folder_of(path)
    tokenizer = saved_tasks.tokenizer(
        config.spm_model_file, folder, config.do_lower_case
    )
    check_pieces(tokenizer, albert)
    return Start(path, folder, albert, tokenizer)


def check_pieces(
    tokenizer: tokenizer_lib.Tokenizer, albert: albert_tf.AlbertConfig
) -> None:
    """Raises ValueError unless the model has a row for each piece."""
    if tokenizer.vocab_size != albert.vocab_size:
        raise ValueError(
            "The vocabulary must be the model's. Received: one of "
            f"{tokenizer.vocab_size} pieces, and a model of "
            f"{albert.vocab_size}. Name the right one with --spm_model_file."
        )


def config_of(
    config: model_config.ModelConfig,
    path: str,
    task: str,
    allow_partial_init: bool = False,
) -> albert_tf.AlbertConfig:
    """The config of weights, with what flags say of it.

    Args:
        path: anything that albert_tf.load reads.
        task: whose head to take, of several.
        allow_partial_init: whether weights may be of other sizes.
    """
    given = settings_lib.given_config(config)
    source = loading.open_source(path, task=task, config=given)
    if given is not None:
        source = source_checks.with_config(source, given)
    if not allow_partial_init:
        source_checks.check_sizes(source)
    return source.config


def source_of(
    path: str, task: table.Task, albert: albert_tf.AlbertConfig | None = None
) -> source_lib.Source:
    """The weights of a task's model."""
    # Google's files do not say what their classifier is.
    head = task_kinds.CLASSIFIERS.get(task.kind)
    return loading.open_source(path, head, task.name, albert)


def check_length(length: int, albert: albert_tf.AlbertConfig) -> None:
    """Raises ValueError where the model has no position for a token."""
    positions = albert.max_position_embeddings
    if length > positions:
        raise ValueError(
            "A row must not be longer than the model's positions. Received: "
            f"--max_seq_length={length}, and {positions} of them. Take a "
            f"--max_seq_length of at most {positions}."
        )


def any_length(config: devices_config.DeviceConfig, strategy) -> bool:
    """Whether one program is for rows of all lengths."""
    return not devices.execution(config, distribution.is_tpu(strategy)).compiled
