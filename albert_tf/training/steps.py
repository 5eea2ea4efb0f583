"""One optimizer step and one evaluation step, on any number of replicas."""

from collections.abc import Callable

import keras
import tensorflow as tf

from albert_tf import losses

# The original's, before the optimizer sees the gradients.
CLIP_NORM = 1.0

# What steps return, as one vector: sums over their batches.
SUMS = (
    "mlm_loss",
    "mlm_correct",
    "mlm_weight",
    "sentence_order_loss",
    "sentence_order_correct",
    "sentence_order_weight",
)
# And of training, also the sum of the gradients' norms before clipping.
TOTALS = (*SUMS, "gradient_norm")


def make_train_step(
    strategy: tf.distribute.Strategy,
    model: keras.Model,
    optimizer: keras.optimizers.Optimizer,
    *,
    seed: int,
    accumulate_steps: int = 1,
    jit_compile: bool = False,
) -> Callable[[dict], tuple[tf.Tensor, tf.Tensor]]:
    """Makes `step(batch)`, a replica's part of one optimizer step.

    Args:
        strategy: the one in whose scope model and optimizer were made.
        model: AlbertPretrainer.
        optimizer: one of ours, whose `reduce_gradients` becomes False.
        seed: of the dropout masks, with the step, the replica's number and
            that of the part.
        accumulate_steps: parts that a replica's batch is worked on in, one
            after the other; the memory for activations is that of one part.
        jit_compile: whether XLA compiles it.
    Returns:
        A function for `strategy.run` of a replica's batch, which returns
        float32 [len(SUMS)], sums over its examples, and the norm of the global
        gradient before clipping. Where loss or gradient is no number it sets
        `optimizer.rate_scale` to 0: no weight moves then, nor in later steps.
    """
    weights = model.trainable_variables
    optimizer.reduce_gradients = False

    def step(batch):
        context = tf.distribute.get_replica_context()
        dropout_seed = _dropout_seed(seed, optimizer.iterations, context)
        # Denominators over all replicas and parts, so that the gradients add
        # up to that of the mean over the global batch, however it is split.
        total = context.all_reduce(tf.distribute.ReduceOp.SUM, _counts(batch))

        def gradients_of(part, number):
            with tf.GradientTape() as tape:
                masked_lm, order = _sums(
                    model,
                    part,
                    tf.random.experimental.stateless_fold_in(
                        dropout_seed, number
                    ),
                )
                loss = masked_lm["loss"] / (
                    total[0] + losses.DENOMINATOR_EPSILON
                )
                loss += order["loss"] / tf.maximum(total[1], 1.0)
            gradients = [
                # Rows of a gather are added up before the norm is taken, as on
                # the TPUs that trained the released models (one-hot products).
                tf.convert_to_tensor(gradient)
                for gradient in tape.gradient(loss, weights)
            ]
            return [loss, _stack(masked_lm, order), *gradients]

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
    strategy: tf.distribute.Strategy, step: Callable
) -> Callable[[object, tf.Tensor], tf.Tensor]:
    """Compiles `run(iterator, steps)`: so many optimizer steps in one call.

    Args:
        strategy: the one of `step`.
        step: as `make_train_step` made it.
    Returns:
        A function of a dataset iterator and an int32 scalar tensor, which
        returns float32 [len(TOTALS)], sums over all the steps.
    """

    @tf.function
    def run(iterator, steps):
        totals = tf.zeros([len(TOTALS)])
        for _ in tf.range(steps):
            sums, norm = strategy.run(step, args=(next(iterator),))
            sums = strategy.reduce(tf.distribute.ReduceOp.SUM, sums, axis=None)
            norm = strategy.reduce(tf.distribute.ReduceOp.MEAN, norm, axis=None)
            totals += tf.concat([sums, [norm]], axis=0)
        return totals

    return run


def make_eval_steps(
    strategy: tf.distribute.Strategy, model: keras.Model, jit_compile: bool
) -> Callable[[object, tf.Tensor], tf.Tensor]:
    """Compiles `run(iterator, steps)`; returns float32 [len(SUMS)], sums."""

    def step(batch):
        return _stack(*_sums(model, batch, dropout_seed=None))

    if jit_compile:
        step = tf.function(step, jit_compile=True)

    @tf.function
    def run(iterator, steps):
        totals = tf.zeros([len(SUMS)])
        for _ in tf.range(steps):
            sums = strategy.run(step, args=(next(iterator),))
            totals += strategy.reduce(
                tf.distribute.ReduceOp.SUM, sums, axis=None
            )
        return totals

    return run


def metrics(sums) -> dict[str, float]:
    """Sums, as the steps return them, to means; losses in nats."""
    values = dict(zip(SUMS, map(float, sums), strict=False))
    # A batch may mask nothing; 0 / 1 is then as good as any number.
    masked = max(values["mlm_weight"], 1.0)
    examples = max(values["sentence_order_weight"], 1.0)
    means = {
        "mlm_loss": values["mlm_loss"] / masked,
        "mlm_accuracy": values["mlm_correct"] / masked,
        "sentence_order_loss": values["sentence_order_loss"] / examples,
        "sentence_order_accuracy": values["sentence_order_correct"] / examples,
    }
    total = means["mlm_loss"] + means["sentence_order_loss"]
    return {"loss": total, **means}


def _sums(model, batch, dropout_seed):
    """Masked-LM and sentence-order sums over this replica's part."""
    outputs = model(
        batch, training=dropout_seed is not None, dropout_seed=dropout_seed
    )
    masked_lm = losses.masked_lm_sums(
        outputs["mlm_logits"], batch["mask_ids"], batch["mask_weights"]
    )
    order = losses.sentence_order_sums(
        outputs["sentence_order_logits"], batch["sentence_order"]
    )
    return masked_lm, order


def _counts(batch):
    """float32 [2]: masked tokens and sentence-order examples of a batch."""
    examples = tf.cast(batch["sentence_order"] >= 0, tf.float32)
    return tf.stack(
        [tf.reduce_sum(batch["mask_weights"]), tf.reduce_sum(examples)]
    )


def _add_up(function, batch, parts: int) -> list[tf.Tensor]:
    """The sum of function(part, number) over equal parts of a batch."""
    if parts == 1:
        return function(batch, 0)

    def part_of(number):
        return {
            name: tf.reshape(value, [parts, -1, *value.shape[1:]])[number]
            for name, value in batch.items()
        }

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


def _stack(masked_lm, order):
    """float32 [len(SUMS)], in that order."""
    return tf.stack(
        [
            part[name]
            for part in (masked_lm, order)
            for name in ("loss", "correct", "weight")
        ]
    )


def _dropout_seed(seed: int, iterations, context):
    """int32 [2]: differs between steps and replicas, and can be replayed."""
    replica = context.replica_id_in_sync_group
    step = tf.stack([tf.cast(iterations, tf.int32), tf.cast(seed, tf.int32)])
    return tf.random.experimental.stateless_fold_in(
        step, tf.cast(replica, tf.int32)
    )
