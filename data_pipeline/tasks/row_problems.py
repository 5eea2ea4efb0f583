"""Malformed rows of a data file: stop at the first one, or skip them all."""

from absl import logging

ON_BAD_ROW = ("stop", "skip")
# Skips silently, to find out what a file contains. Not a choice of the flag.
IGNORE = "ignore"
_SHOWN = 10


class Problems:
    """Reports and counts the malformed rows of one file.

        problems = Problems("skip")
        for number, line in enumerate(file, start=1):
            if not line.strip():
                problems.add(path, number, "A row must hold text.", line)

    Args:
        on_bad_row: one of ON_BAD_ROW, or IGNORE.
    Attributes:
        count: how many rows were skipped.
    """

    def __init__(self, on_bad_row: str = "stop"):
        self._on_bad_row = on_bad_row
        self.count = 0

    def add(
        self, path: str, line: int | str, rule: str, received: object
    ) -> None:
        """Reports a malformed row, which the caller then leaves out.

        Args:
            path: path of the file.
            line: a line number from 1, or another name of the place.
            rule: the rule as a sentence, with its period.
            received: the value found; cut to 80 characters.
        Raises:
            ValueError: malformed rows are not to be skipped.
        """
        place = f"line {line}" if isinstance(line, int) else line
        message = f"{path}, {place}: {rule} Received: {shortened(received)}."
        if self._on_bad_row == "stop":
            raise ValueError(
                f"{message} Correct it, or skip such rows with "
                "--on_bad_row=skip."
            )
        self.count += 1
        if self.count <= _SHOWN and self._on_bad_row != IGNORE:
            logging.warning("Skipped: %s", message)

    def close(self, path: str, total: int) -> None:
        """Logs how many of `total` rows were skipped, if any were."""
        if self.count and self._on_bad_row != IGNORE:
            logging.warning(
                "Skipped %d of %d rows of %s (--on_bad_row=skip).",
                self.count,
                total,
                path,
            )


def shortened(received: object) -> str:
    """A value as messages show it, in at most 80 characters."""
    try:
        text = repr(received)
    except RecursionError:
        text = "brackets nested too deeply"
    return text if len(text) <= 80 else text[:77] + "..."
