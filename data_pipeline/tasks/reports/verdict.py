"""The first sentence of a report: whether the model beats its baselines."""

from collections.abc import Mapping
from typing import Any

from data_pipeline.tasks.reports import wording


def of(report: Mapping[str, Any]) -> str:
    """The verdict on a model, from its report without findings.

    The strongest baseline counts, and the interval of the difference decides
    whether it is better or worse.
    """
    metric = report["metric"]
    title = wording.title(metric["name"])
    own = f"{title} {wording.number(metric['value'])}"
    if metric["low"] is not None:
        low, high = map(wording.number, (metric["low"], metric["high"]))
        own += f" (95% interval {low} to {high})"
    known = [
        row for row in report["baselines"] if metric["name"] in row["metrics"]
    ]
    if not known:
        return f"The model has {own}; there is no baseline to compare with."
    best = max(known, key=lambda row: row["metrics"][metric["name"]])
    value = best["metrics"][metric["name"]]
    both = f"{own} against {wording.number(value)} for {best['name']}."
    found = best["difference"]
    if found is None or found["low"] is None:
        word = "higher" if metric["value"] > value else "not higher"
        return f"The model's score is {word} than the baseline's: {both}"
    if found["high"] < 0:
        return f"The model is worse than a baseline: {both}"
    if found["low"] <= 0:
        return f"The model is not clearly better than a baseline: {both}"
    many = "every baseline" if len(known) > 1 else "the baseline"
    return f"The model is better than {many}: {both}"
