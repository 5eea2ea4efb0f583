"""The settings of a fine-tuning run, of one seed."""

import dataclasses
from collections.abc import Callable
from collections.abc import Mapping

import keras

from albert_tf.finetuning import multitask
from albert_tf.training import set_up


@dataclasses.dataclass(frozen=True, kw_only=True)
class Setup(set_up.Setup):
    """How to fine-tune.

    heads: by task.
    make_optimizer: takes learning_rate and rate_multipliers.
    learning_rate: its peak.
    num_warmup_steps: steps until the peak.
    dropout_prob: dropout rate in front of the heads.
    any_depth: whether init_checkpoint may have another number of layers.
    freeze, layer_decay: see `trained_weights`.
    lora_rank, lora_alpha: see `lora.Lora`; rank 0 trains without LoRA.
    quantization_aware: see `quantization_aware.adapted`.
    on_failed_run: one of `failed_runs.ON_FAILED_RUN`.
    max_restarts: how often "seed" and "rate" may start over.
    """

    heads: Mapping[str, multitask.Head]
    make_optimizer: Callable[..., keras.optimizers.Optimizer]
    learning_rate: float
    num_warmup_steps: int
    dropout_prob: float = 0.1
    any_depth: bool = False
    freeze: tuple[str, ...] = ()
    layer_decay: float = 1.0
    lora_rank: int = 0
    lora_alpha: float = 16.0
    quantization_aware: bool = False
    on_failed_run: str = "warn"
    max_restarts: int = 3
