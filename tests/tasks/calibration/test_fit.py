"""Calibrations are fitted to one half and measured on the other."""

import dataclasses
import json

import numpy as np
import pytest

from data_pipeline.tasks.calibration import calibrations
from data_pipeline.tasks.calibration import fit
from data_pipeline.tasks.calibration import fitted_maps
from data_pipeline.tasks.calibration import halves
from data_pipeline.tasks.calibration import label_map
from data_pipeline.tasks.calibration import measures
from data_pipeline.tasks.calibration import temperatures

NAMES = ["a", "b", "c", "d"]


def sigmoid(logits):
    return 1 / (1 + np.exp(-logits))


def softmax(logits):
    shares = np.exp(logits - logits.max(-1, keepdims=True))
    return shares / shares.sum(-1, keepdims=True)


def places(count):
    return halves.places((f"text {row}",) for row in range(count))


def classes(count=2000, temperature=2.5, seed=0, num=4):
    """Rows whose logits are too large by a factor."""
    rng = np.random.default_rng(seed)
    logits = rng.normal(size=[count, num]) * 1.5
    gold = (logits + rng.gumbel(size=logits.shape)).argmax(-1)
    return fit.Rows(
        logits=(logits * temperature).astype(np.float32),
        gold=gold,
        places=places(count),
    )


def labels(count=2000, seed=0):
    """Rows of 4 labels: calibrated, too sure, crooked, and never given."""
    rng = np.random.default_rng(seed)
    logits = rng.normal(size=[count, 4]) * 1.5 - 1
    crooked = np.where(logits[:, 2] > -1, 0.7, 0.03)
    shares = np.stack(
        [
            *(sigmoid(logits[:, :2]).T),
            crooked,
            np.zeros(count),
        ],
        axis=-1,
    )
    gold = rng.random(shares.shape) < shares
    return fit.Rows(
        logits=(logits * [1, 3, 1, 1]).astype(np.float32),
        gold=gold,
        places=places(count),
    )


def test_a_temperature_makes_probabilities_honest():
    found = fit.fit(classes(), NAMES, fit.Options())
    assert found.calibration.temperature == pytest.approx(2.5, rel=0.1)
    before, after = found.before, found.after
    assert before["expected_calibration_error"] > 0.15
    assert after["expected_calibration_error"] < 0.04
    assert after["brier"] < before["brier"] and after["loss"] < before["loss"]
    assert after["accuracy"] == before["accuracy"]
    assert sum(one["rows"] for one in found.bins["after"]) == 2000


def test_the_temperature_has_the_smallest_loss():
    rows = classes(400)
    best = temperatures.fit(rows.logits, rows.gold)
    grid = np.exp(np.linspace(-2, 2, 801))
    losses = [temperatures.loss(rows.logits, rows.gold, size) for size in grid]
    assert best == pytest.approx(grid[int(np.argmin(losses))], rel=0.01)
    # A model that is always right has a temperature above 0.
    sure = np.eye(2)[[0, 1] * 20] * 9
    assert temperatures.fit(sure, np.array([0, 1] * 20)) >= 0.05


def test_probabilities_that_no_change_makes_better_stay_as_they_are():
    # Each half calls for another temperature than the other.
    rows = classes(400, 1.0)
    wrong = (rows.gold + 1) % 4
    first, _ = halves.halves(rows.places)
    rows = dataclasses.replace(
        rows,
        gold=np.where(first, rows.logits.argmax(-1), wrong),
    )
    found = fit.fit(rows, NAMES, fit.Options())
    assert not found.calibration.changes_probabilities
    assert found.after == found.before
    assert "The temperature stays at 1" in found.notes[0]


def test_platt_scaling_is_that_of_scikit_learn():
    calibration = pytest.importorskip("sklearn.calibration")
    rows = labels()
    logits, gold = rows.logits[:, 1].astype(np.float64), rows.gold[:, 1]
    theirs = calibration._SigmoidCalibration().fit(logits, gold)
    mine = fitted_maps.platt(logits, gold)
    assert mine.method == label_map.PLATT
    assert mine.scale == pytest.approx(1 / 3, rel=0.15)
    np.testing.assert_allclose(mine(logits), theirs.predict(logits), atol=1e-3)


