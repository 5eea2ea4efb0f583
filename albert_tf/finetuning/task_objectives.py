"""What fine-tuning minimizes, by kind of task.

Batches have `item` int32 [B] beside labels and the model's inputs, below 0
where a row is filled up with nothing; of packed rows [B, K].
"""

import tensorflow as tf

from albert_tf import objectives


def _item_weights(batch):
    return tf.reduce_sum(tf.cast(batch["item"] >= 0, tf.float32))[None]


def _sums(loss, correct, batch):
    """Of [B] or [B, K] numbers, over the rows that hold something."""
    is_item = batch["item"] >= 0
    zeros = tf.zeros_like(loss)
    return [
        {
            "loss": tf.reduce_sum(tf.where(is_item, loss, zeros)),
            "correct": tf.reduce_sum(
                tf.where(is_item, tf.cast(correct, tf.float32), zeros)
            ),
            "weight": tf.reduce_sum(tf.cast(is_item, tf.float32)),
        }
    ]


def _regression_sums(model, batch, dropout_seed):
    """Squared error of `label` float32 [B]; correct: within half a unit."""
    outputs = model(
        batch, training=dropout_seed is not None, dropout_seed=dropout_seed
    )
    error = outputs["logits"][..., 0] - batch["label"]
    return _sums(error**2, tf.abs(error) < 0.5, batch)


def _multilabel_sums(model, batch, dropout_seed):
    """Sigmoid cross-entropy of `label` float32 [B, C], 0 or 1, a mean over the
    classes; correct: all classes are."""
    outputs = model(
        batch, training=dropout_seed is not None, dropout_seed=dropout_seed
    )
    labels = batch["label"]
    loss = tf.nn.sigmoid_cross_entropy_with_logits(labels, outputs["logits"])
    hits = (outputs["logits"] > 0) == (labels > 0.5)
    return _sums(tf.reduce_mean(loss, -1), tf.reduce_all(hits, axis=-1), batch)


def _span_sums(model, batch, dropout_seed):
    """Mean of the losses of start and end, int32 [B]; correct: both are."""
    outputs = model(
        batch, training=dropout_seed is not None, dropout_seed=dropout_seed
    )
    start, end = batch["start_positions"], batch["end_positions"]
    loss, hits = _pointer(outputs["start_logits"], start)
    end_loss, end_hits = _pointer(outputs["end_logits"], end)
    return _sums((loss + end_loss) / 2, hits & end_hits, batch)


def _conditional_span_sums(model, batch, dropout_seed):
    """The same, with the end given the true start, and half the sigmoid
    cross-entropy of `unanswerable` int32 [B].

    Source: google-research/albert, squad_utils.py, v2_model_fn_builder.
    """
    start, end = batch["start_positions"], batch["end_positions"]
    outputs = model(
        {**batch, "start_positions": start[:, None]},
        training=dropout_seed is not None,
        dropout_seed=dropout_seed,
    )
    loss, hits = _pointer(outputs["start_logits"], start)
    end_loss, end_hits = _pointer(outputs["end_logits"][:, 0], end)
    answer_loss = tf.nn.sigmoid_cross_entropy_with_logits(
        tf.cast(batch["unanswerable"], tf.float32),
        outputs["unanswerable_logits"],
    )
    return _sums(
        0.5 * (loss + end_loss) + 0.5 * answer_loss, hits & end_hits, batch
    )


def _early_exit_sums(model, batch, dropout_seed):
    """Mean of all depths' losses of `label` int32 [B], layer l counting l
    times; correct: the last one is.

    Source: Zhou et al. 2020, "BERT Loses Patience".
    """
    logits = _layer_logits(model, batch, dropout_seed)  # [B, L, C]
    label = tf.maximum(batch["label"], 0)
    loss = tf.nn.sparse_softmax_cross_entropy_with_logits(
        tf.broadcast_to(label[..., None], tf.shape(logits)[:-1]), logits
    )
    last = tf.argmax(logits[..., -1, :], -1, output_type=tf.int32)
    return _sums(_over_depth(loss), last == label, batch)


def _early_exit_regression_sums(model, batch, dropout_seed):
    """The same, with the squared error of `label` float32 [B]."""
    logits = _layer_logits(model, batch, dropout_seed)[..., 0]  # [B, L]
    error = logits - batch["label"][..., None]
    return _sums(_over_depth(error**2), tf.abs(error[..., -1]) < 0.5, batch)


def _layer_logits(model, batch, dropout_seed):
    return model(
        batch, training=dropout_seed is not None, dropout_seed=dropout_seed
    )["layer_logits"]


def _over_depth(loss):
    """[B, L] to [B]."""
    numbers = tf.range(1, loss.shape[-1] + 1, dtype=tf.float32)
    return tf.tensordot(loss, numbers / tf.reduce_sum(numbers), 1)


def _pointer(logits, position):
    """Loss and whether it is right, [B], of logits [B, S]."""
    loss = tf.nn.sparse_softmax_cross_entropy_with_logits(position, logits)
    return loss, tf.argmax(logits, -1, output_type=tf.int32) == position


def _label_objective(sums):
    return objectives.Objective(("label",), _item_weights, sums, (0.0,))


# Classes of texts, choices and tokens alike.
CLASSIFICATION = objectives.CLASSIFICATION
REGRESSION = _label_objective(_regression_sums)
MULTILABEL = _label_objective(_multilabel_sums)
SPAN = _label_objective(_span_sums)
EARLY_EXIT = _label_objective(_early_exit_sums)
EARLY_EXIT_REGRESSION = _label_objective(_early_exit_regression_sums)
CONDITIONAL_SPAN = _label_objective(_conditional_span_sums)
