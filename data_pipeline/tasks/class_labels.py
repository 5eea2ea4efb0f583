"""The labels that a model knows, learnt from data."""

from collections.abc import Iterable
from collections.abc import Sequence


def learn(labels: Iterable[str | tuple[str, ...] | None]) -> list[str]:
    """The labels of a data set, sorted; whole numbers by their size.

    The order of the rows does not matter, so the same data shuffled gives
    the same numbers to the same labels.

    Args:
        labels: of each example; a tuple counts as all in it, None as none.
    Raises:
        ValueError: there are none.
    """
    found: set[str] = set()
    for label in labels:
        found.update((label,) if isinstance(label, str) else label or ())
    if not found:
        raise ValueError(
            "Labels must be learnt from labelled examples. Received: none with "
            "a label. Name the column that holds them."
        )
    try:
        # The text too: "1" and "01" are two labels.
        return sorted(found, key=lambda label: (int(label), label))
    except ValueError:
        return sorted(found)


def number(label: str, labels: Sequence[str]) -> int:
    """The number of a label.

    Raises:
        ValueError: it is not one of `labels`.
    """
    try:
        return labels.index(label)
    except ValueError:
        raise ValueError(
            f"{unknown(labels)} Received: {label!r}. Correct it, or train "
            "with data that has it."
        ) from None


def unknown(labels: Sequence[str]) -> str:
    """The rule that an unknown label breaks, as a sentence."""
    shown = ", ".join(map(repr, labels[:10]))
    more = f" and {len(labels) - 10} more" if len(labels) > 10 else ""
    return f"A label must be one of {shown}{more}."
