"""Pretraining: a model, its optimizer and its folder, put into the loop."""

import dataclasses
import functools
import math
from collections.abc import Callable

import keras
import tensorflow as tf
from absl import logging

from albert_tf import config as config_lib
from albert_tf import growth
from albert_tf import models
from albert_tf import objectives
from albert_tf.compression import distillation as distillation_lib
from albert_tf.interop import loading
from albert_tf.layers import execution as execution_lib
from albert_tf.runs import checkpoints
from albert_tf.training import distribution
from albert_tf.training import loop
from albert_tf.training import machines
from albert_tf.training import monitor
from albert_tf.training import steps
from albert_tf.training import stopping
from albert_tf.training import watchdog

_TASK = "pretraining"  # of the teacher


@dataclasses.dataclass(frozen=True)
class Data:
    """The batches of a run, as distributed datasets.

    train: from a first step to the batches from there on, until the next of
        Schedule.new_batches.
    evaluation: returns the evaluation batches and their number, or None.
    unigram_loss: nats, what the best guess without reading gets on them.
    """

    train: Callable[[int], tf.data.Dataset]
    evaluation: Callable[[], tuple[tf.data.Dataset, int]] | None
    unigram_loss: float


def train(
    strategy: tf.distribute.Strategy,
    config: config_lib.AlbertConfig,
    make_optimizer: Callable[[], keras.optimizers.Optimizer],
    data: Data,
    schedule: loop.Schedule,
    *,
    output_dir: str,
    batch_size: int,
    seed: int,
    execution: execution_lib.Execution | None = None,
    accumulate_steps: int = 1,
    on_collapse: str = "rollback",
    init_checkpoint: str | None = None,
    allow_partial_init: bool = False,
    grow_from: str | None = None,
    distillation: distillation_lib.Teacher | None = None,
    jit_compile: bool = False,
    work: monitor.Work | None = None,
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
        execution: how the stack is run.
        accumulate_steps: parts of a batch, as of `steps.make_train_step`.
        on_collapse: one of watchdog.ON_COLLAPSE.
        init_checkpoint: weights to start from, anything `albert_tf.load` reads.
        allow_partial_init: whether it may lack some of them.
        grow_from: weights of a smaller model, which `growth.grow` makes larger.
        distillation: what a teacher adds; or None.
        jit_compile: whether XLA compiles the steps.
        work: operations of a step, for the model FLOP utilisation.
    Raises:
        FloatingPointError: the run collapsed and is not to be rolled back.
        stopping.Stopped: a signal asked to stop; all is saved.
    """
    is_chief = distribution.is_chief(strategy)
    model = _build(strategy, config, seed)
    if execution is not None:
        model.encoder.execution = execution
    weights, beside = models.named_weights(model), {}
    objective = objectives.PRETRAINING
    with strategy.scope():
        if distillation:
            teacher = distillation_lib.Distillation(
                distillation, {_TASK: model}, {_TASK: objective}, seed
            )
            objective = teacher.adapted(_TASK)
            beside = teacher.trained
        trained = {**weights, **beside}
        optimizer = make_optimizer()
        optimizer.build(list(trained.values()))
    saved = checkpoints.Checkpoints(
        output_dir,
        weights,
        optimizer,
        schedule.keep_checkpoint_max,
        trained,
        beside,
    )
    if is_chief:
        checkpoints.remove_unfinished(output_dir)
    path = saved.restore_latest()
    if path:
        logging.info("Resuming from %s.", path)
    elif init_checkpoint:
        with strategy.scope():
            source = loading.open_source(init_checkpoint, config=config)
            loading.initialize(model, source, allow_partial_init)
    elif grow_from:
        with strategy.scope():
            _grow(model, grow_from)
    step = int(optimizer.iterations.numpy())
    machines.check_same_start(strategy, step, weights)
    evaluate = None
    if data.evaluation is not None:
        evaluate = Evaluator(strategy, model, data.evaluation, jit_compile)
    is_alone = not distribution.has_several_machines(strategy)
    with stopping.requests(is_alone) as stop:
        step_function = steps.make_train_step(
            strategy,
            model,
            optimizer,
            objective,
            seed=seed,
            weights=list(trained.values()),
            accumulate_steps=accumulate_steps,
            jit_compile=jit_compile,
        )
        train_steps = steps.make_train_steps(
            strategy, step_function, stop, objective
        )
        loop.Loop(
            folder=output_dir,
            optimizer=optimizer,
            train_steps=train_steps,
            trace=lambda batches: train_steps.get_concrete_function(
                batches, tf.constant(1)
            ),
            objective=objective,
            batches=lambda step: iter(data.train(step)),
            evaluate=evaluate,
            badness=lambda values: values["mlm_loss"],
            schedule=schedule,
            saved=saved,
            report=monitor.Monitor(
                output_dir,
                step,
                schedule.num_train_steps,
                batch_size,
                {
                    "loss": "loss",
                    "mlm": "mlm_loss",
                    "order": "sentence_order_accuracy",
                },
                work,
                is_chief,
            ),
            watch=watchdog.Watchdog(
                data.unigram_loss, math.log(config.vocab_size)
            ),
            on_collapse=on_collapse,
            is_chief=is_chief,
        ).run()
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
        self._make_run = functools.partial(
            steps.make_eval_steps, strategy, model, jit_compile=jit_compile
        )
        self._run = None
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


def _build(strategy, config, seed):
    keras.utils.set_random_seed(seed)  # initial weights
    with strategy.scope():
        model = models.AlbertPretrainer(config, seed=seed)
    logging.info("%s parameters.", f"{model.count_params():,}")
    return model


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
