"""Finds the baselines of a run's numbers, measured on the same data."""

import math

from albert_tf.reporting import run_data
from albert_tf.reporting.evaluations import evaluation_details
from albert_tf.reporting.parts import titles

# The value and a description; None for both if there is no baseline.
Baseline = tuple[float, str] | tuple[None, None]


def of_end(run: run_data.Run, key: str) -> Baseline:
    """The baseline of a number in `run.end_metrics`."""
    return _find(run, run.end_metrics()[0], key)


def of_curve(run: run_data.Run, key: str) -> Baseline:
    """The baseline of a held-out curve, whose data may differ from that of the
    numbers at the end."""
    # Pretraining writes its baselines at the end, for the same data.
    values = {} if run.tasks else {**(run.results or {})}
    for (kind, name), curve in run.curves.items():
        if kind == "eval":
            values[name] = float(curve.values[-1])
    return _find(run, values, key)


def _find(run: run_data.Run, values: dict[str, float], key: str) -> Baseline:
    """Looks for a baseline among the numbers of an evaluation, then in its
    details."""
    if not titles.better(key):
        return None, None
    name, words = titles.baseline_of(key)
    if name is not None and words is not None and name in values:
        return values[name], words
    prefix, slash, metric = key.rpartition("/")
    for evaluation in run.evaluations:
        if (
            metric in evaluation.baseline
            and {*prefix.split("/")} <= {evaluation.task, evaluation.part, ""}
            and _is_of(evaluation, values, prefix + slash)
        ):
            return evaluation.baseline[metric], evaluation.baseline_name
    if key == run.main_metric and "baseline" in values:
        _, words = titles.baseline_of("score")
        assert words is not None
        return values["baseline"] * run.percent, words
    return None, None


def _is_of(
    evaluation: evaluation_details.Evaluation,
    values: dict[str, float],
    prefix: str,
) -> bool:
    """Whether an evaluation has the same data as these numbers, judging by its
    baselines."""
    loss = values.get(f"{prefix}baseline_loss")
    own = evaluation.baseline
    if loss is not None and "loss" in own:
        return math.isclose(loss, own["loss"])
    score = values.get("baseline")
    main = own.get(evaluation.metric)
    return (
        score is not None
        and main is not None
        and any(math.isclose(main, score * factor) for factor in (1, 100))
    )
