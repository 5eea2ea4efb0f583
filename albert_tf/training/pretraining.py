"""The pretraining loop: a host loop around compiled runs of steps."""

import dataclasses
import os
from collections.abc import Callable

import keras
import numpy as np
import tensorflow as tf
from absl import logging

from albert_tf import config as config_lib
from albert_tf import growth
from albert_tf import loading
from albert_tf import models
from albert_tf.training import checkpoints
from albert_tf.training import monitor
from albert_tf.training import run_folder
from albert_tf.training import steps


@dataclasses.dataclass(frozen=True, kw_only=True)
class Schedule:
    """When things happen, in optimizer steps.

    iterations_per_loop: at most so many steps in one call to the device; also
        how often progress is reported.
    eval_steps: evaluate every so many steps; 0: only before and after.
    new_batches: the steps after which the batches have another length.
    """

    num_train_steps: int
    iterations_per_loop: int
    save_checkpoints_steps: int
    eval_steps: int
    keep_checkpoint_max: int
    new_batches: tuple[int, ...] = ()

    def next_stop(self, step: int) -> int:
        """The next step after `step` at which the host has to do something."""
        every = [self.iterations_per_loop, self.save_checkpoints_steps]
        if self.eval_steps:
            every.append(self.eval_steps)
        stops = [(step // n + 1) * n for n in every]
        stops += [stop for stop in self.new_batches if stop > step]
        return min(*stops, self.num_train_steps)


@dataclasses.dataclass(frozen=True)
class Data:
    """The batches of a run, as distributed datasets.

    train: from a first step to the batches from there on, until the next of
        Schedule.new_batches.
    evaluation: returns the evaluation batches and their number, or None.
    """

    train: Callable[[int], tf.data.Dataset]
    evaluation: Callable[[], tuple[tf.data.Dataset, int]] | None


def train(
    strategy: tf.distribute.Strategy,
    config: config_lib.AlbertConfig,
    make_optimizer: Callable[[], keras.optimizers.Optimizer],
    data: Data,
    schedule: Schedule,
    *,
    output_dir: str,
    batch_size: int,
    seed: int,
    init_checkpoint: str | None = None,
    allow_partial_init: bool = False,
    grow_from: str | None = None,
    jit_compile: bool = False,
) -> keras.Model:
    """Pretrains until `schedule.num_train_steps`, resuming where it can.

    Args:
        strategy: where to train.
        config: of the model.
        make_optimizer: called in the strategy's scope.
        data: batches; `data.train(step)` must give the batch of that step.
        schedule: when to report, evaluate and save.
        output_dir: claimed with `run_folder.claim`; checkpoints go there.
        batch_size: sequences in a global batch.
        seed: of initial weights and dropout.
        init_checkpoint: weights to start from, anything `albert_tf.load` reads.
        allow_partial_init: whether it may lack some of them.
        grow_from: weights of a smaller model, which `growth.grow` makes larger.
        jit_compile: whether XLA compiles the steps.
    Raises:
        FloatingPointError: the loss is no longer a number.
    """
    model, optimizer = _build(strategy, config, make_optimizer, seed)
    saved = checkpoints.Checkpoints(
        output_dir, model, optimizer, schedule.keep_checkpoint_max
    )
    if saved.restore_latest():
        logging.info("Resuming from %s.", saved.latest)
    elif init_checkpoint:
        with strategy.scope():
            loading.initialize(
                model, loading.open_source(init_checkpoint), allow_partial_init
            )
    elif grow_from:
        with strategy.scope():
            _grow(model, grow_from)
    step = int(optimizer.iterations.numpy())
    run_folder.forget_metrics_after(output_dir, step)
    config.to_json(os.path.join(output_dir, loading.CONFIG_FILE))

    step_function = steps.make_train_step(
        strategy, model, optimizer, seed=seed, jit_compile=jit_compile
    )
    run = steps.make_train_steps(strategy, step_function)
    evaluate = None
    if data.evaluation is not None:
        evaluate = Evaluator(strategy, model, data.evaluation, jit_compile)
    report = monitor.Monitor(
        output_dir, step, schedule.num_train_steps, batch_size
    )
    if evaluate and step == 0:
        report.evaluation(0, evaluate())
    iterator = iter(data.train(step))
    report.restart_clock(step)
    while step < schedule.num_train_steps:
        stop = schedule.next_stop(step)
        # A tensor: a Python number would compile a program for each value.
        sums = run(iterator, tf.constant(stop - step)).numpy()
        values = steps.metrics(sums)
        values["gradient_norm"] = float(sums[-1]) / (stop - step)
        values["learning_rate"] = float(optimizer.learning_rate)
        _check_finite(values, step, stop, saved.latest)
        step = stop
        report.train(step, values)
        last = step == schedule.num_train_steps
        if step in schedule.new_batches and not last:
            iterator = iter(data.train(step))
            report.restart_clock(step)
        if last or step % schedule.save_checkpoints_steps == 0:
            saved.save(step)
            report.restart_clock(step)
        if evaluate and (
            last or (schedule.eval_steps and step % schedule.eval_steps == 0)
        ):
            report.evaluation(step, evaluate())
    report.close()
    return model


class Evaluator:
    """Evaluates the model on the whole of a fixed set of batches.

    Args:
        strategy: the one in whose scope the model was made.
        model: AlbertPretrainer.
        batches: returns the batches and their number.
        jit_compile: whether XLA compiles the steps.
    """

    def __init__(self, strategy, model, batches, jit_compile=False):
        self._run = steps.make_eval_steps(strategy, model, jit_compile)
        self._batches = batches

    def __call__(self) -> dict[str, float]:
        """The means over all the batches; losses in nats."""
        dataset, count = self._batches()
        return steps.metrics(self._run(iter(dataset), tf.constant(count)))


def _build(strategy, config, make_optimizer, seed):
    keras.utils.set_random_seed(seed)  # initial weights
    with strategy.scope():
        model = models.AlbertPretrainer(config, seed=seed)
        optimizer = make_optimizer()
        optimizer.build(model.trainable_variables)
    logging.info("%s parameters.", f"{model.count_params():,}")
    return model, optimizer


def _grow(model: keras.Model, path: str) -> None:
    smaller = loading.load(path)
    values = {
        name: weight.numpy()
        for name, weight in models.named_weights(smaller).items()
    }
    values = growth.grow(values, smaller.config, model.config)
    for name, weight in models.named_weights(model).items():
        weight.assign(values[name])
    logging.info("Grown from %s: the same function.", path)


def _check_finite(values, step, stop, latest) -> None:
    for name, value in values.items():
        if not np.isfinite(value):
            raise FloatingPointError(
                f"{name} became {value} within steps {step + 1} to {stop}. "
                f"Last checkpoint before that: {latest}. Try a lower "
                "--learning_rate or more --num_warmup_steps."
            )
