"""Reads the folders of runs for a report."""

import collections
import dataclasses
import json
import math
import os
from collections.abc import Iterator
from collections.abc import Sequence
from typing import Any

import numpy as np
import tensorflow as tf

from albert_tf.io import json_file
from albert_tf.io import literal_paths
from albert_tf.reporting import curves as curves_lib
from albert_tf.reporting.evaluations import evaluation_details
from albert_tf.reporting.evaluations import json_forms
from albert_tf.reporting.parts import titles
from albert_tf.runs import evaluations
from albert_tf.runs import run_folder

RESULTS_FILE = "eval_results.json"
# Main metrics of tasks. If two are equal at all steps, the first one counts.
_MAIN_METRICS = (
    "accuracy_and_f1",
    "matthews",
    "pearson_and_spearman",
    "micro_f1",
    "f1",
    "accuracy",
)


@dataclasses.dataclass(frozen=True)
class Run:
    """The contents of a run's folder.

    Attributes:
        name: name of the run, unique in the report.
        folder: the folder.
        settings: the settings in run.json; those in an object have names such
            as "object.name".
        tasks: the tasks of a fine-tuning run; empty for pretraining.
        curves: the curves of metrics.jsonl, by kind ("train" or "eval") and
            key.
        results: the numbers of eval_results.json; None if there is no such
            file.
        origin: the checkpoint and the data of `results`.
        evaluations: the details of evaluations.
        events: the events of events.jsonl, each with "step" and "event".
    """

    name: str
    folder: str
    settings: dict[str, Any]
    tasks: tuple[str, ...]
    curves: dict[tuple[str, str], curves_lib.Curve]
    results: dict[str, float] | None
    origin: str
    evaluations: list[evaluation_details.Evaluation]
    events: list[dict[str, Any]]

    @property
    def last_step(self) -> int:
        """The last step with a report."""
        return max(int(curve.steps[-1]) for curve in self.curves.values())

    @property
    def num_steps(self) -> int | None:
        """The number of steps of the whole run; None if run.json does not
        contain it."""
        for name in ("num_train_steps", "num_steps"):
            steps = self.settings.get(name)
            if type(steps) is int and steps > 0:
                return steps
        return None

    @property
    def main_metric(self) -> str:
        """The key of the metric that decides which checkpoint is the best. For
        a single task it is the task's own metric, to which the score is
        equal."""
        if not self.tasks:
            return "mlm_loss"
        score = self.curves.get(("eval", "score"))
        for key in _MAIN_METRICS:
            curve = self.curves.get(("eval", key))
            if (
                curve
                and score
                and len(curve.steps) == len(score.steps)
                and np.allclose(
                    curve.values, self.percent * score.values, equal_nan=True
                )
            ):
                return key
        return "score"

    @property
    def percent(self) -> int:
        """100 if the main metric is in percent, as for spans; otherwise 1."""
        is_span = {("eval", "exact"), ("eval", "exact_match")} & {*self.curves}
        return 100 if is_span else 1

    @property
    def best(self) -> tuple[int, float] | None:
        """The step of the best checkpoint, and its main metric; None without
        evaluations of all layers."""
        curve = self.curves.get(("eval", self.main_metric))
        depths = self.curves.get(("eval", "num_layers"))
        if curve and depths:
            layers = self.settings.get("config.num_hidden_layers")
            curve = curves_lib.only_where(curve, depths, layers)
        if curve is None or np.isnan(curve.values).all():
            return None
        is_loss = titles.better(self.main_metric) < 0
        place = (np.nanargmin if is_loss else np.nanargmax)(curve.values)
        return int(curve.steps[place]), float(curve.values[place])

    def end_metrics(self) -> tuple[dict[str, float], str]:
        """The last held-out numbers, or without them the last numbers of
        training, and a description of their origin."""
        if self.results is not None:
            return self.results, self.origin
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


def read_runs(folders: Sequence[str]) -> list[Run]:
    """Reads the folders of runs, in their order.

    The folder of several seeds stands for the runs of all seeds.

    Raises:
        FileNotFoundError: a folder has no run.json or no metrics.jsonl.
        ValueError: a file is damaged, or has no numbers yet.
    """
    folders = [run for folder in folders for run in _runs_in(folder)]
    return [
        _read_run(name, folder)
        for name, folder in zip(_names(folders), folders, strict=True)
    ]


