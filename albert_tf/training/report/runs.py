"""The folders of runs, read for a report."""

import collections
import dataclasses
import math
import os
from typing import Any

import numpy as np
import tensorflow as tf

from albert_tf import json_file
from albert_tf.training import run_folder
from albert_tf.training.report import curves as curves_lib

RESULTS_FILE = "eval_results.json"


@dataclasses.dataclass(frozen=True)
class Run:
    """What a run's folder says about it.

    name: of the run among those of the report.
    folder: where it lies.
    settings: of run.json; those inside an object as "object.name".
    curves: of metrics.jsonl, by kind ("train" or "eval") and key.
    results: the numbers of eval_results.json; None without one.
    events: of events.jsonl, each with "step" and "event"; none without one.
    """

    name: str
    folder: str
    settings: dict[str, Any]
    curves: dict[tuple[str, str], curves_lib.Curve]
    results: dict[str, float] | None
    events: list[dict[str, Any]]

    @property
    def last_step(self) -> int:
        return max(int(curve.steps[-1]) for curve in self.curves.values())

    def end_metrics(self) -> tuple[dict[str, float], str]:
        """Its last held-out numbers, or training's, and where they are from."""
        if self.results is not None:
            return self.results, RESULTS_FILE
        kind = "eval" if any(k == "eval" for k, _ in self.curves) else "train"
        curves = {
            key: curve for (k, key), curve in self.curves.items() if k == kind
        }
        step = max(int(curve.steps[-1]) for curve in curves.values())
        values = {
            key: float(curve.values[-1])
            for key, curve in curves.items()
            if curve.steps[-1] == step
        }
        origin = {"eval": "held out", "train": "training"}[kind]
        return values, f"{origin}, step {step:,}"


def read_runs(folders: list[str]) -> list[Run]:
    """Reads the folders of runs, in their order.

    Raises:
        FileNotFoundError: a folder without run.json or metrics.jsonl.
        ValueError: a file that is damaged, or holds no number yet.
    """
    return [
        _read_run(name, folder)
        for name, folder in zip(_names(folders), folders, strict=True)
    ]


def _names(folders: list[str]) -> list[str]:
    """The last parts of the paths, as many as tell them apart."""
    parts = [os.path.normpath(folder).split(os.sep) for folder in folders]
    for count in range(1, max(map(len, parts)) + 1):
        names = ["/".join(part[-count:]) for part in parts]
        if len(set(names)) == len(names):
            return names
    return folders


def _read_run(name: str, folder: str) -> Run:
    for required in (run_folder.RUN_FILE, run_folder.METRICS_FILE):
        if not tf.io.gfile.exists(os.path.join(folder, required)):
            raise FileNotFoundError(
                f"A run's folder must have a {required}. Received: {folder}, "
                "which has none. Name the --output_dir of run_pretraining.py "
                "or run_classifier.py."
            )
    results = _read_object(os.path.join(folder, RESULTS_FILE))
    if results is not None:
        results = {k: v for k, v in results.items() if _is_number(v)}
    return Run(
        name=name,
        folder=folder,
        settings=dict(
            _flat(_read_object(os.path.join(folder, run_folder.RUN_FILE)))
        ),
        curves=_curves(os.path.join(folder, run_folder.METRICS_FILE)),
        results=results,
        events=run_folder.read_events(folder),
    )


def _read_object(path: str) -> dict[str, Any] | None:
    """The object that a JSON file holds; None where there is no file."""
    if not tf.io.gfile.exists(path):
        return None
    return json_file.read_object(path)


def _curves(path: str) -> dict[tuple[str, str], curves_lib.Curve]:
    points = collections.defaultdict(lambda: ([], []))
    for row in run_folder.read_rows(path, "kind"):
        for key, value in row.items():
            if key != "step" and _is_number(value):
                steps, values = points[row["kind"], key]
                steps.append(row["step"])
                values.append(value if math.isfinite(value) else math.nan)
    if not points:
        raise ValueError(
            f"{path} must hold measurements. Received: an empty file. Wait for "
            "the run's first report, after --iterations_per_loop steps."
        )
    return {
        key: curves_lib.Curve(np.array(steps), np.array(values, float))
        for key, (steps, values) in points.items()
    }


def _flat(values: dict[str, Any], prefix: str = ""):
    for name, value in values.items():
        if isinstance(value, dict):
            yield from _flat(value, f"{prefix}{name}.")
        else:
            yield prefix + name, value


def _is_number(value) -> bool:
    if isinstance(value, int):
        return not isinstance(value, bool) and abs(value) < run_folder.INT64
    return isinstance(value, float)
