"""The set-up that pretraining and fine-tuning share: from model to loop."""

import contextlib
import dataclasses
import random
from collections.abc import Callable
from collections.abc import Iterator
from typing import Any
from typing import NamedTuple

import keras
import tensorflow as tf
from absl import logging

from albert_tf import config as config_lib
from albert_tf import objectives
from albert_tf.compression import distillation as distillation_lib
from albert_tf.layers import execution as execution_lib
from albert_tf.runs import checkpoints
from albert_tf.training import distribution
from albert_tf.training import loop
from albert_tf.training import machines
from albert_tf.training import monitor
from albert_tf.training import run_schedule
from albert_tf.training import steps
from albert_tf.training import stopping
from albert_tf.training import watchdog


@dataclasses.dataclass(frozen=True, kw_only=True)
class Setup:
    """The settings that both trainings have.

    config: describes the model; for fine-tuning, with the dropout to use.
    output_dir: the folder of the run, which `run_folder.claim` has claimed.
    batch_size: sequences in a global batch.
    seed: for initial weights and dropout.
    init_checkpoint: weights to start from, anything `albert_tf.load` reads;
        None: random ones.
    allow_partial_init: whether init_checkpoint may lack some of the weights.
    distillation: the teacher, or None.
    execution: how the stack of layers is run.
    accumulate_steps: parts of a batch; see `steps.make_train_step`.
    jit_compile: whether XLA compiles the steps.
    on_collapse: one of `watchdog.ON_COLLAPSE`.
    """

    config: config_lib.AlbertConfig
    output_dir: str
    batch_size: int
    seed: int
    init_checkpoint: str | None = None
    allow_partial_init: bool = False
    distillation: distillation_lib.Teacher | None = None
    execution: execution_lib.Execution = execution_lib.Execution()
    accumulate_steps: int = 1
    jit_compile: bool = False
    on_collapse: str = "rollback"

    @property
    def is_new(self) -> bool:
        """Whether the run has no checkpoint to resume from."""
        return not checkpoints.saved_in(self.output_dir)


class Variables(NamedTuple):
    """The variables of a run, by name.

    weights: the model's.
    trained: those that the optimizer moves.
    state: others that a checkpoint must have.
    """

    weights: dict[str, keras.Variable]
    trained: dict[str, keras.Variable]
    state: dict[str, keras.Variable]


class Reports(NamedTuple):
    """How a run is judged and shown.

    objective: gives the meaning of the sums that steps return.
    evaluate: returns held-out metrics; None: there is nothing held out.
    badness: maps metrics to a score; the checkpoint with the lowest is best.
    watch: looks for collapses.
    shown: the training metrics for the screen, as name there -> name.
    work: operations of a step, for the model FLOP utilization.
    facts: maps a step to numbers that its rows have besides their metrics.
    """

    objective: objectives.Metrics
    evaluate: Callable[[], dict[str, float]] | None
    badness: Callable[[dict[str, float]], float]
    watch: watchdog.Watch
    shown: dict[str, str]
    work: monitor.Work | None = None
    facts: Callable[[int], dict[str, float]] = lambda step: {}


@contextlib.contextmanager
def initial_weights(seed: int) -> Iterator[None]:
    """Makes initial weights depend on a seed, for models built inside.

    Keras draws the seeds of initializers from Python's random numbers; the
    caller's are as before afterwards.
    """
    before = random.getstate()
    random.seed(seed)
    try:
        yield
    finally:
        random.setstate(before)


def restore(
    strategy: tf.distribute.Strategy,
    setup: Setup,
    schedule: run_schedule.Schedule,
    variables: Variables,
    optimizer: keras.optimizers.Optimizer,
) -> checkpoints.Checkpoints:
    """Resumes from the newest whole checkpoint of the run, if there is one.

    Args:
        optimizer: made in the strategy's scope; it is built here.
    Raises:
        ValueError: no checkpoint is whole, or they belong to another model;
            or the machines of the run do not start from the same weights.
    """
    with strategy.scope():
        optimizer.build(list(variables.trained.values()))
    saved = checkpoints.Checkpoints(
        setup.output_dir,
        variables.weights,
        optimizer,
        schedule.keep_checkpoint_max,
        variables.trained,
        variables.state,
    )
    if distribution.is_chief(strategy):
        checkpoints.remove_unfinished(setup.output_dir)
    path = saved.restore_latest()
    if path:
        logging.info("Resuming from %s.", path)
    machines.check_same_start(
        strategy, int(optimizer.iterations.numpy()), variables.weights
    )
    return saved


def train(
    strategy: tf.distribute.Strategy,
    setup: Setup,
    schedule: run_schedule.Schedule,
    saved: checkpoints.Checkpoints,
    optimizer: keras.optimizers.Optimizer,
    make_train_steps: Callable[[tf.Variable], steps.TrainSteps],
    batches: Callable[[int], Any],
    reports: Reports,
) -> None:
    """Runs the loop to the end of the schedule.

    Args:
        saved: what `restore` returned.
        make_train_steps: called with the variable that asks for a stop; see
            `steps.make_train_steps`.
        batches: maps a step to the batches from there on, as `make_train_steps`
            expects them.
    Raises:
        FloatingPointError: the run collapsed, and must not be rolled back.
        stopping.Stopped: a signal asked to stop; everything is saved.
    """
    is_chief = distribution.is_chief(strategy)
    is_alone = not distribution.has_several_machines(strategy)
    with stopping.requests(is_alone) as stop:
        loop.Loop(
            folder=setup.output_dir,
            optimizer=optimizer,
            train_steps=make_train_steps(stop),
            objective=reports.objective,
            batches=batches,
            evaluate=reports.evaluate,
            badness=reports.badness,
            schedule=schedule,
            saved=saved,
            report=monitor.Monitor(
                setup.output_dir,
                int(optimizer.iterations.numpy()),
                schedule.num_train_steps,
                setup.batch_size,
                reports.shown,
                reports.work,
                is_chief,
            ),
            watch=reports.watch,
            on_collapse=setup.on_collapse,
            facts=reports.facts,
            is_chief=is_chief,
        ).run()
