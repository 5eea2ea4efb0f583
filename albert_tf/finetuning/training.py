"""Fine-tuning: an encoder with a head for each task, put into the loop."""

import dataclasses
from collections.abc import Callable
from collections.abc import Iterable
from collections.abc import Mapping
from collections.abc import Sequence
from typing import Any
from typing import Protocol

import keras
import numpy as np
import tensorflow as tf
from absl import logging

from albert_tf import config as config_lib
from albert_tf.compression import distillation as distillation_lib
from albert_tf.finetuning import failed_runs
from albert_tf.finetuning import multitask
from albert_tf.finetuning import steps as finetuning_steps
from albert_tf.finetuning import trained_parts
from albert_tf.finetuning import trained_weights
from albert_tf.layers import execution as execution_lib
from albert_tf.runs import checkpoints
from albert_tf.runs import run_folder
from albert_tf.training import distribution
from albert_tf.training import loop
from albert_tf.training import machines
from albert_tf.training import monitor
from albert_tf.training import stopping

# Other seeds of a failed run are far from those of --num_seeds.
_SEED_STEP = 1000
_RATE_CUT = 0.5


class BatchPlan(Protocol):
    """Which batch is of which kind; kinds are numbered (task, length)."""

    @property
    def kinds(self) -> Sequence[tuple[str, int]]: ...

    @property
    def steps(self) -> np.ndarray: ...

    def done(self, step: int) -> np.ndarray: ...

    def run(self, step: int, most: int) -> int: ...


@dataclasses.dataclass(frozen=True)
class TrainingData:
    """The batches of a run.

    plan: from a seed to the batch of each step.
    batches: from (plan, kind, n) to the distributed batches of that kind,
        from its n-th on.
    evaluate: from the model to the held-out metrics; or None.
    badness: of these metrics; the best checkpoint is that of the lowest.
    chance_loss: of guessing by the labels' frequencies, or None.
    """

    plan: Callable[[int], BatchPlan]
    batches: Callable[[Any, int, int], Iterable]
    evaluate: Callable[[multitask.MultitaskModel], dict[str, float]] | None
    badness: Callable[[dict[str, float]], float]
    chance_loss: float | None


@dataclasses.dataclass(frozen=True, kw_only=True)
class Setup:
    """How to train.

    config: of the model, with the dropout that fine-tuning is to have.
    heads: by task.
    make_optimizer: from learning_rate and rate_multipliers.
    learning_rate: the peak.
    num_warmup_steps: of the schedule's steps.
    dropout_prob: in front of the heads.
    init_checkpoint: weights to start from; None: random ones.
    any_depth: whether they may be those of another number of layers.
    freeze, layer_decay: as of `trained_weights`.
    lora_rank, lora_alpha: of `lora.Lora`; rank 0: none.
    distillation: what a teacher adds; or None.
    quantization_aware: as of `quantization_aware.adapted`.
    on_failed_run: one of failed_runs.ON_FAILED_RUN.
    max_restarts: of "seed" and "rate".
    """

    config: config_lib.AlbertConfig
    heads: Mapping[str, multitask.Head]
    make_optimizer: Callable[..., keras.optimizers.Optimizer]
    learning_rate: float
    num_warmup_steps: int
    batch_size: int
    seed: int
    dropout_prob: float = 0.1
    init_checkpoint: str | None = None
    allow_partial_init: bool = False
    any_depth: bool = False
    freeze: tuple[str, ...] = ()
    layer_decay: float = 1.0
    lora_rank: int = 0
    lora_alpha: float = 16.0
    distillation: distillation_lib.Teacher | None = None
    quantization_aware: bool = False
    accumulate_steps: int = 1
    jit_compile: bool = False
    execution: execution_lib.Execution = execution_lib.Execution()
    on_collapse: str = "rollback"
    on_failed_run: str = "warn"
    max_restarts: int = 3


