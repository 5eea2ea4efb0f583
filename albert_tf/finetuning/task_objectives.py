"""What fine-tuning minimizes, by kind of task.

Batches have `item` int32 [B] beside labels and the model's inputs, below 0
where a row is filled up with nothing; of packed rows [B, K].
"""

import tensorflow as tf

from albert_tf import losses
from albert_tf import objectives


def _item_sums(loss, correct, batch):
    return [losses.item_sums(loss, correct, batch)]


def _regression_sums(model, batch, dropout_seed):
    """Squared error of `label` float32 [B]; correct: within half a unit."""
    outputs = model(
        batch, training=dropout_seed is not None, dropout_seed=dropout_seed
    )
    error = outputs["logits"][..., 0] - batch["label"]
    return _item_sums(error**2, tf.abs(error) < 0.5, batch)


def _multilabel_sums(model, batch, dropout_seed):
    """Sigmoid cross-entropy of `label` float32 [B, C], 0 or 1, a mean over the
    classes; correct: all classes are."""
    outputs = model(
        batch, training=dropout_seed is not None, dropout_seed=dropout_seed
    )
    labels = batch["label"]
    loss = tf.nn.sigmoid_cross_entropy_with_logits(labels, outputs["logits"])
    hits = (outputs["logits"] > 0) == (labels > 0.5)
    return _item_sums(
        tf.reduce_mean(loss, -1), tf.reduce_all(hits, axis=-1), batch
    )


def _span_sums(model, batch, dropout_seed):
    """Mean of the losses of start and end, int32 [B]; correct: both are."""
    outputs = model(
        batch, training=dropout_seed is not None, dropout_seed=dropout_seed
    )
    start, end = batch["start_positions"], batch["end_positions"]
    loss, hits = _pointer(outputs["start_logits"], start)
    end_loss, end_hits = _pointer(outputs["end_logits"], end)
    return _item_sums((loss + end_loss) / 2, hits & end_hits, batch)


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
    return _item_sums(
        0.5 * (loss + end_loss) + 0.5 * answer_loss, hits & end_hits, batch
    )


def _pointer(logits, position):
    """Loss and whether it is right, [B], of logits [B, S]."""
    loss = tf.nn.sparse_softmax_cross_entropy_with_logits(position, logits)
    return loss, tf.argmax(logits, -1, output_type=tf.int32) == position


def _regression_distilled(student, teacher, batch, temperature):
    """A number has no temperature."""
    error = (student["logits"] - teacher["logits"])[..., 0]
    return [(error**2, tf.abs(error) < 0.5, batch["item"] >= 0)]


def _multilabel_distilled(student, teacher, batch, temperature):
    mine, theirs = student["logits"], teacher["logits"]
    loss = losses.soft_sigmoid_cross_entropy(mine, theirs, temperature)
    same = tf.reduce_all((mine > 0) == (theirs > 0), axis=-1)
    return [(tf.reduce_mean(loss, -1), same, batch["item"] >= 0)]


def _span_distilled(student, teacher, batch, temperature):
    """The mean of start and end, as for labels."""
    found, same = zip(
        *(
            (
                losses.soft_cross_entropy(
                    student[name], teacher[name], temperature
                ),
                losses.same_class(student[name], teacher[name]),
            )
            for name in ("start_logits", "end_logits")
        ),
        strict=True,
    )
    return [(sum(found) / 2, same[0] & same[1], batch["item"] >= 0)]


def _conditional_span_distilled(student, teacher, batch, temperature):
    """The end given the true start, for both; and whether there is none."""
    mine, theirs = (
        {**outputs, "end_logits": outputs["end_logits"][:, 0]}
        for outputs in (student, teacher)
    )
    ((loss, same, is_item),) = _span_distilled(mine, theirs, batch, temperature)
    answer = losses.soft_sigmoid_cross_entropy(
        mine["unanswerable_logits"], theirs["unanswerable_logits"], temperature
    )
    return [(loss + 0.5 * answer, same, is_item)]


# Classes of texts, choices and tokens alike.
CLASSIFICATION = objectives.CLASSIFICATION
REGRESSION = objectives.of_items(_regression_sums, _regression_distilled)
MULTILABEL = objectives.of_items(_multilabel_sums, _multilabel_distilled)
SPAN = objectives.of_items(_span_sums, _span_distilled)
CONDITIONAL_SPAN = objectives.of_items(
    _conditional_span_sums, _conditional_span_distilled
)
