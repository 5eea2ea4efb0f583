"""Pretraining: a model, its optimizer and its folder, put into the loop."""

import dataclasses
import functools
import math
from collections.abc import Callable

import keras
import tensorflow as tf
from absl import logging

from albert_tf import growth
from albert_tf import models
from albert_tf import objectives
from albert_tf.compression import distillation
from albert_tf.interop import loading
from albert_tf.planning import depth_schedule
from albert_tf.training import depths as depths_lib
from albert_tf.training import monitor
from albert_tf.training import run_schedule
from albert_tf.training import set_up
from albert_tf.training import steps
from albert_tf.training import stopping
from albert_tf.training import watchdog

_TASK = "pretraining"  # of the teacher
_SHOWN = {
    "loss": "loss",
    "mlm": "mlm_loss",
    "order": "sentence_order_accuracy",
}


@dataclasses.dataclass(frozen=True)
class Data:
    """The batches of a run, as distributed datasets.

    train: maps a first step to the batches from there on, until the next of
        Schedule.changes; `train(step)` must start with that step's batch.
    evaluation: returns the evaluation batches and their number, or None.
    unigram_loss: the loss on them, in nats, of the best guess without reading.
    """

    train: Callable[[int], tf.data.Dataset]
    evaluation: Callable[[], tuple[tf.data.Dataset, int]] | None
    unigram_loss: float


@dataclasses.dataclass(frozen=True, kw_only=True)
class Setup(set_up.Setup):
    """How to pretrain.

    make_optimizer: called in the strategy's scope.
    grow_from: weights of a smaller model, which `growth.grow` makes larger.
    work: operations of a step, for the model FLOP utilization.
    parts: the depths of the steps; empty: all layers in all steps.
    """

    make_optimizer: Callable[[], keras.optimizers.Optimizer]
    grow_from: str | None = None
    work: monitor.Work | None = None
    parts: tuple[depth_schedule.Part, ...] = ()


def train(
    strategy: tf.distribute.Strategy,
    setup: Setup,
    data: Data,
    schedule: run_schedule.Schedule,
) -> keras.Model:
    """Pretrains until the schedule ends, resuming where it can.

    Raises:
        FloatingPointError: the run collapsed, and must not be rolled back.
        stopping.Stopped: a signal asked to stop; everything is saved.
    """
    model = _build(strategy, setup)
    if setup.is_new:
        with strategy.scope():
            _start(model, setup)
    objective, beside = _objective(strategy, setup, model)
    weights = models.named_weights(model)
    variables = set_up.Variables(weights, {**weights, **beside}, beside)
    with strategy.scope():
        optimizer = setup.make_optimizer()
    saved = set_up.restore(strategy, setup, schedule, variables, optimizer)

    depths = depths_lib.Depths(
        model.encoder.transformer, setup.parts, optimizer
    )

    def make_train_steps(stop: tf.Variable) -> steps.TrainSteps:
        step = steps.make_train_step(
            strategy,
            model,
            optimizer,
            objective,
            seed=setup.seed,
            weights=list(variables.trained.values()),
            accumulate_steps=setup.accumulate_steps,
            jit_compile=setup.jit_compile,
        )
        return steps.make_train_steps(strategy, step, stop, objective)

    evaluate = None
    if data.evaluation is not None:
        evaluate = depths.evaluation(
            functools.partial(
                Evaluator, strategy, model, data.evaluation, setup.jit_compile
            )
        )
    set_up.train(
        strategy,
        setup,
        schedule,
        saved,
        optimizer,
        lambda stop: depths.train_steps(
            functools.partial(make_train_steps, stop)
        ),
        lambda step: iter(data.train(step)),
        set_up.Reports(
            objective,
            evaluate,
            # The best checkpoint is one of the whole model.
            badness=lambda values: (
                values["mlm_loss"] if depths.is_whole(values) else math.inf
            ),
            watch=watchdog.Watchdog(
                data.unigram_loss, math.log(setup.config.vocab_size)
            ),
            shown=_SHOWN,
            work=setup.work,
            facts=depths.facts,
        ),
    )
    return model


class Evaluator:
    """Evaluates the model on the whole of a fixed set of batches.

    Args:
        strategy: the one in whose scope the model was made.
        model: AlbertPretrainer.
        batches: returns the batches and their number.
        jit_compile: whether XLA compiles the steps.
    """

    def __init__(
        self,
        strategy: tf.distribute.Strategy,
        model: keras.Model,
        batches: Callable[[], tuple[tf.data.Dataset, int]],
        jit_compile: bool = False,
    ):
        self._make_run = functools.partial(
            steps.make_eval_steps, strategy, model, jit_compile=jit_compile
        )
        self._run: Callable | None = None
        self._batches = batches

    def __call__(self) -> dict[str, float]:
        """The means over all the batches; losses in nats.

        Raises:
            stopping.Interrupted: a machine was asked to stop.
        """
        if self._run is None:
            self._run = self._make_run(stop=stopping.asked())
        dataset, count = self._batches()
        sums, is_asked = self._run(iter(dataset), tf.constant(count))
        if is_asked:
            raise stopping.Interrupted
        values = objectives.PRETRAINING.metrics(sums)
        # At most what TensorBoard's float32 holds.
        values["perplexity"] = math.exp(min(values["mlm_loss"], 88.0))
        return values


def _build(
    strategy: tf.distribute.Strategy, setup: Setup
) -> models.AlbertPretrainer:
    with strategy.scope(), set_up.initial_weights(setup.seed):
        model = models.AlbertPretrainer(setup.config, seed=setup.seed)
    model.encoder.execution = setup.execution
    logging.info("%s parameters.", f"{model.count_params():,}")
    return model


def _start(model: models.AlbertPretrainer, setup: Setup) -> None:
    """Takes the weights that a new run starts from."""
    if setup.init_checkpoint:
        source = loading.open_source(setup.init_checkpoint, config=setup.config)
        loading.initialize(model, source, setup.allow_partial_init)
    elif setup.grow_from:
        _grow(model, setup.grow_from)


def _objective(
    strategy: tf.distribute.Strategy,
    setup: Setup,
    model: models.AlbertPretrainer,
) -> tuple[objectives.Objective, dict[str, keras.Variable]]:
    """What to minimize, and the variables that a teacher adds, by name."""
    if not setup.distillation:
        return objectives.PRETRAINING, {}
    with strategy.scope():
        teacher = distillation.Distillation(
            setup.distillation,
            {_TASK: model},
            {_TASK: objectives.PRETRAINING},
            setup.seed,
        )
        return teacher.adapted(_TASK), teacher.trained


def _grow(model: keras.Model, path: str) -> None:
    smaller = loading.load(path)
    values = {
        name: weight.numpy()
        for name, weight in models.named_weights(smaller).items()
    }
    values = growth.grow(values, smaller.config, model.config)
    for name, weight in models.named_weights(model).items():
        weight.assign(values[name])
    logging.info("Grown from %s, which computes the same function.", path)