def _runs_in(folder: str) -> list[str]:
    """The folder of a run, or the folders of its seeds."""
    if tf.io.gfile.exists(os.path.join(folder, run_folder.RUN_FILE)):
        return [folder]
    pattern = os.path.join(
        literal_paths.escape(folder), "seed_*", run_folder.RUN_FILE
    )
    paths = sorted(tf.io.gfile.glob(pattern))
    return [os.path.dirname(path) for path in paths] or [folder]


def _names(folders: list[str]) -> list[str]:
    """The shortest ends of the paths that are all different."""
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
                "which has no such file. Name the --output_dir of albert-tf "
                "pretrain or albert-tf finetune."
            )
    settings = json_file.read_object(os.path.join(folder, run_folder.RUN_FILE))
    results = _read_object(os.path.join(folder, RESULTS_FILE))
    details = evaluation_details.read(folder)
    labels = settings.get("labels")
    tasks = tuple(labels) if isinstance(labels, dict) else ()
    return Run(
        name=name,
        folder=folder,
        settings=dict(_flat(settings)),
        tasks=tasks,
        curves=_curves(os.path.join(folder, run_folder.METRICS_FILE), tasks),
        results=results
        and {k: v for k, v in results.items() if json_forms.is_number(v)},
        origin=_origin(results or {}, details, evaluations.read(folder)),
        evaluations=details,
        events=run_folder.read_events(folder),
    )


def _read_object(path: str) -> dict[str, Any] | None:
    """The object in a JSON file; None if there is no file."""
    if not tf.io.gfile.exists(path):
        return None
    return json_file.read_object(path)


def _origin(
    results: dict[str, Any],
    details: list[evaluation_details.Evaluation],
    recorded: list[dict[str, Any]],
) -> str:
    """The checkpoint and data of eval_results.json: as written in the file, or
    in the details or the record of an evaluation with the same numbers."""
    said = [
        value if isinstance(value, str) else json.dumps(value)
        for value in map(results.get, ("checkpoint", "data"))
        if value is not None
    ]
    if said:
        return ", ".join(said)
    same = [
        evaluation.origin
        for evaluation in details
        if any(
            all(
                results.get(prefix + name) == value
                for name, value in evaluation.metrics.items()
            )
            for prefix in (
                "",
                f"{evaluation.task}/",
                f"{evaluation.part}/",
                f"{evaluation.task}/{evaluation.part}/",
            )
        )
    ]
    same = (
        same
        or [
            _recorded_origin(each)
            for each in recorded
            if each["results"] == results
        ][:1]
    )
    return "; ".join(same) or f"{RESULTS_FILE}, data not recorded"


def _recorded_origin(evaluation: dict[str, Any]) -> str:
    parts = [
        f"{part['file']}, {part['rows']:,} rows"
        for found in evaluation["data"].values()
        for part in found
    ]
    return ", ".join([evaluation["checkpoint"], *parts])


def _curves(
    path: str, tasks: tuple[str, ...]
) -> dict[tuple[str, str], curves_lib.Curve]:
    points: dict[tuple[str, str], tuple[list[int], list[float]]]
    points = collections.defaultdict(lambda: ([], []))
    # Losses by task, under the names that held-out ones have.
    names = {f"{task}_loss": f"{task}/loss" for task in tasks}
    for row in run_folder.read_rows(path, "kind"):
        if row["kind"] not in ("train", "eval"):
            raise ValueError(
                f'The "kind" of each row in {path} must be "train" or "eval". '
                f"Received: {row['kind']!r:.60}. Remove that line."
            )
        for key, value in row.items():
            if key != "step" and json_forms.is_number(value):
                key = names.get(key, key)
                steps, values = points[row["kind"], key]
                steps.append(row["step"])
                values.append(value if math.isfinite(value) else math.nan)
    if not points:
        raise ValueError(
            f"{path} must hold numbers. Received: an empty file. Wait for the "
            "run's first report, after --iterations_per_loop steps."
        )
    return {
        key: curves_lib.Curve(np.array(steps), np.array(values, float))
        for key, (steps, values) in points.items()
    }


def _flat(
    values: dict[str, Any], prefix: str = ""
) -> Iterator[tuple[str, Any]]:
    for name, value in values.items():
        if isinstance(value, dict):
            yield from _flat(value, f"{prefix}{name}.")
        else:
            yield prefix + name, value
