"""Draws the scores of trials, and which settings made the difference."""

from collections.abc import Mapping
from collections.abc import Sequence
from typing import IO
from typing import Any

from albert_tf import plots

_COLORS = {"complete": 0, "given up": 6}


def draw(
    rows: Sequence[Mapping[str, Any]],
    importances: Mapping[str, float],
    file: IO,
) -> None:
    """Draws the scores by trial, with the best so far, and the importances.

    Args:
        rows: as in `study.Study.rows`.
        importances: as in `study.Study.importances`; {}: draw none.
        file: binary file to write a PNG to.
    Raises:
        ImportError: matplotlib is not installed.
    """
    plots.check_matplotlib()
    from matplotlib import figure as matplotlib_figure
    from matplotlib import ticker

    figure = matplotlib_figure.Figure(figsize=(10, 3.8), layout="constrained")
    count = 2 if importances else 1
    axes = figure.subplots(1, count, squeeze=False)[0]
    _draw_scores(axes[0], rows)
    axes[0].xaxis.set_major_locator(ticker.MaxNLocator(integer=True))
    if importances:
        names = sorted(importances, key=importances.__getitem__)
        shares = [importances[name] for name in names]
        axes[1].barh(names, shares, color=plots.color(0))
        axes[1].set(xlabel="share in the differences between scores")
        axes[1].set_xlim(0, 1)
        axes[1].grid(alpha=0.3, axis="x")
    figure.savefig(file, format="png", dpi=120)


def _draw_scores(axis: Any, rows: Sequence[Mapping[str, Any]]) -> None:
    scored = [row for row in rows if row["score"] is not None]
    for state, number in _COLORS.items():
        points = [row for row in scored if row["state"] == state]
        if points:
            axis.scatter(
                [row["trial"] for row in points],
                [row["score"] for row in points],
                color=plots.color(number),
                marker="o" if state == "complete" else "x",
                label=state,
            )
    best: list[tuple[int, float]] = []
    for row in scored:
        if row["state"] == "complete":
            highest = max(row["score"], best[-1][1] if best else row["score"])
            best.append((row["trial"], highest))
    if best:
        axis.step(
            *zip(*best, strict=True),
            where="post",
            color=plots.color(1),
            label="best so far",
        )
    axis.set(xlabel="trial", ylabel="score on the evaluation data")
    axis.grid(alpha=0.3)
    if scored:
        axis.legend()