def train(
    strategy: tf.distribute.Strategy,
    setup: Setup,
    data: TrainingData,
    schedule: loop.Schedule,
    output_dir: str,
) -> tuple[multitask.MultitaskModel, dict[str, Any]]:
    """Fine-tunes until the schedule ends, resuming where it can.

    Args:
        output_dir: claimed with `run_folder.claim`; checkpoints go there.
    Returns:
        The model with the best checkpoint's weights (the last one's without
        evaluation), and how it went: `failure`, what shows that the run learnt
        nothing, or None; `restarts`; `seed` and `learning_rate` at the end.
    Raises:
        FloatingPointError: it blew up and is not to be rolled back.
        failed_runs.FailedRun: it learns nothing, and on_failed_run is stop or
            all restarts are used up.
        stopping.Stopped: a signal asked to stop; all is saved.
    """
    while True:
        restarts = sum(
            event.get("action") == "restart"
            for event in run_folder.read_events(output_dir)
        )
        now = _attempt(setup, restarts)
        try:
            model, failure = _run(strategy, now, data, schedule, output_dir)
        except failed_runs.FailedRun as error:
            may_restart = setup.on_failed_run in ("seed", "rate")
            if not may_restart or restarts == setup.max_restarts:
                raise failed_runs.FailedRun(
                    f"A run must do better than guessing. Received: {error}, "
                    f"after {restarts} restarts. Try a lower --learning_rate, "
                    "more --num_warmup_steps, or another --random_seed."
                ) from None
            _restart(strategy, setup, output_dir, str(error))
            continue
        return model, {
            "failure": failure,
            "restarts": restarts,
            "seed": now.seed,
            "learning_rate": now.learning_rate,
        }


def _attempt(setup: Setup, restarts: int) -> Setup:
    if setup.on_failed_run == "rate":
        rate = setup.learning_rate * _RATE_CUT**restarts
        return dataclasses.replace(setup, learning_rate=rate)
    seed = setup.seed + _SEED_STEP * restarts
    return dataclasses.replace(setup, seed=seed)


def _restart(strategy, setup, output_dir, finding) -> None:
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
        checkpoints.remove_all(output_dir)
        run_folder.add_event(
            output_dir, 0, "failed_run", finding=finding, action="restart"
        )
    distribution.wait_for_all(strategy)
    keras.backend.clear_session()


def _run(strategy, setup, data, schedule, output_dir):
    is_chief = distribution.is_chief(strategy)
    model = multitask.MultitaskModel(
        strategy,
        setup.config,
        setup.heads,
        setup.dropout_prob,
        setup.seed,
    )
    model.encoder.execution = setup.execution
    if not checkpoints.saved_in(output_dir) and setup.init_checkpoint:
        model.initialize(
            setup.init_checkpoint,
            setup.allow_partial_init,
            setup.any_depth,
        )
    parts = trained_parts.make(strategy, setup, model)
    with strategy.scope():
        optimizer = setup.make_optimizer(
            learning_rate=setup.learning_rate,
            rate_multipliers=trained_weights.rate_multipliers(
                parts.trained, setup.config, setup.layer_decay
            ),
        )
        optimizer.build(list(parts.trained.values()))
    logging.info(
        "%s parameters, %s of them trained.",
        *(
            f"{sum(int(np.prod(w.shape)) for w in group.values()):,}"
            for group in (model.weights, parts.trained)
        ),
    )
    saved = checkpoints.Checkpoints(
        output_dir,
        model.weights,
        optimizer,
        schedule.keep_checkpoint_max,
        parts.trained,
        parts.state,
    )
    if is_chief:
        checkpoints.remove_unfinished(output_dir)
    path = saved.restore_latest()
    if path:
        logging.info("Resuming from %s.", path)
    step = int(optimizer.iterations.numpy())
    machines.check_same_start(strategy, step, model.weights)
    watch = failed_runs.FineTuningWatch(
        data.chance_loss,
        schedule.num_train_steps,
        setup.num_warmup_steps,
        is_fatal=setup.on_failed_run != "warn",
    )
    plan = data.plan(setup.seed)
    is_alone = not distribution.has_several_machines(strategy)
    with stopping.requests(is_alone) as stop:
        train_steps = finetuning_steps.TrainSteps(
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

        def evaluate():
            values = data.evaluate(model)
            watch.see_evaluation(int(optimizer.iterations.numpy()), values)
            return values

        loop.Loop(
            folder=output_dir,
            optimizer=optimizer,
            train_steps=train_steps,
            trace=train_steps.trace,
            objective=finetuning_steps.Sums(setup.heads, parts.objectives),
            batches=lambda step: finetuning_steps.Batches(
                plan, data.batches, step
            ),
            evaluate=evaluate if data.evaluate else None,
            badness=data.badness,
            schedule=schedule,
            saved=saved,
            report=monitor.Monitor(
                output_dir,
                step,
                schedule.num_train_steps,
                setup.batch_size,
                {"loss": "loss"},
                is_chief=is_chief,
            ),
            watch=watch,
            on_collapse=setup.on_collapse,
            is_chief=is_chief,
        ).run()
    if watch.failure:
        logging.warning("The run did not learn anything: %s.", watch.failure)
    distribution.wait_for_all(strategy)
    saved.restore_best()
    return model, watch.failure
