"""The project's train steps, traced under a strategy and not run."""

import dataclasses
import functools
from collections.abc import Callable

import keras
import tensorflow as tf

import albert_tf
from albert_tf import objectives
from albert_tf.layers import execution
from albert_tf.training import steps

# MNLI's, the largest of GLUE.
_NUM_CLASSES = 3


@dataclasses.dataclass(frozen=True, kw_only=True)
class Settings:
    """What decides the program of a step.

    step: one of STEPS.
    config: of the model.
    batch_size: rows of a replica.
    max_seq_length: tokens of a row.
    max_predictions_per_seq: masked tokens of a row, in pretraining.
    optimizer, precision: as the flags of run_pretraining.py.
    depth, recompute: as execution.Execution.
    accumulate_steps: parts that a replica's batch is worked on in.
    """

    step: str = "pretraining"
    config: albert_tf.AlbertConfig
    batch_size: int
    max_seq_length: int
    max_predictions_per_seq: int
    optimizer: str = "lamb"
    precision: str = "bfloat16"
    depth: str = "unrolled"
    recompute: bool = False
    accumulate_steps: int = 1

    def __post_init__(self):
        longest = self.config.max_position_embeddings
        if self.max_seq_length > longest:
            raise ValueError(
                "--max_seq_length must not exceed the config's "
                f"max_position_embeddings. Received: {self.max_seq_length} and "
                f"{longest}."
            )


@dataclasses.dataclass(frozen=True)
class Step:
    """A kind of step.

    make_model: takes a config.
    batch: takes settings; returns what a replica's batch holds.
    objective: what it minimizes.
    """

    make_model: Callable[[albert_tf.AlbertConfig], keras.Model]
    batch: Callable[[Settings], dict[str, tf.TensorSpec]]
    objective: objectives.Objective


def _pretraining_batch(settings: Settings) -> dict[str, tf.TensorSpec]:
    rows, masks = settings.batch_size, settings.max_predictions_per_seq
    return {
        **_encoder_batch(settings),
        "mask_positions": tf.TensorSpec([rows, masks], tf.int32),
        "mask_ids": tf.TensorSpec([rows, masks], tf.int32),
        "mask_weights": tf.TensorSpec([rows, masks], tf.float32),
        "sentence_order": tf.TensorSpec([rows], tf.int32),
    }


def _finetuning_batch(settings: Settings) -> dict[str, tf.TensorSpec]:
    return {
        **_encoder_batch(settings),
        "label": tf.TensorSpec([settings.batch_size], tf.int32),
    }


def _encoder_batch(settings: Settings) -> dict[str, tf.TensorSpec]:
    shape = [settings.batch_size, settings.max_seq_length]
    names = ("token_ids", "segment_ids", "padding_mask")
    return {name: tf.TensorSpec(shape, tf.int32) for name in names}


STEPS = {
    "pretraining": Step(
        albert_tf.AlbertPretrainer,
        _pretraining_batch,
        objectives.PRETRAINING,
    ),
    "finetuning": Step(
        functools.partial(albert_tf.AlbertClassifier, num_classes=_NUM_CLASSES),
        _finetuning_batch,
        objectives.CLASSIFICATION,
    ),
}


def make(strategy: tf.distribute.Strategy, settings: Settings):
    """The step of a replica, its model and its optimizer."""
    policy = "mixed_bfloat16" if settings.precision == "bfloat16" else "float32"
    keras.mixed_precision.set_dtype_policy(policy)
    step = STEPS[settings.step]
    with strategy.scope():
        model = step.make_model(settings.config)
        model.encoder.execution = execution.Execution(
            depth=settings.depth, recompute=settings.recompute, compiled=True
        )
        # The schedule's numbers are constants of the program and nothing else.
        optimizer = albert_tf.create_optimizer(
            settings.optimizer,
            learning_rate=0.00176,
            num_train_steps=125_000,
            num_warmup_steps=3125,
        )
        optimizer.build(model.trainable_variables)
    function = steps.make_train_step(
        strategy,
        model,
        optimizer,
        step.objective,
        seed=0,
        accumulate_steps=settings.accumulate_steps,
    )
    return function, model, optimizer


def trace(
    strategy: tf.distribute.Strategy,
    function: Callable,
    batch: dict[str, tf.TensorSpec],
):
    """Traces `strategy.run(function)` of a batch a replica.

    Returns:
        A concrete function.
    """

    @tf.function(autograph=False)
    def run(batches):
        values = strategy.experimental_distribute_values_from_function(
            lambda context: batches[context.replica_id_in_sync_group]
        )
        return strategy.run(function, args=(values,))

    return run.get_concrete_function([batch] * strategy.num_replicas_in_sync)
