"""One optimizer step and one evaluation step, on any number of replicas."""

from collections.abc import Callable

import keras
import tensorflow as tf

from albert_tf import losses

# The original's, before the optimizer sees the gradients.
CLIP_NORM = 1.0

# What a step returns, as one vector: sums over its global batch, and the norm.
SUMS = (
    "mlm_loss",
    "mlm_correct",
    "mlm_weight",
    "sentence_order_loss",
    "sentence_order_correct",
    "sentence_order_weight",
)


def make_train_steps(
    strategy: tf.distribute.Strategy,
    model: keras.Model,
    optimizer: keras.optimizers.Optimizer,
    seed: int,
    jit_compile: bool,
) -> Callable[[object, tf.Tensor], tf.Tensor]:
    """Compiles `run(iterator, steps)`: so many optimizer steps in one call.

    Args:
        strategy: the one in whose scope model and optimizer were made.
        model: AlbertPretrainer.
        optimizer: one of ours, whose `reduce_gradients` becomes False.
        seed: of the dropout masks, with the step and the replica's number.
        jit_compile: whether XLA compiles a replica's step.
    Returns:
        A function of a dataset iterator and an int32 scalar tensor, which
        returns float32 [len(SUMS) + 1]: sums over all the steps, and the sum
        of the gradient norms before clipping.
    """
    weights = model.trainable_variables
    optimizer.reduce_gradients = False

    def step(batch):
        context = tf.distribute.get_replica_context()
        dropout_seed = _dropout_seed(seed, optimizer.iterations, context)
        with tf.GradientTape() as tape:
            masked_lm, order = _sums(model, batch, dropout_seed)
            # Denominators over all replicas, so that the gradients add up to
            # that of the mean over the global batch, however it is split.
            total = context.all_reduce(
                tf.distribute.ReduceOp.SUM,
                tf.stack([masked_lm["weight"], order["weight"]]),
            )
            loss = masked_lm["loss"] / (total[0] + losses.DENOMINATOR_EPSILON)
            loss += order["loss"] / tf.maximum(total[1], 1.0)
        gradients = [
            # Rows of a gather are added up before the norm is taken, as on
            # the TPUs that trained the released models (one-hot products).
            tf.convert_to_tensor(gradient)
            for gradient in tape.gradient(loss, weights)
        ]
        gradients = context.all_reduce(tf.distribute.ReduceOp.SUM, gradients)
        gradients, norm = tf.clip_by_global_norm(gradients, CLIP_NORM)
        optimizer.apply(gradients, weights)
        return _stack(masked_lm, order), norm

    if jit_compile:
        step = tf.function(step, jit_compile=True)

    @tf.function
    def run(iterator, steps):
        totals = tf.zeros([len(SUMS) + 1])
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
