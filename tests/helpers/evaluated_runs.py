"""Folders of fine-tuning runs with evaluations."""

import json
import re

from albert_tf.reporting import page as page_lib
from albert_tf.reporting import run_data

VALUES = {"accuracy": 0.75, "rows": 40, "loss": 0.5, "baseline_loss": 0.69}


def report(**changes):
    """A report, with the fields that are given in place of others."""
    names = ["no", "yes"]
    bounds = {"low": 0.6, "high": 0.87}
    return {
        "task": "sst-2",
        "kind": "classification",
        "part": "dev",
        "data": "dev.tsv",
        "checkpoint": "best/ckpt-20",
        "rows": 40,
        "loss": 0.5,
        "metric": {"name": "accuracy", "value": 0.75, **bounds},
        "metrics": VALUES,
        "baselines": [
            {
                "name": "most frequent class (yes)",
                "short": "majority",
                "metrics": {"accuracy": 0.55},
                "loss": 0.69,
                "trained_rows": 100,
                "difference": {"value": 0.2, "low": 0.1, "high": 0.3},
            }
        ],
        "per_class": [
            {"name": name, "precision": 0.5, "f1": 0.25, "support": 20}
            for name in names
        ],
        "averages": [{"name": "macro", "precision": 0.5, "f1": None}],
        "confusion": {"names": names, "counts": [[15, 5], [5, 15]]},
        "confused": [{"label": "no", "prediction": "yes", "rows": 5}],
        "calibration": {
            "expected_calibration_error": 0.1,
            "brier": 0.2,
            "bins": [
                {
                    "low": 0.8,
                    "high": 0.9,
                    "rows": 40,
                    "confidence": 0.85,
                    "accuracy": 0.75,
                }
            ],
        },
        "groups": [grouped()],
        "by_length": None,
        "duplicates": None,
        "by_range": [],
        "residuals": {},
        "points": [],
        "training": {"file": "train.tsv", "rows": 100},
        "verdict": "The model is better than the baseline.",
        "findings": ["Class no is never predicted; its support is 20."],
        "errors": {"count": 10, "file": "dev_errors.jsonl"},
        **changes,
    }


def grouped(**changes):
    """The metric by group, with two groups, one of them too small."""
    bounds = {"low": None, "high": None}
    return {
        "column": "country",
        "groups": [
            {"name": "Ghana", "rows": 39, "value": 0.8, "too_small": False}
            | bounds,
            {"name": "Peru", "rows": 1, "value": 1.0, "too_small": True}
            | bounds,
        ],
        "left_out": 0,
        "gap": None,
        **changes,
    }


def error(**changes):
    return {
        "id": "0",
        "text": "Not bad.",
        "label": "yes",
        "prediction": "no",
        "probability": 0.9,
        **changes,
    }


def make_run(folder, *, found=None, errors=(), results=VALUES, **settings):
    folder.mkdir(parents=True)
    settings = {"labels": {"sst-2": ["no", "yes"]}, "num_steps": 30, **settings}
    (folder / "run.json").write_text(json.dumps(settings))
    rows = [
        {"step": step, "kind": "train", "loss": 0.7, "accuracy": 0.5}
        for step in (10, 20, 30)
    ]
    for step, accuracy in ((10, 0.5), (20, 0.75), (30, 0.7)):
        held_out = {"score": accuracy, "baseline": 0.55, "accuracy": accuracy}
        held_out |= {"loss": 0.6, "baseline_loss": 0.69, "rows": 40}
        held_out |= {"predicted_classes": 2}
        rows.append({"step": step, "kind": "eval", **held_out})
    write_lines(folder / "metrics.jsonl", rows)
    if results:
        values = {"score": results["accuracy"], "baseline": 0.55, **results}
        (folder / "eval_results.json").write_text(json.dumps(values))
    if found:
        (folder / "report.json").write_text(json.dumps(found))
        write_lines(folder / "dev_errors.jsonl", errors)
    return str(folder)


def write_lines(path, rows):
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))


def page_of(*folders):
    return page_lib.page(run_data.read_runs(list(folders)))


def plain(page):
    return " ".join(re.sub("<[^>]+>", " ", page).split())
