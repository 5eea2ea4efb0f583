"""What all plots share: their colors, and whether they can be drawn."""

# Okabe and Ito's colors, which the color-blind can tell apart too; without
# yellow, which is too light for a line on white.
COLORS = (
    "#0072b2",
    "#d55e00",
    "#009e73",
    "#cc79a7",
    "#56b4e9",
    "#e69f00",
    "#4d4d4d",
)


def color(number: int) -> str:
    """The color of the curve with this number, from 0."""
    return COLORS[number % len(COLORS)]


def is_drawable() -> bool:
    """Whether matplotlib is installed."""
    try:
        import matplotlib  # noqa: F401
    except ImportError:
        return False
    return True


def check_matplotlib() -> None:
    """Raises ImportError, with the remedy, where matplotlib is missing."""
    if not is_drawable():
        raise ImportError(
            "matplotlib must be installed to draw curves. Received: no such "
            "package. Install it with: pip install 'albert_tf[demo]'"
        )
