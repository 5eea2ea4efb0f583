"""The names of a table's columns, and those that a task asks for."""

import difflib
from collections.abc import Sequence

_SHOWN = 30
_LONGEST = 40


def check(
    path: str,
    names: Sequence[str],
    needed: Sequence[str],
    *,
    of_first_line: bool = False,
) -> None:
    """Whether a table has the columns that are needed.

    Args:
        path: of the file, for messages.
        names: of its columns.
        needed: those that it must have.
        of_first_line: whether `names` are what its first line says.
    Raises:
        ValueError: it lacks some; says which names come near.
    """
    missing = [name for name in needed if name not in names]
    if missing:
        hints = "".join(hint(name, names) for name in missing)
        or_else = ", or with --noheader that its first line is data"
        raise ValueError(
            f"{path} must have the columns {', '.join(needed)}. Received: "
            f"{listed(names)}; missing: {', '.join(missing)}. {hints}Say which "
            "of the file's columns to use in their place"
            f"{or_else if of_first_line else ''}."
        )


def hint(name: str, names: Sequence[str]) -> str:
    """A sentence that proposes the nearest of `names`, or ""."""
    by_key = {_key(other): other for other in reversed(names)}
    near = difflib.get_close_matches(_key(name), by_key, n=1, cutoff=0.7)
    return f"Is {by_key[near[0]]!r} meant by {name!r}? " if near else ""


def listed(names: Sequence[str]) -> str:
    """Names for a message, cut where they are long or many."""
    shown = [
        name if len(name) <= _LONGEST else name[: _LONGEST - 3] + "..."
        for name in map(str, names[:_SHOWN])
    ]
    more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    return ", ".join(shown) + more


def checked_header(path: str, cells: Sequence[str], fault: str | None):
    """The names in a first line; one that is empty names nothing.

    Raises:
        ValueError: it has a `fault`, or no name, or one twice.
    """
    names = [name.strip() for name in cells]
    given = [name for name in names if name]
    twice = sorted({name for name in given if given.count(name) > 1})
    if fault or twice or not given:
        received = f"{listed(twice)} more than once" if twice else names[:5]
        raise ValueError(
            f"The first line of {path} must name its columns, each once. "
            f"Received: {received}. {fault + ' ' if fault else ''}Correct it, "
            "or say with --noheader that the file has no header: columns are "
            "then named 0, 1, ..."
        )
    return names


def _key(name: str) -> str:
    """Names that differ in case, spaces and marks only have the same."""
    return "".join(char for char in name.casefold() if char.isalnum())
