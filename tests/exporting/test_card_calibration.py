"""The model card says whether probabilities are calibrated, and their worth."""

from albert_tf.exporting.card import calibration

ABOUT = {
    "data": {"file": "dev.csv", "rows": 3100},
    "before": {
        "expected_calibration_error": 0.0853,
        "micro_f1": 0.4134,
        "macro_f1": 0.1368,
    },
    "after": {
        "expected_calibration_error": 0.0121,
        "micro_f1": 0.4771,
        "macro_f1": 0.2472,
        "in_scope_answered": 0.95,
        "out_of_scope_recall": 0.63,
        "set_coverage": 0.901,
        "mean_set_size": 1.079,
    },
}
NOTHING = {
    "label_thresholds": [],
    "none_threshold": None,
    "coverage": None,
    "about": ABOUT,
}


def lines(**changes):
    return "\n".join(calibration.lines({**NOTHING, **changes}))


def test_without_a_calibration():
    assert calibration.lines(None) == [
        "- Its probabilities are not calibrated."
    ]


def test_probabilities():
    text = lines()
    assert "calibrated on dev.csv (3,100 rows)" in text
    assert "is 0.0121; without the calibration it is 0.0853." in text
    assert "transformers" not in text and "apply the calibration" in text
    assert "threshold" not in text and "sets" not in text


def test_decisions():
    text = lines(none_threshold=0.4017, coverage=0.9)
    assert "below 0.4017: 5.0% of the texts of a class are" in text
    assert "and so are 63.0% of those of no class." in text
    assert "90.1% hold the right class, with 1.08 classes on average" in text
    text = lines(label_thresholds=[0.2, 0.5])
    assert "the micro F1 is 0.4771 and the macro F1 0.2472" in text
    assert "with a threshold of 0.5 they are 0.4134 and 0.1368." in text
