"""What was found, each with the flag to change, as text in three groups."""

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

        A message that begins with a flag is about that one. What the function
        logs as a warning is a warning here too; the rest of it is not shown.
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
        """Adds errors, each about the flag that it begins with, or this one."""
        for text in texts:
            named = re.match(r"--\w+", text)
            self.error(named[0] if named else flag, text)

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


@contextlib.contextmanager
def heard() -> Iterator[list[str]]:
    """Keeps the log off the screen; yields the warnings that went into it."""
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
    """The message; of TensorFlow's without the operation and its place."""
    message = getattr(error, "message", None) or str(error)
    return message.split("\n\t [[")[0]


def _lines(finding: Finding) -> str:
    """The flag, and the text: indented below it, or, where it is fine, behind
    it."""
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