def test_isotonic_regression_rises_between_the_steps_of_scikit_learn():
    import sklearn.isotonic

    rows = labels()
    logits, gold = rows.logits[:, 2].astype(np.float64), rows.gold[:, 2]
    mine = fitted_maps.isotonic(logits, gold)
    steps = sklearn.isotonic.IsotonicRegression(out_of_bounds="clip")
    levels = steps.fit_transform(logits, gold.astype(float))
    assert mine.method == label_map.ISOTONIC
    assert (np.diff(mine.logits) > 0).all()
    assert 0 < min(mine.probabilities) < max(mine.probabilities) < 1
    np.testing.assert_allclose(
        mine.probabilities, np.clip(np.unique(levels), 1 / 4000, 1 - 1 / 4000)
    )
    # The line crosses each step at its center.
    for size, level in zip(mine.logits, mine.probabilities, strict=True):
        own = logits[np.clip(levels, 1 / 4000, 1 - 1 / 4000) == level]
        assert size == pytest.approx(own.mean())
    assert mine(np.array([-50.0, 50.0])).tolist() == [
        mine.probabilities[0],
        mine.probabilities[-1],
    ]


def test_each_label_has_the_map_that_helps_it():
    found = fit.fit(labels(), NAMES, fit.Options())
    methods = [one.method for one in found.calibration.label_maps]
    assert methods == ["identity", "platt", "isotonic", "identity"]
    assert found.after["loss"] < found.before["loss"]
    assert (
        found.after["expected_calibration_error"]
        < found.before["expected_calibration_error"]
    )
    assert found.calibration.label_thresholds[3] == 0.5
    assert "No row has d, whose threshold stays at 0.5." in found.notes
    assert any("identity 2, platt 1, isotonic 1" in x for x in found.notes)


def test_thresholds_of_labels_help_on_the_other_half():
    rng = np.random.default_rng(3)
    logits = rng.normal(size=[3000, 3]) * 1.2 - 2  # labels are rare
    rows = fit.Rows(
        logits=logits.astype(np.float32),
        gold=rng.random(logits.shape) < sigmoid(logits),
        places=places(3000),
    )
    found = fit.fit(rows, NAMES[:3], fit.Options())
    assert all(0.1 < x < 0.45 for x in found.calibration.label_thresholds)
    for name in ("micro_f1", "macro_f1"):
        assert found.after[name] > found.before[name] + 0.05


def test_none_of_these_rejects_texts_of_no_class():
    rng = np.random.default_rng(0)
    rows = classes(2000, 1.0)
    far = rng.normal(size=[400, 4]).astype(np.float32) * 0.1
    rows = fit.Rows(
        logits=np.concatenate([rows.logits * 3, far]),
        gold=np.concatenate([rows.gold, np.full(400, -1)]),
        places=places(2400),
    )
    found = fit.fit(rows, NAMES, fit.Options(none_label="oos"))
    after = found.after
    assert found.calibration.none_label == "oos"
    assert after["out_of_scope_recall"] > 0.9
    assert after["in_scope_accuracy"] > found.before["accuracy"] - 0.15
    # Rows of no class count neither for the temperature nor for the loss.
    inside = fit.fit(rows.inside, NAMES, fit.Options())
    assert inside.calibration.temperature == found.calibration.temperature
    # A share of the rows in scope sets a threshold without the others.
    some = fit.fit(rows.inside, NAMES, fit.Options(none_share=0.1))
    assert some.after["in_scope_answered"] == pytest.approx(0.9, abs=0.03)
    assert "out_of_scope_recall" not in some.after


