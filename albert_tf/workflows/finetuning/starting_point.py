"""Weights, sizes and tokenizer of the model that a workflow starts from."""

import dataclasses
from collections.abc import Mapping
from typing import Any
from typing import NamedTuple

import tensorflow as tf

from albert_tf import config as config_lib
from albert_tf import kinds
from albert_tf.interop import loading
from albert_tf.interop import source_checks
from albert_tf.interop import source_heads
from albert_tf.interop import weight_source
from albert_tf.runs import run_checkpoint
from albert_tf.training import distribution
from albert_tf.workflows.common import devices
from albert_tf.workflows.configs import devices as devices_config
from albert_tf.workflows.configs import finetune as finetune_config
from albert_tf.workflows.configs import inference as inference_config
from albert_tf.workflows.configs import model as model_config
from data_pipeline.tasks import table
from data_pipeline.tasks.configs import task_config
from data_pipeline.tasks.saved import saved_tasks
from data_pipeline.text import tokenizers


class Start(NamedTuple):
    """The model that training, evaluation or prediction starts from.

    Attributes:
        path: path of the weights; None for random weights.
        folder: folder of the weights; None for random weights.
        albert: the model's sizes.
        tokenizer: the model's tokenizer.
    """

    path: str | None
    folder: str | None
    albert: config_lib.AlbertConfig
    tokenizer: tokenizers.Tokenizer


def of_run(
    config: finetune_config.FinetuneConfig, path: str | None, task: str
) -> Start:
    """The model that a fine-tuning run starts from.

    Args:
        config: the run's settings.
        path: path of the weights; None for random weights.
        task: the first of the run's tasks.
    """
    folder = None if path is None else saved_tasks.folder_of(path)
    albert = albert_of_run(config, path, task)
    tokenizer = tokenizer_of_run(config, folder)
    source_checks.check_vocabulary(albert, tokenizer.vocab_size)
    return Start(path, folder, albert, tokenizer)


def albert_of_run(
    config: finetune_config.FinetuneConfig, path: str | None, task: str
) -> config_lib.AlbertConfig:
    """The sizes of a run's model. Args: as in `of_run`."""
    if path is not None:
        albert = albert_of(config, path, task, config.allow_partial_init)
        return _with_depth(albert, config.num_hidden_layers)
    given = _given_albert(config)
    if given is None:
        raise ValueError(
            "A model must come from --init_checkpoint or, with random weights, "
            "from one of --albert_config_file and --model. Received: none of "
            "them."
        )
    return given


def tokenizer_of_run(
    config: finetune_config.FinetuneConfig, folder: str | None
) -> tokenizers.Tokenizer:
    """The tokenizer of a run; for a resumed run, with its earlier settings.

    Args:
        config: the run's settings.
        folder: folder of the initial weights; None for random weights.
    """
    tokenizer = _tokenizer(config, folder)
    if config.do_train and config.do_lower_case is None:
        return saved_tasks.resumed(tokenizer, config.run_dir)
    return tokenizer


def of_weights(
    config: inference_config.TrainedModelConfig, path: str, task: str
) -> Start:
    """A model that is used without training it.

    Args:
        config: the workflow's settings.
        path: anything that `albert_tf.load` reads.
        task: the task whose head to use, if there are several.
    """
    folder = saved_tasks.folder_of(path)
    albert = albert_of(config, path, task)
    tokenizer = _tokenizer(config, folder)
    source_checks.check_vocabulary(albert, tokenizer.vocab_size)
    return Start(path, folder, albert, tokenizer)


def _tokenizer(
    config: task_config.TaskConfig, folder: str | None
) -> tokenizers.Tokenizer:
    return saved_tasks.tokenizer(
        config.spm_model_file, folder, config.do_lower_case
    )


def models_kind(config: finetune_config.FinetuneConfig) -> str | None:
    """The kind of task that the model was trained for; None if the run trains
    it, or if the config names the kind."""
    is_asked = table.CUSTOM in (config.task_name or ()) and not config.task_type
    path = trained_path(config)
    if not is_asked or config.do_train or path is None:
        return None
    return kind_of(config, path)


