"""Collects the findings of checks and prints them in three groups."""

import contextlib
import dataclasses
import logging as standard_logging
import re
import textwrap
from collections.abc import Callable
from collections.abc import Iterable
from collections.abc import Iterator
from typing import Any

from absl import logging

LEVELS = ("error", "warning", "fine")
_TITLES = {"error": "Errors", "warning": "Warnings", "fine": "Fine"}
_WIDTH = 80


@dataclasses.dataclass(frozen=True)
class Finding:
    """The result of one check.

    Attributes:
        level: one of LEVELS.
        flag: the flag to change, or the subject of the check.
        text: the facts and, for errors and warnings, what to do.
    """

    level: str
    flag: str
    text: str


class Findings:
    """Collects findings.

    Args:
        user_errors: exceptions that mean a wrong input rather than a bug.
    """

    def __init__(self, user_errors: tuple[type[BaseException], ...]) -> None:
        self._user_errors = user_errors
        self.all: list[Finding] = []

    def error(self, flag: str, text: str) -> None:
        self.all.append(Finding("error", flag, text))

    def warning(self, flag: str, text: str) -> None:
        self.all.append(Finding("warning", flag, text))

    def fine(self, flag: str, text: str) -> None:
        self.all.append(Finding("fine", flag, text))

    def attempt(
        self, flag: str, function: Callable, *args: Any, **kwargs: Any
    ) -> Any:
        """Calls a function, and turns its exceptions and warnings into
        findings.

        A message that begins with a flag is about that flag. Other log messages
        are not shown.

        Args:
            flag: the flag that the findings are about.
            function: is called with `args` and `kwargs`.
        Returns:
            The result of the function; None if it raised one of the user
            errors.
        """
        with heard() as warnings:
            try:
                return function(*args, **kwargs)
            except self._user_errors as error:
                self.faults(flag, [_first_words(error)])
                return None
            finally:
                for text in warnings:
                    self.warning(flag, text)

    def faults(self, flag: str, texts: Iterable[str]) -> None:
        """Adds errors, each about the flag that it begins with, or about
        `flag`."""
        for text in texts:
            named = re.match(r"--\w+", text)
            self.error(named[0] if named else flag, text)

    def of(self, level: str) -> list[Finding]:
        """The findings of a level."""
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


@contextlib.contextmanager
def heard() -> Iterator[list[str]]:
    """Hides the log, and yields a list that collects its warnings."""
    warnings: list[str] = []
    handler: Any = standard_logging.Handler(standard_logging.WARNING)
    handler.emit = lambda record: warnings.append(record.getMessage())
    logger = logging.get_absl_logger()
    before = logger.handlers, logger.propagate
    logger.handlers, logger.propagate = [handler], False
    try:
        yield warnings
    finally:
        logger.handlers, logger.propagate = before


def _first_words(error: BaseException) -> str:
    """The message of an error, without TensorFlow's name of the operation."""
    message = getattr(error, "message", None) or str(error)
    return message.split("\n\t [[")[0]


def _lines(finding: Finding) -> str:
    """The flag and the text: on one line if the check passed, else with the
    text indented below the flag."""
    head = f"  {finding.flag}"
    is_fine = finding.level == "fine"
    text = textwrap.fill(
        " ".join(finding.text.split()),
        _WIDTH,
        initial_indent=f"{head}: " if is_fine else " " * 4,
        subsequent_indent=" " * 4,
        break_long_words=False,
        break_on_hyphens=False,
    )
    return text if is_fine else f"{head}\n{text}"
