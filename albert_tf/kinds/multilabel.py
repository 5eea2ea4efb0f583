"""Multi-label classification: any number of labels for a text or a pair."""

import tensorflow as tf

from albert_tf import batches
from albert_tf import losses
from albert_tf import objectives
from albert_tf import task_models
from albert_tf.kinds import kind


def _sums(model, batch, dropout_seed):
    """Mean sigmoid cross-entropy over classes, for `label` float32 [B, C].

    Labels are 0 or 1. An example is correct if all of its labels are.
    """
    outputs = model(
        batch, training=dropout_seed is not None, dropout_seed=dropout_seed
    )
    labels = batch["label"]
    loss = tf.nn.sigmoid_cross_entropy_with_logits(labels, outputs["logits"])
    hits = (outputs["logits"] > 0) == (labels > 0.5)
    return [
        losses.item_sums(
            tf.reduce_mean(loss, -1), tf.reduce_all(hits, axis=-1), batch
        )
    ]


def _distilled(student, teacher, batch, temperature):
    mine, theirs = student["logits"], teacher["logits"]
    loss = losses.soft_sigmoid_cross_entropy(mine, theirs, temperature)
    same = tf.reduce_all((mine > 0) == (theirs > 0), axis=-1)
    return [(tf.reduce_mean(loss, -1), same, batch["item"] >= 0)]


KIND = kind.Kind(
    task="multilabel",
    model=task_models.AlbertClassifier,
    objective=objectives.of_items(_sums, _distilled),
    labels={"label": batches.Array("float32", "BA")},
    head="classifier",
    options=kind.window_options,
    counts_classes=True,
    does="assigns any number of classes to a text",
    pipeline="text-classification",
    problem_type="multi_label_classification",
    groups="Labels",
)
