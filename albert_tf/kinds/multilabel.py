"""Multi-label classification: any number of labels for a text or a pair."""

import functools

import tensorflow as tf

from albert_tf import batches
from albert_tf import losses
from albert_tf import objectives
from albert_tf import task_models
from albert_tf.kinds import kind


def _sums(model, batch, dropout_seed, smoothing=0.0):
    """Mean sigmoid cross-entropy over classes, for `label` float32 [B, C].

    Labels are 0 or 1. An example is correct if all of its labels are.
    `weight`, float32 [B, C], has the factor of each label's loss.
    """
    outputs = model(
        batch, training=dropout_seed is not None, dropout_seed=dropout_seed
    )
    labels = batch["label"]
    targets = labels * (1 - smoothing) + smoothing / 2
    loss = tf.nn.sigmoid_cross_entropy_with_logits(targets, outputs["logits"])
    loss = losses.weighted(loss, batch)
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


def _objective(smoothing: float = 0.0) -> objectives.Objective:
    """Smoothing: the share of each label that moves halfway to the other."""
    return objectives.of_items(
        functools.partial(_sums, smoothing=smoothing), _distilled
    )


KIND = kind.Kind(
    task="multilabel",
    model=task_models.AlbertClassifier,
    objective=_objective(),
    with_options=_objective,
    labels={"label": batches.Array("float32", "BA")},
    head="classifier",
    options=kind.window_options,
    counts_classes=True,
    does="assigns any number of classes to a text",
    pipeline="text-classification",
    problem_type="multi_label_classification",
    groups="Labels",
)
