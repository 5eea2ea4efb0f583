"""One optimizer step and one evaluation step, on any number of replicas."""

import contextlib
from collections.abc import Callable
from typing import Any
from typing import Protocol

import keras
import tensorflow as tf

from albert_tf import objectives
from albert_tf.layers import activations
from albert_tf.training import distribution

# The original's, before the optimizer sees the gradients.
CLIP_NORM = 1.0


class TrainSteps(Protocol):
    """A compiled run of steps; see `make_train_steps`."""

    def __call__(self, batches: Any, count: tf.Tensor) -> dict[str, Any]: ...

    def trace(self, batches: Any) -> None:
        """Compiles the program for the next batch, without running it."""


def make_train_step(
    strategy: tf.distribute.Strategy,
    model: keras.Model,
    optimizer: keras.optimizers.Optimizer,
    objective: objectives.Objective = objectives.PRETRAINING,
    *,
    seed: int,
    weights: list[keras.Variable] | None = None,
    accumulate_steps: int = 1,
    jit_compile: bool = False,
) -> Callable[[dict], tuple[tf.Tensor, tf.Tensor]]:
    """Makes `step(batch)`, a replica's part of one optimizer step.

    Args:
        strategy: the one in whose scope model and optimizer were made.
        model: one that the objective knows.
        optimizer: one of ours, whose `reduce_gradients` becomes False.
        objective: what to minimize.
        seed: of the dropout masks, with the step, the replica's number and
            that of the part.
        weights: what to move; left out, all that the model trains.
        accumulate_steps: parts that a replica's batch is worked on in, one
            after the other; the memory for activations is that of one part.
        jit_compile: whether XLA compiles it.
    Returns:
        A function for `strategy.run` of a replica's batch, which returns
        float32 [3 P], the objective's sums over its examples, and the norm of
        the global gradient before clipping. Where loss or gradient is no number
        it sets `optimizer.rate_scale` to 0: no weight moves then, nor in later
        steps.
    """
    if weights is None:
        weights = model.trainable_variables
    optimizer.reduce_gradients = False
    # XLA knows one CPU of a host, so none of several replicas uses it there.
    whole = jit_compile or distribution.is_tpu(strategy)
    fuse = not whole and strategy.num_replicas_in_sync == 1
    activation_passes = activations.fused if fuse else contextlib.nullcontext

    def step(batch):
        context = tf.distribute.get_replica_context()
        dropout_seed = _dropout_seed(seed, optimizer.iterations, context)
        # Denominators over all replicas and parts, so that the gradients add
        # up to that of the mean over the global batch, however it is split.
        total = context.all_reduce(
            tf.distribute.ReduceOp.SUM, objective.weights(batch)
        )

        def gradients_of(part, number):
            with activation_passes(), tf.GradientTape() as tape:
                sums = objective.sums(
                    model,
                    part,
                    tf.random.experimental.stateless_fold_in(
                        dropout_seed, number
                    ),
                )
                loss = objective.loss(sums, total)
            gradients = [
                # Rows of a gather are added up before the norm is taken, as on
                # the TPUs that trained the released models (one-hot products).
                tf.convert_to_tensor(gradient)
                for gradient in tape.gradient(loss, weights)
            ]
            return [loss, _stack(sums), *gradients]

        loss, sums, *gradients = _add_up(gradients_of, batch, accumulate_steps)
        loss, *gradients = context.all_reduce(
            tf.distribute.ReduceOp.SUM, [loss, *gradients]
        )
        norm = tf.linalg.global_norm(gradients)
        is_finite = tf.math.is_finite(norm) & tf.math.is_finite(loss)
        optimizer.rate_scale.assign(
            tf.where(is_finite, optimizer.rate_scale.value, 0.0)
        )
        scale = tf.where(is_finite, CLIP_NORM / tf.maximum(norm, CLIP_NORM), 0)
        optimizer.apply(
            # 0 times what is no number is 0 here.
            [tf.math.multiply_no_nan(g, scale) for g in gradients],
            weights,
        )
        return sums, norm

    return tf.function(step, jit_compile=True) if jit_compile else step


