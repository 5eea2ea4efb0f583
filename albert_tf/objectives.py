"""Training objectives: losses as sums over a batch, with their weights."""

import contextlib
import dataclasses
import functools
from collections.abc import Callable
from typing import Any
from typing import Protocol

import tensorflow as tf

from albert_tf import batches
from albert_tf import losses


class Metrics(Protocol):
    """Converts the sums that steps return to metrics."""

    def metrics(self, sums: Any) -> dict[str, float]:
        """Converts sums to means; losses are in nats."""


@dataclasses.dataclass(frozen=True)
class Objective:
    """A weighted sum of mean losses, one for each part of a task.

    Attributes:
        parts: names of the P parts.
        weights: maps a batch (see `batches`) to float32 [P], the denominators
            of the means.
        sums: maps (model, batch, dropout_seed) to P dicts of float32 scalars,
            each with loss, correct and weight. A seed of None means evaluation.
        epsilon: added to the weight of each part. If it is 0, the weight counts
            as at least 1.
        factors: factors of the means in the loss; default: 1.
        losses_only: parts without accuracy.
        distilled: maps (student, teacher, batch, temperature), of which the
            first two are outputs for the batch, to P tuples of tensors with the
            same shape: the loss against the teacher, whether both give the same
            answer, and the weight. None if there is no such loss.
        embed, sums_of: `sums` in two halves, for losses that compare the
            examples of a batch with each other: (model, batch, dropout_seed)
            to a tensor with a slice for each example, and (the tensors of all
            parts of the batch, the whole batch) to sums. None if examples have
            losses of their own.
    """

    parts: tuple[str, ...]
    weights: Callable[[Any], tf.Tensor]
    sums: Callable[[Any, Any, tf.Tensor | None], list[dict]]
    epsilon: tuple[float, ...]
    factors: tuple[float, ...] = ()
    losses_only: tuple[str, ...] = ()
    distilled: Callable[[dict, dict, Any, float], list[tuple]] | None = None
    embed: Callable[[Any, Any, tf.Tensor | None], tf.Tensor] | None = None
    sums_of: Callable[[tf.Tensor, Any], list[dict]] | None = None

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the sums, in the order in which steps return them."""
        return tuple(
            f"{part}_{name}"
            for part in self.parts
            for name in ("loss", "correct", "weight")
        )

    @property
    def _factors(self) -> tuple[float, ...]:
        return self.factors or (1.0,) * len(self.parts)

    def loss(self, sums: list[dict], weights: tf.Tensor) -> tf.Tensor:
        """The weighted sum of the means, with denominators `weights`, [P]."""
        loss = 0.0
        for part, weight, epsilon, factor in zip(
            sums,
            tf.unstack(weights),
            self.epsilon,
            self._factors,
            strict=True,
        ):
            total = weight + epsilon if epsilon else tf.maximum(weight, 1.0)
            loss += factor * (part["loss"] / total)
        return loss

    def metrics(self, sums) -> dict[str, float]:
        """Converts sums, float [3 P], to means; losses are in nats."""
        values = {}
        for number, part in enumerate(self.parts):
            loss, correct, weight = map(
                float, sums[3 * number : 3 * number + 3]
            )
            # If a batch has no examples for a part, its mean is 0.
            values[f"{part}_loss"] = loss / max(weight, 1.0)
            if part not in self.losses_only:
                values[f"{part}_accuracy"] = correct / max(weight, 1.0)
        total = sum(
            factor * values[f"{part}_loss"]
            for part, factor in zip(
                self.parts,
                self._factors,
                strict=True,
            )
        )
        return {"loss": total, **values}


def within(
    objective: Objective,
    context: Callable[[], contextlib.AbstractContextManager],
) -> Objective:
    """The same objective, whose model runs in a context.

    Args:
        context: makes the context, each time that the model runs.
    """

    def entered(function: Callable) -> Callable:
        def run(*args: Any) -> Any:
            with context():
                return function(*args)

        return run

    return dataclasses.replace(
        objective,
        sums=entered(objective.sums),
        embed=objective.embed and entered(objective.embed),
    )


def _pretraining_weights(batch: batches.PretrainingBatch):
    examples = tf.cast(batch["sentence_order"] >= 0, tf.float32)
    return tf.stack(
        [tf.reduce_sum(batch["mask_weights"]), tf.reduce_sum(examples)]
    )


def _pretraining_sums(model, batch: batches.PretrainingBatch, dropout_seed):
    outputs = model(
        batch,
        training=dropout_seed is not None,
        dropout_seed=dropout_seed,
        logits_only=True,
    )
    return [
        losses.masked_lm_sums(
            outputs["mlm_logits"], batch["mask_ids"], batch["mask_weights"]
        ),
        losses.label_sums(
            outputs["sentence_order_logits"], batch["sentence_order"]
        ),
    ]


def _pretraining_distilled(student, teacher, batch, temperature):
    """The losses of masked slots and of sentence order."""
    return [
        (
            losses.soft_cross_entropy(
                student[name], teacher[name], temperature
            ),
            losses.same_class(student[name], teacher[name]),
            weight,
        )
        for name, weight in (
            ("mlm_logits", batch["mask_weights"]),
            ("sentence_order_logits", batch["sentence_order"] >= 0),
        )
    ]


def _classification_weights(batch: batches.TaskBatch):
    return tf.reduce_sum(tf.cast(batch["label"] >= 0, tf.float32))[None]


def _classification_sums(
    model, batch: batches.TaskBatch, dropout_seed, smoothing: float = 0.0
):
    outputs = model(
        batch, training=dropout_seed is not None, dropout_seed=dropout_seed
    )
    return [
        losses.label_sums(
            outputs["logits"], batch["label"], batch.get("weight"), smoothing
        )
    ]


def _classification_distilled(student, teacher, batch, temperature):
    mine, theirs = student["logits"], teacher["logits"]
    loss = losses.soft_cross_entropy(mine, theirs, temperature)
    return [(loss, losses.same_class(mine, theirs), batch["label"] >= 0)]


def _item_weights(batch: batches.TaskBatch):
    return tf.reduce_sum(tf.cast(batch["item"] >= 0, tf.float32))[None]


def of_items(sums: Callable, distilled: Callable | None = None) -> Objective:
    """An objective with a single loss, over rows that hold an example.

    Args:
        sums, distilled: as in Objective. Batches must have `item`, as in
            `losses.item_sums`.
    """
    return Objective(
        ("label",), _item_weights, sums, (0.0,), distilled=distilled
    )


# Masked LM and sentence order, for batches from data_pipeline.pretraining.
PRETRAINING = Objective(
    ("mlm", "sentence_order"),
    _pretraining_weights,
    _pretraining_sums,
    (losses.DENOMINATOR_EPSILON, 0.0),
    distilled=_pretraining_distilled,
)


def classification(smoothing: float = 0.0) -> Objective:
    """One label for each example.

    Batches also have `label`, int32 [B], below 0 where there is none, and may
    have `weight`, float32 [B], the factor of each example's loss.

    Args:
        smoothing: as in `losses.cross_entropy`.
    """
    return Objective(
        ("label",),
        _classification_weights,
        functools.partial(_classification_sums, smoothing=smoothing),
        (0.0,),
        distilled=_classification_distilled,
    )


CLASSIFICATION = classification()
