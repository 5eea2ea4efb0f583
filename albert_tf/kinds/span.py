"""Spans: the answer to a question is a part of its context, or missing."""

from typing import Any

import tensorflow as tf

from albert_tf import batches
from albert_tf import losses
from albert_tf import objectives
from albert_tf.kinds import kind
from albert_tf.spans import model as span_models

# Number of ends to keep for each start; end_n_top in google-research/albert.
END_N_TOP = 5


def _sums(model, batch, dropout_seed):
    """Mean loss of start and end, int32 [B]; correct if both are."""
    outputs = model(
        batch, training=dropout_seed is not None, dropout_seed=dropout_seed
    )
    start, end = batch["start_positions"], batch["end_positions"]
    loss, hits = _pointer(outputs["start_logits"], start)
    end_loss, end_hits = _pointer(outputs["end_logits"], end)
    return [losses.item_sums((loss + end_loss) / 2, hits & end_hits, batch)]


def _conditional_sums(model, batch, dropout_seed):
    """Mean loss of start, and of end given the true start, plus half the
    sigmoid cross-entropy of `unanswerable`, int32 [B].

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
    loss = 0.5 * (loss + end_loss) + 0.5 * answer_loss
    return [losses.item_sums(loss, hits & end_hits, batch)]


def _pointer(logits, position):
    """Loss and correctness, both [B], from logits [B, S]."""
    loss = tf.nn.sparse_softmax_cross_entropy_with_logits(position, logits)
    return loss, tf.argmax(logits, -1, output_type=tf.int32) == position


def _distilled(student, teacher, batch, temperature):
    """Mean loss of start and end against the teacher."""
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


def _conditional_distilled(student, teacher, batch, temperature):
    """The same with ends given the true start, and `unanswerable`."""
    mine, theirs = (
        {**outputs, "end_logits": outputs["end_logits"][:, 0]}
        for outputs in (student, teacher)
    )
    ((loss, same, is_item),) = _distilled(mine, theirs, batch, temperature)
    answer = losses.soft_sigmoid_cross_entropy(
        mine["unanswerable_logits"], theirs["unanswerable_logits"], temperature
    )
    return [(loss + 0.5 * answer, same, is_item)]


def likeliest(outputs: dict[str, Any]) -> dict[str, Any]:
    """The most likely answers, from AlbertConditionalSpan's outputs.

    Returns:
        start_log_probs and start_positions, [B, K]; end_log_probs and
        end_positions, [B, K, END_N_TOP or S]; unanswerable_logits, [B].
    """
    starts = outputs["start_positions"]
    log_probs = tf.nn.log_softmax(outputs["start_logits"])
    ends = tf.math.top_k(
        tf.nn.log_softmax(outputs["end_logits"]),
        tf.minimum(END_N_TOP, tf.shape(outputs["end_logits"])[-1]),
    )
    return {
        "start_log_probs": tf.gather(log_probs, starts, batch_dims=1),
        "start_positions": starts,
        "end_log_probs": ends.values,
        "end_positions": ends.indices,
        "unanswerable_logits": outputs["unanswerable_logits"],
    }


_ABOUT: dict[str, Any] = {
    "labels": {
        "start_positions": batches.Array("int32", "B"),
        "end_positions": batches.Array("int32", "B"),
        "unanswerable": batches.Array("int32", "B"),
    },
    "max_seq_length": 384,
    "reads_whole_text": True,
    "perfect": 100.0,
    "does": "finds the answer to a question in a text",
    "example": lambda num_texts: {
        "questions": ["Who?"],
        "contexts": ["Ann did it."],
    },
    "pipeline": "question-answering",
    # transformers 5 has no pipeline for it.
    "auto_model": "AutoModelForQuestionAnswering",
    "groups": "Questions",
    "errors": "with the lowest F1",
}

# Start and end are independent, as in SQuAD 1.1. The head has no dropout.
KIND = kind.Kind(
    task="span",
    model=span_models.AlbertSpan,
    objective=objectives.of_items(_sums, _distilled),
    head="span",
    has_dropout=False,
    reads_pooled=False,
    **_ABOUT,
)
# The end depends on the start, or there is no answer, as in SQuAD 2.0.
CONDITIONAL = kind.Kind(
    task="span",
    model=span_models.AlbertConditionalSpan,
    objective=objectives.of_items(_conditional_sums, _conditional_distilled),
    head="conditional_span",
    marker="start_kernel",
    reads_pooled=False,
    outputs=likeliest,
    **_ABOUT,
)
