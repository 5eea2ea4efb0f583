"""What the flags of albert-tf pretrain come to."""

from typing import Any

from absl import flags
from absl import logging

from albert_tf import config as config_lib
from albert_tf.compression import distillation_settings
from albert_tf.optimization import batch_scaling
from albert_tf.planning import estimate
from albert_tf.planning import length_schedule
from albert_tf.runs import agreement
from albert_tf.training import decisive_flags
from albert_tf.training import device_settings

_FLAGS = flags.FLAGS


def config() -> config_lib.AlbertConfig:
    """Of --albert_config_file or --model; one of them is given."""
    if _FLAGS.albert_config_file:
        return config_lib.AlbertConfig.from_json(_FLAGS.albert_config_file)
    return config_lib.AlbertConfig.named(_FLAGS.model)


def phases() -> tuple[length_schedule.Phase, ...]:
    return agreement.phases(
        _FLAGS.sequence_schedule,
        _FLAGS.num_train_steps,
        _FLAGS.max_seq_length,
        _FLAGS["max_seq_length"].present,
    )


def shape(
    is_tpu: bool, replicas: int, max_predictions_per_seq: int | None = None
) -> estimate.Shape:
    """What `estimate` asks for.

    Args:
        is_tpu: whether the run will be on one.
        replicas: how many.
        max_predictions_per_seq: of a packed row; left out, the flag's.
    """
    how = device_settings.execution(is_tpu)
    return estimate.Shape(
        config=config(),
        train_batch_size=_FLAGS.train_batch_size,
        phases=phases(),
        max_predictions_per_seq=max_predictions_per_seq
        or _FLAGS.max_predictions_per_seq,
        replicas=replicas,
        accumulate_steps=_FLAGS.accumulate_steps,
        precision=device_settings.precision(is_tpu),
        depth=how.depth,
        recompute=how.recompute,
        compiled=how.compiled,
        device_memory_gb=_FLAGS.device_memory_gb,
        flops_per_second=_FLAGS.flops_per_second,
    )


def decisive(recipe: batch_scaling.Scaled, is_tpu: bool) -> dict[str, Any]:
    """What flags decide of a run's numbers, for `agreement.settings`."""
    return {
        **decisive_flags.compared(decisive_flags.PRETRAINING),
        **distillation_settings.decisive(),
        "learning_rate": recipe.learning_rate,
        "num_warmup_steps": recipe.num_warmup_steps,
        "max_seq_length": phases()[-1].max_seq_length,
        "held_out": bool(_FLAGS.eval_input_file),
        "precision": device_settings.precision(is_tpu),
    }


def recipe() -> batch_scaling.Scaled:
    """The learning rate and the warm-up; says where they are from."""
    rate, warmup = _FLAGS.learning_rate, _FLAGS.num_warmup_steps
    steps = _FLAGS.num_train_steps
    given = f"warm-up over {warmup} steps (--num_warmup_steps)"
    if rate is None:
        found = batch_scaling.scaled(
            _FLAGS.train_batch_size, steps, _FLAGS.optimizer
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
