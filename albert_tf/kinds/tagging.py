"""Tagging: a tag for each word of a sentence, for example of entities."""

import dataclasses
from typing import Any

import numpy as np
import tensorflow as tf

from albert_tf import batches
from albert_tf import losses
from albert_tf import objectives
from albert_tf import task_models
from albert_tf.crf import likelihood
from albert_tf.crf import model as crf_model
from albert_tf.kinds import kind


def _chain_sums(model, batch, dropout_seed):
    """The loss of chains of tags; correct are words whose logit is highest."""
    outputs = model(
        batch, training=dropout_seed is not None, dropout_seed=dropout_seed
    )
    loss = likelihood.losses(
        outputs["logits"],
        batch["label"],
        tf.cast(model.head.transition_bias.value, tf.float32),
        batch.get("pack_ids"),
    )
    sums = losses.label_sums(outputs["logits"], batch["label"])
    return [{**sums, "loss": tf.reduce_sum(loss)}]


def _transitions(model: crf_model.AlbertCrfTagger) -> dict[str, np.ndarray]:
    return {"transitions": model.head.transition_bias.numpy()}


_ABOUT: dict[str, Any] = {
    "labels": {"label": batches.Array("int32", "BS")},
    "counts_classes": True,
    "reads_pooled": False,
    "reads_whole_text": True,
    # Padding of rows of words.
    "may_be_empty": ("words",),
    "does": "assigns a tag to each word of a text",
    "groups": "Entities and tags",
    "errors": "with the most wrong words",
    "unit": "words",
}

KIND = kind.Kind(
    task="tagging",
    model=task_models.AlbertTagger,
    objective=objectives.CLASSIFICATION,
    head="tagging",
    pipeline="token-classification",
    **_ABOUT,
)
# The tags of a text are a chain, whose steps have learned scores.
CRF = kind.Kind(
    task="tagging",
    model=crf_model.AlbertCrfTagger,
    objective=dataclasses.replace(
        objectives.CLASSIFICATION, sums=_chain_sums, distilled=None
    ),
    head=crf_model.HEAD,
    constants=_transitions,
    **_ABOUT,
)
