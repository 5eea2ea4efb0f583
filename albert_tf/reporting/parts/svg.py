"""Turns figures of matplotlib into SVG with the colors of the page."""

import io
import re
from collections.abc import Sequence
from typing import Any

from albert_tf import plots

# Lighter variants of `plots.COLORS`, for dark pages.
DARK_COLORS = (
    "#4aa8e0",
    "#f0803c",
    "#2fbf95",
    "#dd94be",
    "#8fd0f5",
    "#f2b84b",
    "#b5b5b5",
)
# Colors of axes, of their numbers, and of the background of labels.
GRAY, TICKS, PAPER = "#8a8a8a", "#555555", "#fefefe"
# CSS variables for the colors.
_VARIABLES = {
    **{shade: f"--c{number}" for number, shade in enumerate(plots.COLORS)},
    GRAY: "--axis",
    TICKS: "--ticks",
    PAPER: "--paper",
}
SIZE = (5.9, 2.9)


def variable(number: int) -> str:
    """The CSS value of the color with a number."""
    return f"var({_VARIABLES[plots.color(number)]})"


def colors_css(colors: Sequence[str] = plots.COLORS) -> str:
    """The CSS that defines the variables for the colors of curves."""
    return " ".join(
        f"--c{number}: {shade};" for number, shade in enumerate(colors)
    )


def make_figure(size: tuple[float, float] = SIZE) -> Any:
    """A figure of matplotlib; `size` is in inches."""
    from matplotlib import figure

    return figure.Figure(figsize=size, layout="constrained")


def drawable(text: str) -> str:
    """The text without lone surrogates and line breaks, which matplotlib cannot
    draw."""
    text = text.encode("utf-8", "backslashreplace").decode()
    return " ".join(text.split())


def element(figure: Any, name: str) -> str:
    """Turns a figure into an <svg> element.

    Args:
        figure: a figure of matplotlib.
        name: a name that is unique in the page.
    """
    import matplotlib

    text = io.StringIO()
    # The salt makes the ids unique by which a panel refers to its own parts.
    with matplotlib.rc_context(
        {"svg.fonttype": "none", "svg.hashsalt": name, "path.simplify": True}
    ):
        figure.savefig(
            text,
            format="svg",
            transparent=True,
            metadata=dict.fromkeys(("Creator", "Date", "Format", "Type")),
        )
    drawing = text.getvalue()
    drawing = drawing[drawing.index("<svg") :]
    # The page sets the size. The ids of groups are equal in all panels and not
    # used.
    drawing = re.sub(r' (?:width|height)="[^"]*pt"', "", drawing, count=2)
    drawing = re.sub(r'<g id="[^"]*"', "<g", drawing)
    # Two decimals are enough, and take half the bytes.
    drawing = re.sub(
        r' d="[^"]*"',
        lambda path: re.sub(r"(\.\d\d)\d+", r"\1", path[0]),
        drawing,
    )
    drawing = re.sub(
        r' style="[^"]*"', lambda style: _with_variables(style[0]), drawing
    )
    return drawing.replace("<svg ", '<svg role="img" ', 1)


def _with_variables(style: str) -> str:
    return re.sub(
        r"#[0-9a-f]{6}",
        lambda shade: (
            f"var({_VARIABLES[shade[0]]})"
            if shade[0] in _VARIABLES
            else shade[0]
        ),
        style,
    )
