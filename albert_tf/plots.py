"""Colors of all plots, and the check for matplotlib."""

# Okabe and Ito's colors, which color-blind people can tell apart, without
# yellow, which is too light on white.
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
    """The color of a curve, given its number from 0."""
    return COLORS[number % len(COLORS)]


def is_drawable() -> bool:
    """Whether matplotlib is installed."""
    try:
        import matplotlib  # noqa: F401
    except ImportError:
        return False
    return True


def check_matplotlib() -> None:
    """Raises ImportError if matplotlib is not installed."""
    if not is_drawable():
        raise ImportError(
            "matplotlib must be installed to draw curves, but is not. Install "
            "it with: pip install 'albert_tf[demo]'"
        )
