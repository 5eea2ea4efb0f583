"""Fine-tuning: an encoder with a head for each task, put into the loop."""

import dataclasses
from collections.abc import Callable
from collections.abc import Iterable
from collections.abc import Sequence
from typing import Any
from typing import Protocol

import keras
import numpy as np
import tensorflow as tf
from absl import logging

from albert_tf.crf import model as crf_model
from albert_tf.finetuning import failed_runs
from albert_tf.finetuning import multitask
from albert_tf.finetuning import run_setup
from albert_tf.finetuning import steps as finetuning_steps
from albert_tf.finetuning import trained_parts
from albert_tf.finetuning import trained_weights
from albert_tf.runs import checkpoints
from albert_tf.runs import run_folder
from albert_tf.training import distribution
from albert_tf.training import run_schedule
from albert_tf.training import set_up
from albert_tf.training import steps

# The seeds that a failed run tries are far from those of --num_seeds.
_SEED_STEP = 1000
_RATE_CUT = 0.5


class BatchPlan(Protocol):
    """The kind of batch of each step; kinds are numbered (task, length)."""

    @property
    def kinds(self) -> Sequence[tuple[str, int]]: ...

    @property
    def steps(self) -> np.ndarray: ...

    def done(self, step: int) -> np.ndarray: ...

    def run(self, step: int, most: int) -> int: ...


@dataclasses.dataclass(frozen=True)
class TrainingData:
    """The batches of a run.

    plan: maps a seed to the batch of each step.
    batches: maps (plan, kind, n) to the distributed batches of that kind,
        from its n-th on.
    evaluate: maps the model to held-out metrics; None: nothing is held out.
    badness: maps these metrics to a score; the checkpoint with the lowest is
        best.
    chance_loss: the loss of guessing by the labels' frequencies, or None.
    """

    plan: Callable[[int], BatchPlan]
    batches: Callable[[Any, int, int], Iterable]
    evaluate: Callable[[multitask.MultitaskModel], dict[str, float]] | None
    badness: Callable[[dict[str, float]], float]
    chance_loss: float | None


def train(
    strategy: tf.distribute.Strategy,
    setup: run_setup.Setup,
    data: TrainingData,
    schedule: run_schedule.Schedule,
) -> tuple[multitask.MultitaskModel, dict[str, Any]]:
    """Fine-tunes until the schedule ends, resuming where it can.

    Returns:
        The model with the best checkpoint's weights (the last one's without
        evaluation), and how the run went: `failure`, the sign that it learned
        nothing, or None; `restarts`; `seed` and `learning_rate` at the end.
    Raises:
        FloatingPointError: the run collapsed, and must not be rolled back.
        failed_runs.FailedRun: the run learns nothing, and on_failed_run is
            "stop", or all restarts are used up.
        stopping.Stopped: a signal asked to stop; everything is saved.
    """
    while True:
        restarts = sum(
            event.get("action") == "restart"
            for event in run_folder.read_events(setup.output_dir)
        )
        now = _attempt(setup, restarts)
        try:
            model, failure = _run(strategy, now, data, schedule)
        except failed_runs.FailedRun as error:
            may_restart = setup.on_failed_run in ("seed", "rate")
            if not may_restart or restarts == setup.max_restarts:
                raise failed_runs.FailedRun(
                    f"A run must do better than guessing. Received: {error}, "
                    f"after {restarts} restarts. Try a lower --learning_rate, "
                    "more --num_warmup_steps, or another --random_seed."
                ) from None
            _restart(strategy, setup, str(error))
            continue
        return model, {
            "failure": failure,
            "restarts": restarts,
            "seed": now.seed,
            "learning_rate": now.learning_rate,
        }


def _attempt(setup: run_setup.Setup, restarts: int) -> run_setup.Setup:
    if setup.on_failed_run == "rate":
        rate = setup.learning_rate * _RATE_CUT**restarts
        return dataclasses.replace(setup, learning_rate=rate)
    seed = setup.seed + _SEED_STEP * restarts
    return dataclasses.replace(setup, seed=seed)