def kind_of(config: model_config.ModelConfig, path: str) -> str | None:
    """The kind of task that weights are for."""
    given = _given_albert(config)
    source = loading.open_source(path, task=table.CUSTOM, config=given)
    return source_heads.task_of(source).kind


def trained_path(config: finetune_config.FinetuneConfig) -> str | None:
    """The path of a run's initial weights: those of --init_checkpoint or,
    without training, its own; None for random weights."""
    path = config.init_checkpoint
    if path is None and not config.do_train:
        path = config.run_dir
        if not run_checkpoint.is_run(path):
            raise FileNotFoundError(
                "The model to evaluate must be named by --init_checkpoint, or "
                "be trained in --output_dir. Received: no --init_checkpoint, "
                f"and no run in {path}."
            )
    return run_checkpoint.find_each([path, config.teacher], config.which)[0]


def albert_of(
    config: model_config.ModelConfig,
    path: str,
    task: str,
    allow_partial_init: bool = False,
) -> config_lib.AlbertConfig:
    """The sizes of the model that weights are for.

    Args:
        config: settings that may contain the sizes.
        path: anything that `albert_tf.load` reads.
        task: the task whose head to use, if there are several.
        allow_partial_init: whether weights may have other sizes.
    """
    given = _given_albert(config)
    source = loading.open_source(path, task=task, config=given)
    if given is not None:
        source = source_checks.with_config(source, given)
    if not allow_partial_init:
        source_checks.check_sizes(source)
    return source.config


def _given_albert(
    config: model_config.ModelConfig,
) -> config_lib.AlbertConfig | None:
    if config.albert_config_file and config.model:
        raise ValueError(
            "The sizes must come from only one of --albert_config_file and "
            f"--model. Received: {config.albert_config_file!r} and "
            f"{config.model!r}. Leave one out."
        )
    if config.albert_config_file:
        return config_lib.AlbertConfig.from_json(config.albert_config_file)
    return config_lib.AlbertConfig.named(config.model) if config.model else None


def _with_depth(
    albert: config_lib.AlbertConfig, num_hidden_layers: int | None
) -> config_lib.AlbertConfig:
    if not num_hidden_layers:
        return albert
    if albert.share_parameters != "all":
        raise ValueError(
            "--num_hidden_layers must be used with a checkpoint whose layers "
            "share all weights, since unshared weights belong to one layer. "
            f"Received: share_parameters={albert.share_parameters!r}. Leave it "
            "out."
        )
    return dataclasses.replace(albert, num_hidden_layers=num_hidden_layers)


def source_of(
    path: str, task: table.Task, albert: config_lib.AlbertConfig | None = None
) -> weight_source.WeightSource:
    """The weights of a task's model."""
    # Google's files do not say what kind of head their classifier is.
    head = kinds.shared_head(task.kind)
    return loading.open_source(path, head, task.name, albert)


def own_settings(start: Start, task: table.Task) -> Mapping[str, Any]:
    """The settings of the model that training starts from, which task.json
    keeps under the name of its kind; {} if it starts from a model for another
    kind of task, or from random weights."""
    if start.path is None:
        return {}
    info = source_of(start.path, task, start.albert).info
    return info.others.get(task.kind, {}) if info.kind == task.kind else {}


def check_length(length: int, albert: config_lib.AlbertConfig) -> None:
    """Raises ValueError unless the model has a position for each token."""
    positions = albert.max_position_embeddings
    if length > positions:
        raise ValueError(
            "--max_seq_length must not be above the number of the model's "
            f"positions. Received: --max_seq_length={length}, and {positions} "
            f"positions. Use at most {positions}."
        )


def any_length(
    config: devices_config.DeviceConfig, strategy: tf.distribute.Strategy
) -> bool:
    """Whether a single program runs rows of all lengths."""
    return not devices.execution(config, distribution.is_tpu(strategy)).compiled