def test_halves_go_by_texts_alone():
    texts = [("one", "two"), ("three",), ("one", "two")]
    found = halves.places(texts)
    assert found[0] == found[2] != found[1]
    np.testing.assert_array_equal(halves.places(texts[::-1]), found[::-1])
    many = places(1000)
    first, second = halves.halves(many)
    assert 400 < first.sum() < 600 and not (first & second).any()
    for half in (first, second):
        assert set(halves.folds(many)[half]) == set(range(5))


ONE_LABEL = dataclasses.replace(labels(200), gold=np.zeros([200, 4], bool))


@pytest.mark.parametrize(
    "rows, options, message",
    [
        (classes(30), {}, "at least 20 labeled rows in each half"),
        (
            dataclasses.replace(classes(200), gold=np.zeros(200, int)),
            {},
            "rows of at least two classes",
        ),
        (classes(60), {"coverage": 0.99}, "at least 99 labeled rows"),
        (classes(200), {"none_label": "oos"}, "label of rows in both halves"),
        (labels(200), {"coverage": 0.9}, "models that choose one class"),
        (labels(200), {"none_share": 0.1}, "models that choose one class"),
        (ONE_LABEL, {}, "rows with labels in each half"),
    ],
)
def test_rows_that_fit_nothing_are_refused(rows, options, message):
    with pytest.raises(ValueError, match=message):
        fit.fit(rows, NAMES, fit.Options(**options))


@pytest.mark.parametrize("rows", [classes(200), labels(400)])
def test_before_and_after_for_a_report(rows):
    found = fit.fit(rows, NAMES, fit.Options()).calibration
    outputs = {"logits": rows.logits}
    before = measures.before_and_after(outputs, rows.gold)
    assert before.keys() == {"before"}
    both = measures.before_and_after(found.applied(outputs), rows.gold)
    assert both["before"] == before["before"] and both["after"]["bins"]
    assert both["after"]["brier"] < both["before"]["brier"]


def test_a_class_that_no_row_has_is_named():
    found = fit.fit(classes(200), [*NAMES, "e"], fit.Options())
    assert "No row has e." in found.notes


@pytest.mark.parametrize("rows", [classes(200), labels(400)])
def test_a_calibration_is_the_same_after_json(rows):
    options = fit.Options() if rows.have_labels else fit.Options(coverage=0.9)
    found = fit.fit(rows, NAMES, options).calibration
    text = json.dumps(found.as_json())
    again = calibrations.from_json(json.loads(text), len(NAMES))
    assert again == found and again.fingerprint == found.fingerprint
    ours, theirs = (x.applied({"logits": rows.logits}) for x in (found, again))
    for name, value in ours.items():
        np.testing.assert_array_equal(value, theirs[name])


@pytest.mark.parametrize(
    "change",
    [
        {"temperature": 0.0},
        {"temperature": "warm"},
        {"none_threshold": 2.0},
        {"label_thresholds": [0.5]},
        {"label_maps": [{"scale": 1}] * 4},
        {
            "label_maps": [
                {
                    "scale": 1.0,
                    "bias": 0.0,
                    "logits": [1.0, 0.0],
                    "probabilities": [0.2, 0.4],
                }
            ]
            * 4,
            "label_thresholds": [0.5] * 4,
        },
        {"about": []},
        {"none_label": 3},
    ],
)
def test_damaged_calibrations_are_refused(change):
    values = {**calibrations.Calibration().as_json(), **change}
    with pytest.raises((ValueError, TypeError, KeyError)):
        calibrations.from_json(values, 4)


def test_rows_of_no_class_alone_are_measured():
    calibration = calibrations.Calibration(none_threshold=0.9, coverage=0.9)
    calibration = dataclasses.replace(calibration, set_threshold=0.2)
    outputs = calibration.applied({"logits": classes(50).logits})
    found = measures.of_evaluation(outputs, np.full(50, -1))
    assert 0 < found["out_of_scope_recall"] < 1
    assert found["out_of_scope_precision"] == 1
    assert "brier" not in found and "set_coverage" not in found
