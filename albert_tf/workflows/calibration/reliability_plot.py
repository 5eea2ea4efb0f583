"""A reliability diagram: how often probabilities come true."""

from collections.abc import Mapping
from collections.abc import Sequence
from typing import Any

import tensorflow as tf

from albert_tf import plots

FILE_NAME = "reliability.png"

Bins = Sequence[Mapping[str, float]]


def draw(
    bins: Mapping[str, Bins], path: str, *, may_have_several: bool
) -> None:
    """Draws accuracy against probability, before and after a calibration.

    Args:
        bins: by "before" and "after", from `probability_scores.reliability`.
        path: the PNG file to write.
        may_have_several: whether probabilities are those of several labels
            rather than of the likeliest class.
    Raises:
        ImportError: matplotlib is not installed.
    """
    plots.check_matplotlib()
    import matplotlib.figure

    figure = matplotlib.figure.Figure(figsize=(9, 4.2), layout="constrained")
    axes: Any = figure.subplots(1, 2, sharex=True, sharey=True)
    most = max(one["rows"] for own in bins.values() for one in own)
    for number, (name, own) in enumerate(bins.items()):
        side = axes[number]
        side.plot([0, 1], [0, 1], color="#888888", linewidth=1, zorder=1)
        side.plot(
            [one["confidence"] for one in own],
            [one["accuracy"] for one in own],
            color=plots.color(number),
            linewidth=1.5,
            zorder=2,
        )
        side.scatter(
            [one["confidence"] for one in own],
            [one["accuracy"] for one in own],
            # The area of a dot is the share of the rows, with a smallest one.
            s=[12 + 180 * one["rows"] / most for one in own],
            color=plots.color(number),
            alpha=0.8,
            zorder=3,
        )
        side.set_title(f"{name} calibration")
        side.set_xlim(0, 1)
        side.set_ylim(0, 1.02)
        side.set_aspect("equal")
        side.grid(alpha=0.25)
    what = "a label" if may_have_several else "the likeliest class"
    figure.supxlabel(f"probability of {what}")
    axes[0].set_ylabel("how often it is right")
    with tf.io.gfile.GFile(path, "wb") as file:
        figure.savefig(file, format="png", dpi=120)
