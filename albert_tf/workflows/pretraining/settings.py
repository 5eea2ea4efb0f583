"""Model, phases, recipe and identity of a pretraining run, from its config."""

import functools
from typing import Any

from absl import logging

from albert_tf import config as config_lib
from albert_tf.optimization import batch_scaling
from albert_tf.planning import depth_schedule
from albert_tf.planning import estimate
from albert_tf.planning import length_schedule
from albert_tf.runs import resuming
from albert_tf.workflows.common import devices
from albert_tf.workflows.common import named_models
from albert_tf.workflows.common import past_command
from albert_tf.workflows.common import teacher
from albert_tf.workflows.configs import pretrain as pretrain_config
from data_pipeline.pretraining.records import record_sets

# Reads the command line of an earlier run.
read_command: resuming.ReadCommand = functools.partial(
    past_command.values, pretrain_config.PretrainConfig
)


def albert(config: pretrain_config.PretrainConfig) -> config_lib.AlbertConfig:
    """The sizes of the model."""
    if config.albert_config_file:
        return config_lib.AlbertConfig.from_json(config.albert_config_file)
    assert config.model is not None
    return config_lib.AlbertConfig.named(config.model)


def phases(
    config: pretrain_config.PretrainConfig,
) -> tuple[length_schedule.Phase, ...]:
    """The phases of training, each with its row length.

    Raises:
        ValueError: --sequence_schedule is malformed, or contradicts a
            --max_seq_length that was given.
    """
    schedule, length = config.sequence_schedule, config.max_seq_length
    if schedule is None:
        return (length_schedule.Phase(length, 0, config.num_train_steps),)
    parsed = length_schedule.parse(schedule, config.num_train_steps)
    last = parsed[-1].max_seq_length
    if config.is_given("max_seq_length") and last != length:
        raise ValueError(
            "--max_seq_length must be the length of the last phase of "
            f"--sequence_schedule, or be left out. Received: {length} and "
            f"{schedule!r}."
        )
    return parsed


def parts(
    config: pretrain_config.PretrainConfig, albert: config_lib.AlbertConfig
) -> tuple[depth_schedule.Part, ...]:
    """The parts of training, each with its number of layers.

    Raises:
        ValueError: --depth_schedule is malformed, or does not fit the model.
    """
    steps = config.num_train_steps
    if config.depth_schedule is None:
        return depth_schedule.whole(albert, steps)
    return depth_schedule.parse(config.depth_schedule, steps, albert)


def shape(
    config: pretrain_config.PretrainConfig,
    is_tpu: bool,
    replicas: int,
    max_predictions_per_seq: int | None = None,
) -> estimate.Shape:
    """The shape of a run, for the estimate.

    Args:
        config: the run's settings.
        is_tpu: whether the run will be on a TPU.
        replicas: number of replicas.
        max_predictions_per_seq: maximum number of masks in a packed row; if
            left out, that of the config.
    """
    how = devices.execution(config, is_tpu)
    sizes = albert(config)
    return estimate.Shape(
        config=sizes,
        train_batch_size=config.train_batch_size,
        phases=phases(config),
        parts=parts(config, sizes),
        max_predictions_per_seq=max_predictions_per_seq
        or config.max_predictions_per_seq,
        replicas=replicas,
        accumulate_steps=config.accumulate_steps,
        precision=devices.precision(config, is_tpu),
        depth=how.depth,
        recompute=how.recompute,
        compiled=how.compiled,
        device_memory_gb=config.device_memory_gb,
        flops_per_second=config.flops_per_second,
    )


def recipe(config: pretrain_config.PretrainConfig) -> batch_scaling.Scaled:
    """The learning rate and the warm-up; their source is logged."""
    rate, warmup = config.learning_rate, config.num_warmup_steps
    steps = config.num_train_steps
    given = f"warm-up over {warmup} steps (--num_warmup_steps)"
    if rate is None:
        found = batch_scaling.scaled(
            config.train_batch_size, steps, config.optimizer
        )
        if warmup is not None:
            found = found._replace(
                num_warmup_steps=warmup,
                reason=f"{found.reason} Overridden: {given}.",
            )
    else:
        if warmup is None:
            warmup = round(batch_scaling.ALBERT_WARMUP_SHARE * steps)
            given = f"warm-up over {warmup} steps, 1/40 as in the original"
        found = batch_scaling.Scaled(
            rate, warmup, f"Learning rate {rate} (--learning_rate), {given}."
        )
    logging.info("%s", found.reason)
    return found


def decisive(
    config: pretrain_config.PretrainConfig,
    recipe: batch_scaling.Scaled,
    is_tpu: bool,
    train_sets: list[record_sets.RecordSet],
    eval_set: record_sets.RecordSet,
) -> dict[str, Any]:
    """Everything that decides the numbers of a run, as JSON values. A run can
    resume only with the same values.

    Args:
        config: the run's settings.
        recipe: the run's learning rate and warm-up.
        is_tpu: whether the run is on a TPU.
        train_sets: the training records, one set for each row length.
        eval_set: the records to evaluate on.
    """
    return {
        **named_models.named(config),
        **teacher.decisive(config),
        "learning_rate": recipe.learning_rate,
        "num_warmup_steps": recipe.num_warmup_steps,
        "max_seq_length": phases(config)[-1].max_seq_length,
        "held_out": bool(config.eval_input_file),
        "precision": devices.precision(config, is_tpu),
        "config": albert(config).to_dict(),
        "tokenizer": eval_set.manifest.tokenizer,
        "records": [
            shard["sha256"]
            for each in train_sets
            for shard in each.manifest.shards
        ],
        "eval_records": [shard["sha256"] for shard in eval_set.manifest.shards],
    }
