"""The names of a table's columns, and the names that a task needs."""

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
    """Checks that a table has the needed columns.

    Args:
        path: path of the file, for messages.
        names: names of its columns.
        needed: names that it must have.
        of_first_line: whether `names` are from its first line.
    Raises:
        ValueError: some are missing; suggests similar names.
    """
    missing = [name for name in needed if name not in names]
    if missing:
        hints = "".join(hint(name, names) for name in missing)
        or_else = ", or use --noheader if its first line is data"
        raise ValueError(
            f"{path} must have the columns {', '.join(needed)}. Received: "
            f"{listed(names)}; missing: {', '.join(missing)}. {hints}Name the "
            "columns to use instead"
            f"{or_else if of_first_line else ''}."
        )


def hint(name: str, names: Sequence[str]) -> str:
    """A sentence that suggests the most similar of `names`, or ""."""
    by_key = {_key(other): other for other in reversed(names)}
    near = difflib.get_close_matches(_key(name), by_key, n=1, cutoff=0.7)
    return f"Did you mean {by_key[near[0]]!r} by {name!r}? " if near else ""


def listed(names: Sequence[str]) -> str:
    """Names for a message; long names and long lists are cut."""
    shown = [
        name if len(name) <= _LONGEST else name[: _LONGEST - 3] + "..."
        for name in map(str, names[:_SHOWN])
    ]
    more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    return ", ".join(shown) + more


def checked_header(
    path: str, cells: Sequence[str], fault: str | None
) -> list[str]:
    """The column names in a first line; "" for a column without a name.

    Raises:
        ValueError: the line has a `fault`, no name, or a name twice.
    """
    names = [name.strip() for name in cells]
    given = [name for name in names if name]
    twice = sorted({name for name in given if given.count(name) > 1})
    if fault or twice or not given:
        received = f"{listed(twice)} more than once" if twice else names[:5]
        raise ValueError(
            f"The first line of {path} must name each column once. Received: "
            f"{received}. {fault + ' ' if fault else ''}Correct it, or use "
            "--noheader if the file has no header; the columns' names are then "
            "0, 1, ..."
        )
    return names


def _key(name: str) -> str:
    """A key without case, spaces and punctuation."""
    return "".join(char for char in name.casefold() if char.isalnum())
