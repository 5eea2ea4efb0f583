"""Calibrated answers in a graph are those of the training side."""

import dataclasses

import numpy as np
import pytest
import tensorflow as tf

from data_pipeline.answers import calibrated
from data_pipeline.answers import texts
from data_pipeline.tasks.calibration import calibrated_rows
from data_pipeline.tasks.calibration import calibrations
from data_pipeline.tasks.calibration import label_map
from data_pipeline.tasks.texts import example_predictions

NAMES = ["a", "b", "c", "d"]
LOGITS = (np.random.default_rng(0).normal(size=[300, 4]) * 4).astype(np.float32)
CLASSES = calibrations.Calibration(
    temperature=1.7, none_threshold=0.6, coverage=0.9, set_threshold=0.2
)
MAPS = (
    label_map.LabelMap(),
    label_map.LabelMap(scale=0.4, bias=-1.0),
    label_map.LabelMap(
        logits=(-3.0, -2.5, 0.5, 3.0), probabilities=(0.01, 0.3, 0.35, 0.9)
    ),
    label_map.LabelMap(logits=(0.0,), probabilities=(0.25,)),
)
LABELS = calibrations.Calibration(
    label_maps=MAPS, label_thresholds=(0.5, 0.2, 0.32, 0.1)
)


def answered(calibration, logits=LOGITS):
    make = calibrated.answer(calibration)
    found = tf.function(make)(tf.constant(logits), tf.constant(NAMES))
    return {name: value.numpy() for name, value in found.items()}


def test_a_model_without_a_calibration_answers_as_before():
    assert calibrated.answer(None) is None


def test_classes():
    found = answered(CLASSES)
    outputs = CLASSES.applied({"logits": LOGITS})
    shares = example_predictions.softmax(outputs["logits"])
    np.testing.assert_allclose(found["probabilities"], shares, atol=1e-6)
    is_none = outputs["is_none"]
    assert 20 < is_none.sum() < 280
    np.testing.assert_array_equal(found["none_of_these"], is_none)
    best = np.array(NAMES)[LOGITS.argmax(-1)]
    assert [x.decode() for x in found["best_label"]] == best.tolist()
    label = np.where(is_none, "", best)
    assert [x.decode() for x in found["label"]] == label.tolist()
    rows = [
        calibrated_rows.shown(outputs, shares, NAMES, row) for row in range(300)
    ]
    sets = [[x.decode() for x in row if x] for row in found["prediction_set"]]
    assert sets == [row["prediction_set"] for row in rows]
    assert {len(row) for row in sets} == {1, 2, 3, 4}
    assert found["prediction_set"].shape == (300, 4)
    assert all(row[0] == one for row, one in zip(sets, best, strict=True))


def test_a_temperature_alone_adds_no_keys():
    calibration = calibrations.Calibration(temperature=1.7)
    found = answered(calibration)
    plain = texts.class_answer(tf.constant(LOGITS), tf.constant(NAMES))
    assert found.keys() == plain.keys()
    np.testing.assert_array_equal(found["label"], plain["label"])


def test_an_empty_batch_has_a_set_of_one_slot():
    found = answered(CLASSES, np.zeros([0, 4], np.float32))
    assert found["prediction_set"].shape == (0, 1)


def test_several_labels():
    found = answered(LABELS)
    outputs = LABELS.applied({"logits": LOGITS})
    shares = example_predictions.sigmoid(outputs["logits"])
    np.testing.assert_allclose(found["probabilities"], shares, atol=1e-5)
    np.testing.assert_allclose(
        found["probabilities"], LABELS.of_labels(LOGITS), atol=1e-5
    )
    np.testing.assert_array_equal(found["chosen"], outputs["chosen"])
    assert 0 < found["chosen"].mean() < 1
    assert found.keys() == {"labels", "probabilities", "chosen"}
    np.testing.assert_array_equal(outputs["uncalibrated_logits"], LOGITS)


@pytest.mark.parametrize("size", [-1e4, -40.0, 40.0, 1e4])
def test_extreme_logits_stay_finite(size):
    logits = np.full([2, 4], size, np.float32)
    found = answered(LABELS, logits)
    assert np.isfinite(found["probabilities"]).all()
    assert np.isfinite(LABELS.applied({"logits": logits})["logits"]).all()


def test_lines_alone():
    lines = dataclasses.replace(LABELS, label_maps=(MAPS[1],) * 4)
    found = answered(lines)
    expected = 1 / (1 + np.exp(-(0.4 * LOGITS.astype(np.float64) - 1)))
    np.testing.assert_allclose(found["probabilities"], expected, atol=1e-6)
