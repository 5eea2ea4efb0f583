"""Answers by a model's calibration: probabilities, decisions and sets."""

import functools
from collections.abc import Sequence

import numpy as np
import tensorflow as tf

from data_pipeline.answers import texts
from data_pipeline.tasks.calibration import calibrations
from data_pipeline.tasks.calibration import label_map


def answer(
    calibration: calibrations.Calibration | None,
) -> texts.Answer | None:
    """The function that makes answers of a calibrated model.

    Args:
        calibration: of the model, or None.
    Returns:
        None if the model has no calibration.
    """
    if calibration is None:
        return None
    if calibration.label_maps:
        return functools.partial(_label_set_answer, calibration)
    return functools.partial(_class_answer, calibration)


def _class_answer(
    calibration: calibrations.Calibration,
    logits: tf.Tensor,
    labels: tf.Tensor,
) -> texts.Tensors:
    """The answer of a calibrated classifier.

    Returns:
        The answer of `texts.class_answer`. With a threshold for it, also
        none_of_these, bool [B], with which label is ""; and best_label, string
        [B], the likeliest class. With a coverage, also prediction_set, string
        [B, M], the classes of each set, the likeliest first, and "" in the
        slots that only larger sets use.
    """
    found = texts.class_answer(logits / calibration.temperature, labels)
    shares = found["probabilities"]
    if calibration.none_threshold is not None:
        best = found["label"]
        is_none = tf.reduce_max(shares, axis=-1) < calibration.none_threshold
        found |= {
            "label": tf.where(is_none, "", best),
            "best_label": best,
            "none_of_these": is_none,
        }
    if calibration.set_threshold is not None:
        found["prediction_set"] = _sets(
            shares, labels, calibration.set_threshold
        )
    return found


def _sets(shares: tf.Tensor, labels: tf.Tensor, threshold: float) -> tf.Tensor:
    """The sets of `prediction_sets.of` as names, string [B, M]."""
    order = tf.argsort(shares, direction="DESCENDING", stable=True)
    shares = tf.gather(shares, order, batch_dims=1)
    is_first = tf.one_hot(0, tf.shape(shares)[1], True, False, dtype=tf.bool)
    is_in = (shares >= threshold) | is_first
    names = tf.where(is_in, tf.gather(labels, order), "")
    sizes = tf.reduce_sum(tf.cast(is_in, tf.int32), axis=-1)
    # No batch has less than one slot, not even an empty one.
    return names[:, : tf.maximum(tf.reduce_max(sizes), 1)]


def _label_set_answer(
    calibration: calibrations.Calibration,
    logits: tf.Tensor,
    labels: tf.Tensor,
) -> texts.Tensors:
    """The answer of a calibrated multilabel classifier.

    Returns:
        As `texts.label_set_answer`; chosen are labels above their thresholds.
    """
    maps = calibration.label_maps
    lines = tf.sigmoid(
        logits * tf.constant([one.scale for one in maps], tf.float32)
        + tf.constant([one.bias for one in maps], tf.float32)
    )
    broken = [one.method == label_map.ISOTONIC for one in maps]
    shares = tf.where(tf.constant(broken), _on_lines(logits, maps), lines)
    return {
        **texts.label_set_answer(logits, labels),
        "probabilities": shares,
        "chosen": shares
        > tf.constant(calibration.label_thresholds, tf.float32),
    }


def _on_lines(
    logits: tf.Tensor, maps: Sequence[label_map.LabelMap]
) -> tf.Tensor:
    """The values of broken lines at logits, [B, C]; 0 where a map has none.

    A line is the sum of its pieces: each rises from its start to its end.
    """
    longest = max(1, *(len(one.logits) for one in maps))
    starts, slopes, widths = np.zeros([3, len(maps), longest], np.float32)
    first = np.zeros(len(maps), np.float32)
    for place, one in enumerate(maps):
        pieces = len(one.logits) - 1
        if pieces < 0:
            continue
        first[place] = one.probabilities[0]
        starts[place, :pieces] = one.logits[:-1]
        widths[place, :pieces] = np.diff(one.logits)
        slopes[place, :pieces] = (
            np.diff(one.probabilities) / widths[place, :pieces]
        )
    along = tf.clip_by_value(logits[:, :, None] - starts, 0.0, widths)
    return first + tf.reduce_sum(slopes * along, axis=-1)
