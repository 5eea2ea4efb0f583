"""The labels that a model knows, learned from data."""

from collections.abc import Iterable
from collections.abc import Sequence


def learn(labels: Iterable[str | tuple[str, ...] | None]) -> list[str]:
    """The distinct labels of a data set, sorted; integers by value.

    The order of the rows does not matter, so a label has the same number
    after the data is shuffled.

    Args:
        labels: the label of each example; a tuple counts as each label in it,
            None as no label.
    Raises:
        ValueError: there are no labels.
    """
    found: set[str] = set()
    for label in labels:
        found.update((label,) if isinstance(label, str) else label or ())
    if not found:
        raise ValueError(
            "At least one example must have a label. Received: examples "
            "without labels. Name the column that holds the labels."
        )
    try:
        # The text breaks ties: "1" and "01" are two labels.
        return sorted(found, key=lambda label: (int(label), label))
    except ValueError:
        return sorted(found)


def number(label: str, labels: Sequence[str]) -> int:
    """The position of a label in `labels`.

    Raises:
        ValueError: it is not one of them.
    """
    try:
        return labels.index(label)
    except ValueError:
        raise ValueError(
            f"{unknown(labels)} Received: {label!r}. Correct it, or train "
            "on data that has it."
        ) from None


def unknown(labels: Sequence[str]) -> str:
    """The rule that an unknown label violates, as a sentence."""
    return f"A label must be one of {quoted(labels)}."


def quoted(labels: Sequence[str]) -> str:
    """Labels for a message: the first ten, and how many more there are."""
    shown = ", ".join(map(repr, labels[:10]))
    more = f" and {len(labels) - 10} more" if len(labels) > 10 else ""
    return shown + more
