"""Weight names of two implementations, translated both ways by one table."""

import dataclasses
import re
from collections.abc import Sequence
from typing import NamedTuple

# What a placeholder in a name stands for.
_PLACEHOLDERS = {"group": r"\d+", "inner": r"\d+", "name": r".+"}


class Row(NamedTuple):
    """One weight: our name, theirs, and whether theirs is transposed.

    Names may hold {group} and {inner}, whole numbers, and {name}, anything.
    """

    ours: str
    theirs: str
    transposed: bool = False


@dataclasses.dataclass(frozen=True)
class NameTable:
    """A table of rows, read from either side.

    >>> names = NameTable([Row("a_{group}/kernel", "a.{group}.weight", True)])
    >>> names.theirs("a_3/kernel"), names.ours("a.3.weight")
    ('a.3.weight', 'a_3/kernel')
    """

    rows: Sequence[Row]

    def theirs(self, ours: str) -> str | None:
        """Our name in their words; None where they have no such weight."""
        for row in self.rows:
            found = _match(row.ours, ours)
            if found is not None:
                return row.theirs.format(**found)
        return None

    def renamed(self, ours: str) -> str:
        """`theirs`, of a weight that they have."""
        theirs = self.theirs(ours)
        assert theirs is not None, ours
        return theirs

    def ours(self, theirs: str) -> str | None:
        """Their name in our words; None where we have no such weight."""
        for row in self.rows:
            found = _match(row.theirs, theirs)
            if found is not None:
                return row.ours.format(**found)
        return None

    def transposed(self, ours: str) -> bool:
        return any(
            row.transposed and _match(row.ours, ours) is not None
            for row in self.rows
        )


# For weights that are kept under our own names.
SAME = NameTable([Row("{name}", "{name}")])


def _match(template: str, name: str) -> dict[str, str] | None:
    pattern = re.escape(template)
    for placeholder, stands_for in _PLACEHOLDERS.items():
        pattern = pattern.replace(
            rf"\{{{placeholder}\}}", f"(?P<{placeholder}>{stands_for})"
        )
    match = re.fullmatch(pattern, name)
    return match and match.groupdict()


def pairs(ours: str, theirs: str, parts: dict[str, tuple]) -> list[Row]:
    """Rows for the parts of one layer, as its kernel and its bias.

    Args:
        ours, theirs: what stands before the part.
        parts: our part -> (their part, transposed).
    """
    return [
        Row(ours + part, theirs + their_part, transposed)
        for part, (their_part, transposed) in parts.items()
    ]
