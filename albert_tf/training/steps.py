"""Optimizer steps and evaluation steps on any number of replicas."""

import contextlib
from collections.abc import Callable
from typing import Any
from typing import Protocol

import keras
import tensorflow as tf

from albert_tf import objectives
from albert_tf.layers import activations
from albert_tf.training import batch_parts
from albert_tf.training import distribution
from albert_tf.training import gradient_cache

# Global norm to which gradients are clipped, as in the original.
CLIP_NORM = 1.0


class TrainSteps(Protocol):
    """A compiled function that runs optimizer steps."""

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
        strategy: the strategy in whose scope model and optimizer were created.
        model: a model that fits the objective.
        optimizer: one of ours; its `reduce_gradients` is set to False.
        objective: the losses to minimize.
        seed: seed of the dropout masks, combined with the step and the numbers
            of the replica and the part.
        weights: the weights to update; if left out, all trainable ones.
        accumulate_steps: number of parts that a replica splits its batch into
            and computes one after another. Activations take the memory of one
            part. Losses that compare examples with each other still see the
            whole batch, by `gradient_cache`.
        jit_compile: whether to compile the step with XLA.
    Returns:
        A function for `strategy.run`. It takes a replica's batch and returns
        the objective's sums over its examples, float32 [3 P], and the norm of
        the global gradient before clipping. If the loss or the gradient is not
        finite, it sets `optimizer.rate_scale` to 0, so that neither this step
        nor later ones change the weights.
    """
    if weights is None:
        weights = model.trainable_variables
    optimizer.reduce_gradients = False
    # XLA sees only one CPU per host, so several replicas on CPUs cannot use it.
    whole = jit_compile or distribution.is_tpu(strategy)
    fuse = not whole and strategy.num_replicas_in_sync == 1
    activation_passes = activations.fused if fuse else contextlib.nullcontext

    def step(batch):
        context = tf.distribute.get_replica_context()
        dropout_seed = _dropout_seed(seed, optimizer.iterations, context)
        # Denominators are summed over all replicas and parts, so that the
        # gradients add up to that of the mean over the global batch.
        total = context.all_reduce(
            tf.distribute.ReduceOp.SUM, objective.weights(batch)
        )

        def seed_of(number):
            return tf.random.experimental.stateless_fold_in(
                dropout_seed, number
            )

        def gradients_of(part, number):
            with activation_passes(), tf.GradientTape() as tape:
                sums = objective.sums(model, part, seed_of(number))
                loss = objective.loss(sums, total)
            gradients = [
                # The gradient rows of an embedding lookup are summed before the
                # norm is computed, as on the TPUs that trained the released
                # models (with one-hot products).
                tf.convert_to_tensor(gradient)
                for gradient in tape.gradient(loss, weights)
            ]
            return [loss, _stack(sums), *gradients]

        if accumulate_steps > 1 and objective.embed is not None:
            loss, sums, gradients = gradient_cache.gradients(
                model,
                objective,
                batch,
                total,
                weights,
                parts=accumulate_steps,
                seed_of=seed_of,
                passes=activation_passes,
            )
            sums = _stack(sums)
        else:
            loss, sums, *gradients = batch_parts.add_up(
                gradients_of, batch, accumulate_steps
            )
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
            # Here, 0 times NaN is 0.
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
    """Compiles `run(iterator, steps)`, which runs several steps in one call.

    Args:
        strategy: the strategy of `step`.
        step: the result of `make_train_step` for `objective`.
        stop: float32 scalar on the host; once it is above 0 on any host, no
            host starts another step.
        objective: the losses that `step` minimizes.
    Returns:
        A function that takes an iterator of distributed batches and a number of
        steps, an int32 scalar tensor. It returns, for the finished steps,
            sums: float32 [3 P], the objective's sums;
            gradient_norm: float32, the sum of the norms before clipping;
            tokens: int64, the number of tokens without padding;
            input_wait: float64, seconds that this host waited for batches;
            steps: int32, the number of finished steps;
            stop: bool, whether any host was asked to stop.
    """
    sum_up, mean = tf.distribute.ReduceOp.SUM, tf.distribute.ReduceOp.MEAN

    # Without Python conditions on tensors, AutoGraph would only take time.
    @tf.autograph.experimental.do_not_convert
    def counted_step(batch, stop):
        tokens = tf.reduce_sum(tf.cast(batch["padding_mask"], tf.int64))
        # An output identical to its input would not be treated as per-replica.
        return *step(batch), tokens, tf.identity(stop)

    @tf.function
    def run(iterator, steps):
        done, stops = tf.constant(0), tf.constant(0.0)
        sums, norms = tf.zeros([len(objective.names)]), tf.constant(0.0)
        tokens, waited = tf.constant(0, tf.int64), tf.constant(0.0, tf.float64)
        while done < steps and stops <= 0:
            # The wait starts when the last step is done.
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
    """Compiles `run(iterator, steps)`, which evaluates batches in one call.

    Args:
        strategy, objective: as in `make_train_steps`.
        model: a model that fits the objective.
        stop: as in `make_train_steps`; if left out, all steps are run.
        jit_compile: whether to compile the steps with XLA.
    Returns:
        A function that takes an iterator and a number of steps as in
        `make_train_steps`, and returns the objective's sums, float32 [3 P], and
        a bool: whether a host was asked to stop, in which case the sums are
        incomplete.
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
    """A float32 scalar, above 0 if any host was asked to stop."""
    return strategy.reduce(
        tf.distribute.ReduceOp.SUM,
        # An output identical to its input would not be treated as per-replica.
        strategy.run(tf.identity, args=(stop.read_value(),)),
        axis=None,
    )


def _stack(sums: list[dict]) -> tf.Tensor:
    """float32 [3 P], in the order of Objective.names."""
    return tf.stack(
        [part[name] for part in sums for name in ("loss", "correct", "weight")]
    )


def _on_host(tensor):
    with tf.device("/cpu:0"):
        return tf.identity(tensor)


def _dropout_seed(seed: int, iterations, context):
    """int32 [2]: a seed for this step and replica."""
    replica = context.replica_id_in_sync_group
    step = tf.stack([tf.cast(iterations, tf.int32), tf.cast(seed, tf.int32)])
    return tf.random.experimental.stateless_fold_in(
        step, tf.cast(replica, tf.int32)
    )