def make_train_steps(
    strategy: tf.distribute.Strategy,
    step: Callable,
    stop: tf.Variable,
    objective: objectives.Objective = objectives.PRETRAINING,
) -> TrainSteps:
    """Compiles `run(iterator, steps)`: so many optimizer steps in one call.

    Args:
        strategy: the one of `step`.
        step: as `make_train_step` made it for `objective`.
        stop: float32 scalar on the host; once it is above 0 on any host, no
            host starts another step.
    Returns:
        A function of a dataset iterator and an int32 scalar tensor, which
        returns, over the steps that were done,
            sums: float32 [3 P], the objective's;
            gradient_norm: float32, the sum of the norms before clipping;
            tokens: int64, those that are no padding;
            input_wait: float64, seconds that this host waited for batches;
            steps: int32, how many they were;
            stop: bool, whether a host was asked to stop.
    """
    sum_up, mean = tf.distribute.ReduceOp.SUM, tf.distribute.ReduceOp.MEAN

    # Converting what has no Python conditions on tensors would take a second.
    @tf.autograph.experimental.do_not_convert
    def counted_step(batch, stop):
        tokens = tf.reduce_sum(tf.cast(batch["padding_mask"], tf.int64))
        # What goes in as it came out would not count as of each replica.
        return *step(batch), tokens, tf.identity(stop)

    @tf.function
    def run(iterator, steps):
        done, stops = tf.constant(0), tf.constant(0.0)
        sums, norms = tf.zeros([len(objective.names)]), tf.constant(0.0)
        tokens, waited = tf.constant(0, tf.int64), tf.constant(0.0, tf.float64)
        while done < steps and stops <= 0:
            # Waiting counts from the moment at which the last step is done.
            with tf.control_dependencies([_on_host(sums)]):
                start = tf.timestamp()
            with tf.control_dependencies([start]):
                batch = next(iterator)
            with tf.control_dependencies(tf.nest.flatten(batch, True)):
                waited += tf.timestamp() - start
            outputs = strategy.run(
                counted_step, args=(batch, stop.read_value())
            )
            sums += strategy.reduce(sum_up, outputs[0], axis=None)
            norms += strategy.reduce(mean, outputs[1], axis=None)
            tokens += strategy.reduce(sum_up, outputs[2], axis=None)
            stops = strategy.reduce(sum_up, outputs[3], axis=None)
            done += 1
        return {
            "sums": sums,
            "gradient_norm": norms,
            "tokens": tokens,
            "input_wait": waited,
            "steps": done,
            "stop": stops > 0,
        }

    return _CompiledSteps(run)


class _CompiledSteps:
    def __init__(self, run: Any):  # a tf.function
        self._run = run

    def __call__(self, batches: Any, count: tf.Tensor) -> dict[str, Any]:
        return self._run(batches, count)

    def trace(self, batches: Any) -> None:
        self._run.get_concrete_function(batches, tf.constant(1))


def make_eval_steps(
    strategy: tf.distribute.Strategy,
    model: keras.Model,
    objective: objectives.Objective = objectives.PRETRAINING,
    *,
    stop: tf.Variable | None = None,
    jit_compile: bool = False,
) -> Callable[[object, tf.Tensor], tuple[tf.Tensor, tf.Tensor]]:
    """Compiles `run(iterator, steps)`.

    Args:
        stop: as of `make_train_steps`; left out, nobody can ask.
        others: as there.
    Returns:
        A function that returns float32 [3 P], sums, and a bool, whether a host
        was asked to stop: the sums are then not those of all steps.
    """

    @tf.autograph.experimental.do_not_convert
    def step(batch):
        return _stack(objective.sums(model, batch, dropout_seed=None))

    if jit_compile:
        step = tf.function(step, jit_compile=True)

    @tf.function
    def run(iterator, steps):
        totals = tf.zeros([len(objective.names)])
        done, stops = tf.constant(0), tf.constant(0.0)
        while done < steps and stops <= 0:
            sums = strategy.run(step, args=(next(iterator),))
            totals += strategy.reduce(
                tf.distribute.ReduceOp.SUM, sums, axis=None
            )
            if stop is not None:
                stops = asked_anywhere(strategy, stop)
            done += 1
        return totals, stops > 0

    return run


def asked_anywhere(
    strategy: tf.distribute.Strategy, stop: tf.Variable
) -> tf.Tensor:
    """float32 scalar, above 0 once any host was asked to stop."""
    return strategy.reduce(
        tf.distribute.ReduceOp.SUM,
        # What goes in as it came out would not count as of each replica.
        strategy.run(tf.identity, args=(stop.read_value(),)),
        axis=None,
    )


def _add_up(function, batch, parts: int) -> list[tf.Tensor]:
    """The sum of function(part, number) over equal parts of a batch."""
    if parts == 1:
        return function(batch, 0)

    def part(value, number):
        rows, *others = value.shape
        shape = tf.concat([[parts, rows // parts], tf.shape(value)[1:]], axis=0)
        return tf.ensure_shape(
            tf.reshape(value, shape)[number], [rows // parts, *others]
        )

    def part_of(number):
        return {name: part(value, number) for name, value in batch.items()}

    # The first one outside of the loop: it says what there is to add to.
    return tf.while_loop(
        lambda number, *sums: number < parts,
        lambda number, *sums: [
            number + 1,
            *map(tf.add, sums, function(part_of(number), number)),
        ],
        [tf.constant(1), *function(part_of(0), 0)],
        parallel_iterations=1,
        maximum_iterations=parts - 1,
    )[1:]


def _stack(sums: list[dict]) -> tf.Tensor:
    """float32 [3 P], in the order of Objective.names."""
    return tf.stack(
        [part[name] for part in sums for name in ("loss", "correct", "weight")]
    )


def _on_host(tensor):
    with tf.device("/cpu:0"):
        return tf.identity(tensor)


def _dropout_seed(seed: int, iterations, context):
    """int32 [2]: differs between steps and replicas, and can be replayed."""
    replica = context.replica_id_in_sync_group
    step = tf.stack([tf.cast(iterations, tf.int32), tf.cast(seed, tf.int32)])
    return tf.random.experimental.stateless_fold_in(
        step, tf.cast(replica, tf.int32)
    )