def _restart(
    strategy: tf.distribute.Strategy, setup: run_setup.Setup, finding: str
) -> None:
    word = {"seed": "another seed", "rate": "half the learning rate"}
    logging.warning(
        "The run does not learn anything: %s. It starts again with %s "
        "(--on_failed_run=%s).",
        finding,
        word[setup.on_failed_run],
        setup.on_failed_run,
    )
    if distribution.is_chief(strategy):
        # The event last: it belongs to a run that starts from nothing.
        checkpoints.remove_all(setup.output_dir)
        run_folder.add_event(
            setup.output_dir,
            0,
            "failed_run",
            finding=finding,
            action="restart",
        )
    distribution.wait_for_all(strategy)
    keras.backend.clear_session()


def _run(
    strategy: tf.distribute.Strategy,
    setup: run_setup.Setup,
    data: TrainingData,
    schedule: run_schedule.Schedule,
) -> tuple[multitask.MultitaskModel, str | None]:
    model = _build(strategy, setup)
    parts = trained_parts.make(strategy, setup, model)
    variables = set_up.Variables(model.weights, parts.trained, parts.state)
    optimizer = _optimizer(strategy, setup, variables)
    saved = set_up.restore(strategy, setup, schedule, variables, optimizer)
    watch = failed_runs.FineTuningWatch(
        data.chance_loss,
        schedule.num_train_steps,
        setup.num_warmup_steps,
        is_fatal=setup.on_failed_run != "warn",
    )
    plan = data.plan(setup.seed)

    def make_train_steps(stop: tf.Variable) -> steps.TrainSteps:
        return finetuning_steps.TrainSteps(
            strategy,
            model,
            parts.objectives,
            optimizer,
            parts.trained,
            plan,
            stop,
            lora=parts.lora,
            seed=setup.seed,
            accumulate_steps=setup.accumulate_steps,
            jit_compile=setup.jit_compile,
        )

    set_up.train(
        strategy,
        setup,
        schedule,
        saved,
        optimizer,
        make_train_steps,
        lambda step: finetuning_steps.Batches(plan, data.batches, step),
        set_up.Reports(
            finetuning_steps.Sums(setup.heads, parts.objectives),
            _evaluation(data, model, optimizer, watch),
            data.badness,
            watch,
            shown={"loss": "loss"},
        ),
    )
    if watch.failure:
        logging.warning("The run did not learn anything: %s.", watch.failure)
    distribution.wait_for_all(strategy)
    saved.restore_best()
    return model, watch.failure


def _build(
    strategy: tf.distribute.Strategy, setup: run_setup.Setup
) -> multitask.MultitaskModel:
    model = multitask.MultitaskModel(
        strategy,
        setup.config,
        setup.heads,
        setup.dropout_prob,
        setup.seed,
    )
    model.encoder.execution = setup.execution
    if setup.is_new and setup.init_checkpoint:
        model.initialize(
            setup.init_checkpoint,
            setup.allow_partial_init,
            setup.any_depth,
            new_heads=True,
        )
    return model


def _optimizer(
    strategy: tf.distribute.Strategy,
    setup: run_setup.Setup,
    variables: set_up.Variables,
) -> keras.optimizers.Optimizer:
    logging.info(
        "%s parameters, %s of them trained.",
        *(
            f"{sum(int(np.prod(w.shape)) for w in group.values()):,}"
            for group in (variables.weights, variables.trained)
        ),
    )
    with strategy.scope():
        return setup.make_optimizer(
            learning_rate=setup.learning_rate,
            rate_multipliers={
                **trained_weights.rate_multipliers(
                    variables.trained, setup.config, setup.layer_decay
                ),
                **crf_model.rate_multipliers(
                    variables.trained, setup.learning_rate
                ),
            },
        )


def _evaluation(
    data: TrainingData,
    model: multitask.MultitaskModel,
    optimizer: keras.optimizers.Optimizer,
    watch: failed_runs.FineTuningWatch,
) -> Callable[[], dict[str, float]] | None:
    """The evaluation, which also shows `watch` what it found."""
    if data.evaluate is None:
        return None
    evaluate = data.evaluate

    def run() -> dict[str, float]:
        values = evaluate(model)
        watch.see_evaluation(int(optimizer.iterations.numpy()), values)
        return values

    return run
