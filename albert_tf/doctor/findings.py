"""What was found, each with the flag to change, as text in three groups."""

import dataclasses
import re
import textwrap
from collections.abc import Callable
from typing import Any

LEVELS = ("error", "warning", "fine")
_TITLES = {"error": "Errors", "warning": "Warnings", "fine": "Fine"}
_WIDTH = 80


@dataclasses.dataclass(frozen=True)
class Finding:
    """One thing that was looked at.

    level: one of LEVELS.
    flag: what to change, or what it is about.
    text: what is there, and, where it is not fine, what to do.
    """

    level: str
    flag: str
    text: str


class Findings:
    """Collects findings.

    Args:
        user_errors: exceptions that mean a wrong input, not a bug.
    """

    def __init__(self, user_errors: tuple[type[BaseException], ...]):
        self._user_errors = user_errors
        self.all: list[Finding] = []

    def error(self, flag: str, text: str) -> None:
        self.all.append(Finding("error", flag, text))

    def warning(self, flag: str, text: str) -> None:
        self.all.append(Finding("warning", flag, text))

    def fine(self, flag: str, text: str) -> None:
        self.all.append(Finding("fine", flag, text))

    def attempt(self, flag: str, function: Callable, *args, **kwargs) -> Any:
        """The function's result; None and an error where it refuses.

        A message that begins with a flag is about that one.
        """
        try:
            return function(*args, **kwargs)
        except self._user_errors as error:
            named = re.match(r"--\w+", str(error))
            self.error(named[0] if named else flag, str(error))
            return None

    def of(self, level: str) -> list[Finding]:
        return [finding for finding in self.all if finding.level == level]

    def __str__(self) -> str:
        counts = ", ".join(
            f"{_TITLES[level].lower()}: {len(self.of(level))}"
            for level in LEVELS
        )
        groups = [
            "\n".join([_TITLES[level], *map(_lines, self.of(level))])
            for level in LEVELS
            if self.of(level)
        ]
        return "\n\n".join([*groups, counts])


def _lines(finding: Finding) -> str:
    """The flag, and below it, indented, the text."""
    text = textwrap.fill(
        " ".join(finding.text.split()),
        _WIDTH,
        initial_indent=" " * 4,
        subsequent_indent=" " * 4,
        break_long_words=False,
        break_on_hyphens=False,
    )
    return f"  {finding.flag}\n{text}"
