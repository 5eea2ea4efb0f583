"""Figures of matplotlib as SVG whose colours are the page's."""

import io
import re

from albert_tf import plots

# The colors of plots, lighter, for dark pages.
DARK_COLOURS = (
    "#4aa8e0",
    "#f0803c",
    "#2fbf95",
    "#dd94be",
    "#8fd0f5",
    "#f2b84b",
    "#b5b5b5",
)
# Of axes, of their numbers, and of what lies behind a label.
GRAY, TICKS, PAPER = "#8a8a8a", "#555555", "#fefefe"
# What a page calls each colour.
_VARIABLES = {
    **{shade: f"--c{number}" for number, shade in enumerate(plots.COLORS)},
    GRAY: "--axis",
    TICKS: "--ticks",
    PAPER: "--paper",
}
SIZE = (5.9, 2.9)


def variable(number: int) -> str:
    """A colour by its number, for the style of an element of the page."""
    return f"var({_VARIABLES[plots.color(number)]})"


def colours_css(colours=plots.COLORS) -> str:
    """The page's names of the colours of curves, as CSS."""
    return " ".join(
        f"--c{number}: {shade};" for number, shade in enumerate(colours)
    )


def make_figure(size: tuple[float, float] = SIZE):
    """A figure of matplotlib, in inches."""
    from matplotlib import figure

    return figure.Figure(figsize=size, layout="constrained")


def drawable(text: str) -> str:
    """The text without what matplotlib cannot draw: half characters, and ends
    of lines."""
    text = text.encode("utf-8", "backslashreplace").decode()
    return " ".join(text.split())


def element(figure, name: str) -> str:
    """A figure as an <svg> element that no other in its page gets mixed up
    with.

    Args:
        figure: of matplotlib.
        name: of the figure, its own in the page.
    """
    import matplotlib

    text = io.StringIO()
    # The salt decides the ids that a panel refers to its own parts by.
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
    # Sized by the page; ids of groups, equal in all panels, are of no use.
    drawing = re.sub(r' (?:width|height)="[^"]*pt"', "", drawing, count=2)
    drawing = re.sub(r'<g id="[^"]*"', "<g", drawing)
    # A hundredth of a point is enough, and half the bytes.
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
