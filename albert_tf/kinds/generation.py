"""Generation: a text that is written for another one."""

import functools
from collections.abc import Mapping
from typing import Any

import tensorflow as tf

from albert_tf import batches
from albert_tf import losses
from albert_tf import objectives
from albert_tf.kinds import kind
from albert_tf.seq2seq import decoding
from albert_tf.seq2seq import model as seq2seq_model

# The entry of a task in task.json with the arguments of its model, and the
# entry in it with how the model writes.
KEY, DECODING = "generation", "decoding"
# The loss of the text and the number of its tokens, for each item.
TARGET_LOSS, TARGET_TOKENS = "target_loss", "target_tokens"


def _predicted(batch: batches.TaskBatch) -> tuple[tf.Tensor, tf.Tensor]:
    """The tokens to predict and their weights, [B, T - 1]: all but the start
    tokens, which in packed rows also follow the text before."""
    ids, mask = batch["target_ids"], batch["target_mask"]
    weights = tf.cast(mask[:, 1:], tf.float32)
    if "target_pack_ids" in batch:
        numbers = batch["target_pack_ids"]
        weights *= tf.cast(numbers[:, 1:] == numbers[:, :-1], tf.float32)
    return ids[:, 1:], weights


def _weights(batch: batches.TaskBatch) -> tf.Tensor:
    return tf.reduce_sum(_predicted(batch)[1])[None]


def _sums(
    model: seq2seq_model.AlbertSeq2Seq,
    batch: batches.TaskBatch,
    dropout_seed: tf.Tensor | None,
    smoothing: float = 0.0,
) -> list[dict[str, tf.Tensor]]:
    outputs = model(
        batch, training=dropout_seed is not None, dropout_seed=dropout_seed
    )
    ids, weights = _predicted(batch)
    loss = losses.cross_entropy(outputs["logits"], ids, smoothing)
    hits = tf.argmax(outputs["logits"], -1, output_type=ids.dtype) == ids
    return [
        {
            "loss": tf.reduce_sum(loss * weights),
            "correct": tf.reduce_sum(tf.cast(hits, tf.float32) * weights),
            "weight": tf.reduce_sum(weights),
        }
    ]


def _distilled(
    student: dict[str, tf.Tensor],
    teacher: dict[str, tf.Tensor],
    batch: batches.TaskBatch,
    temperature: float,
) -> list[tuple[tf.Tensor, tf.Tensor, tf.Tensor]]:
    mine, theirs = student["logits"], teacher["logits"]
    loss = losses.soft_cross_entropy(mine, theirs, temperature)
    return [(loss, losses.same_class(mine, theirs), _predicted(batch)[1])]


def objective(smoothing: float = 0.0) -> objectives.Objective:
    """Each token of the text to write, given those before it.

    Batches also have `target_ids` and `target_mask`, int32 [B, T]; see
    `batches.TARGETS`.

    Args:
        smoothing: as in `losses.cross_entropy`, over the vocabulary.
    """
    return objectives.Objective(
        ("label",),
        _weights,
        functools.partial(_sums, smoothing=smoothing),
        (0.0,),
        distilled=_distilled,
    )


def written(
    model: seq2seq_model.AlbertSeq2Seq,
    batch: batches.TaskBatch,
    options: decoding.DecodingOptions | None = None,
) -> dict[str, tf.Tensor]:
    """The text that a model writes for each row, the best if there are several.

    Args:
        model: the model.
        batch: rows that are not packed.
        options: how to write.
    Returns:
        sequences, int32 [B, T]; lengths, int32 [B]; and scores, float32 [B], as
        in AlbertSeq2Seq.generate; and if the batch has the text to write,
        target_loss, float32 [B], the sum of its tokens' losses in nats, and
        target_tokens, float32 [B], their number.
    """
    found = model.generate(batch, options)
    outputs = {name: value[:, 0] for name, value in found.items()}
    if "target_ids" not in batch:
        return outputs
    ids, weights = _predicted(batch)
    loss = losses.cross_entropy(model(batch)["logits"], ids) * weights
    outputs[TARGET_LOSS] = tf.reduce_sum(loss, axis=-1)
    outputs[TARGET_TOKENS] = tf.reduce_sum(weights, axis=-1)
    return outputs


def _options(others: Mapping[str, Any]) -> dict[str, Any]:
    found = dict(others.get(KEY, {}))
    found.pop(DECODING, None)
    return found


KIND = kind.Kind(
    task="generation",
    model=seq2seq_model.AlbertSeq2Seq,
    objective=objective(),
    with_options=objective,
    options=_options,
    labels=batches.TARGETS,
    head=seq2seq_model.HEAD,
    marker="output/output_bias",
    has_dropout=False,
    reads_pooled=False,
    run=written,
    is_exported=False,
    is_counted=False,
    perfect=100.0,
    does="writes a text for another one",
    errors="with the lowest chrF",
)
