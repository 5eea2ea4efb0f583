"""Translates weight names between two implementations, by one table."""

import dataclasses
import re
from collections.abc import Iterable
from collections.abc import Sequence
from typing import NamedTuple

# Placeholders in names, and what they match.
_PLACEHOLDERS = {"group": r"\d+", "inner": r"\d+", "name": r".+"}


class Row(NamedTuple):
    """One weight: our name, their name, and whether theirs is transposed.

    Names may contain {group} and {inner}, which match integers, and {name},
    which matches anything.
    """

    ours: str
    theirs: str
    transposed: bool = False


@dataclasses.dataclass(frozen=True)
class NameTable:
    """A table of rows that translates in both directions.

    >>> names = NameTable([Row("a_{group}/kernel", "a.{group}.weight", True)])
    >>> names.theirs("a_3/kernel"), names.ours("a.3.weight")
    ('a.3.weight', 'a_3/kernel')
    """

    rows: Sequence[Row]

    def theirs(self, ours: str) -> str | None:
        """Translates our name to theirs; None if they have no such weight."""
        for row in self.rows:
            found = _match(row.ours, ours)
            if found is not None:
                return row.theirs.format(**found)
        return None

    def renamed(self, ours: str) -> str:
        """Translates our name of a weight that both implementations have."""
        theirs = self.theirs(ours)
        assert theirs is not None, ours
        return theirs

    def ours(self, theirs: str) -> str | None:
        """Translates their name to ours; None if we have no such weight."""
        for row in self.rows:
            found = _match(row.theirs, theirs)
            if found is not None:
                return row.ours.format(**found)
        return None

    def transposed(self, ours: str) -> bool:
        """Whether their layout of the weight is the transpose of ours."""
        return any(
            row.transposed and _match(row.ours, ours) is not None
            for row in self.rows
        )


# For files that use our names.
SAME = NameTable([Row("{name}", "{name}")])


def of_pairs(pairs: Iterable[tuple[str, str]]) -> NameTable:
    """The table of our names and theirs, where no weight is transposed."""
    return NameTable([Row(*pair) for pair in pairs])


def _match(template: str, name: str) -> dict[str, str] | None:
    pattern = re.escape(template)
    for placeholder, stands_for in _PLACEHOLDERS.items():
        pattern = pattern.replace(
            rf"\{{{placeholder}\}}", f"(?P<{placeholder}>{stands_for})"
        )
    match = re.fullmatch(pattern, name)
    return match and match.groupdict()


def pairs(ours: str, theirs: str, parts: dict[str, tuple]) -> list[Row]:
    """Rows for the parts of one layer, such as its kernel and bias.

    Args:
        ours, theirs: prefixes of the names.
        parts: our name of a part -> (their name, whether it is transposed).
    """
    return [
        Row(ours + part, theirs + their_part, transposed)
        for part, (their_part, transposed) in parts.items()
    ]
