"""How far a student is from its teacher: logits, states, relations."""

import tensorflow as tf

from albert_tf.layers import common

# Of numbers without a spread; the models' own 1e-12 is for float32 norms that
# are trained.
_EPSILON = 1e-6


def check(kind: str) -> None:
    """Raises ValueError for a kind of task that has no teacher."""
    if kind not in _LOGITS:
        raise ValueError(
            f"The task of a teacher must be one of {', '.join(_LOGITS)}. "
            f"Received: {kind}, a model with a classifier at every depth. "
            "Distill first, and then train the early exits from the student."
        )


def logit_sums(
    kind: str, student: dict, teacher: dict, batch: dict, temperature: float
) -> list[dict]:
    """What a model says beside what its teacher says, a sum for each label.

    Args:
        kind: of task_kinds, or "pretraining".
        student, teacher: outputs of the two models on the same inputs.
        batch: with the labels, which say what counts.
        temperature: T.
    Returns:
        dicts as of `losses.label_sums`; correct is where both say the same.
    """
    return [
        _sums(loss, agrees, weight)
        for loss, agrees, weight in _LOGITS[kind](
            student, teacher, batch, temperature
        )
    ]


def soft_cross_entropy(student, teacher, temperature):
    """T^2 times the cross-entropy of softened logits [..., C]; float [...]."""
    return temperature**2 * tf.nn.softmax_cross_entropy_with_logits(
        tf.nn.softmax(teacher / temperature), student / temperature
    )


def state_error(student, teacher, width_map=None):
    """Mean squared difference of normalized states.

    Args:
        student, teacher: float [B, S, H], of one width each.
        width_map: float [H of the student, H of the teacher], where they
            differ.
    Returns:
        float32 [B, S].
    """
    student, teacher = (
        tf.cast(student, tf.float32),
        tf.cast(teacher, tf.float32),
    )
    if width_map is not None:
        student = tf.tensordot(student, tf.convert_to_tensor(width_map), 1)
    difference = _normalized(student) - _normalized(teacher)
    return tf.reduce_mean(difference**2, axis=-1)


def relations(attention, x, bias, heads: int) -> tf.Tensor:
    """How alike the queries, the keys and the values of tokens are.

    Args:
        attention: SelfAttention.
        x: its input, float [B, S, H].
        bias: float32 attention bias, broadcast to [B, 1, S, S].
        heads: R, that the projections are split into; those of the layer do
            not matter.
    Returns:
        logits, float32 [3, B, R, S, S].
    """
    shape = tf.shape(x)
    found = []
    for part in ("query", "key", "value"):
        y = common.dense(
            x,
            getattr(attention, f"{part}_kernel"),
            getattr(attention, f"{part}_bias"),
        )
        size = y.shape[-1] // heads  # N D / R
        y = tf.reshape(y, [shape[0], shape[1], heads, size])
        y = tf.transpose(y, [0, 2, 1, 3])  # [B, R, S, N D / R]
        scores = tf.cast(tf.matmul(y, y, transpose_b=True), tf.float32)
        found.append(scores * size**-0.5 + bias)
    return tf.stack(found)


def divergence(student, teacher):
    """KL of the teacher's relations [3, B, R, S, S]; the mean, [B, S]."""
    mine, theirs = tf.nn.log_softmax(student), tf.nn.log_softmax(teacher)
    # A token that may not be looked at has a probability of 0 in both.
    kl = tf.reduce_sum(tf.exp(theirs) * (theirs - mine), axis=-1)
    return tf.reduce_mean(kl, axis=[0, 2])


def token_sums(loss, inputs: dict) -> dict:
    """Of [B, S] numbers over all tokens; nothing is right or wrong."""
    mask = inputs["padding_mask"]
    mask = tf.reshape(mask, [-1, tf.shape(mask)[-1]])  # of choices [B C, S]
    return _sums(loss, tf.zeros_like(loss), mask)


def _normalized(x):
    mean, variance = tf.nn.moments(x, axes=[-1], keepdims=True)
    return (x - mean) * tf.math.rsqrt(variance + _EPSILON)


def _sums(loss, agrees, weight) -> dict:
    """Sums of numbers where `weight`, of the same shape, is not 0."""
    weight = tf.cast(weight, tf.float32)
    loss = tf.where(weight > 0, loss, tf.zeros_like(loss))
    return {
        "loss": tf.reduce_sum(loss * weight),
        "correct": tf.reduce_sum(tf.cast(agrees, tf.float32) * weight),
        "weight": tf.reduce_sum(weight),
    }


def _same(student, teacher):
    """Whether the likeliest class is, [...] of logits [..., C]."""
    return tf.argmax(student, -1) == tf.argmax(teacher, -1)


def _classification(student, teacher, batch, temperature):
    mine, theirs = student["logits"], teacher["logits"]
    loss = soft_cross_entropy(mine, theirs, temperature)
    return [(loss, _same(mine, theirs), batch["label"] >= 0)]


def _regression(student, teacher, batch, temperature):
    """A number has no temperature."""
    error = (student["logits"] - teacher["logits"])[..., 0]
    return [(error**2, tf.abs(error) < 0.5, batch["item"] >= 0)]


def _multilabel(student, teacher, batch, temperature):
    mine, theirs = student["logits"], teacher["logits"]
    loss = _soft_sigmoid(mine, theirs, temperature)
    same = tf.reduce_all((mine > 0) == (theirs > 0), axis=-1)
    return [(tf.reduce_mean(loss, -1), same, batch["item"] >= 0)]


def _span(student, teacher, batch, temperature):
    """Start and end, the mean, as of the labels."""
    losses, same = zip(
        *(
            (
                soft_cross_entropy(student[name], teacher[name], temperature),
                _same(student[name], teacher[name]),
            )
            for name in ("start_logits", "end_logits")
        ),
        strict=True,
    )
    return [(sum(losses) / 2, same[0] & same[1], batch["item"] >= 0)]


def _conditional_span(student, teacher, batch, temperature):
    """The end given the true start, for both; and whether there is none."""
    mine, theirs = (
        {**outputs, "end_logits": outputs["end_logits"][:, 0]}
        for outputs in (student, teacher)
    )
    ((loss, same, is_item),) = _span(mine, theirs, batch, temperature)
    answer = _soft_sigmoid(
        mine["unanswerable_logits"], theirs["unanswerable_logits"], temperature
    )
    return [(loss + 0.5 * answer, same, is_item)]


def _pretraining(student, teacher, batch, temperature):
    """The masked slots, and the order of sentences."""
    return [
        (
            soft_cross_entropy(student[name], teacher[name], temperature),
            _same(student[name], teacher[name]),
            weight,
        )
        for name, weight in (
            ("mlm_logits", batch["mask_weights"]),
            ("sentence_order_logits", batch["sentence_order"] >= 0),
        )
    ]


def _soft_sigmoid(student, teacher, temperature):
    return temperature**2 * tf.nn.sigmoid_cross_entropy_with_logits(
        tf.nn.sigmoid(teacher / temperature), student / temperature
    )


_LOGITS = {
    "pretraining": _pretraining,
    "classification": _classification,
    "multiple_choice": _classification,
    "tagging": _classification,
    "multilabel": _multilabel,
    "regression": _regression,
    "span": _span,
    "conditional_span": _conditional_span,
}
