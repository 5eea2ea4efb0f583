"""What is wrong with rows of a data file: stop at the first, or skip them."""

from absl import logging

ON_BAD_ROW = ("stop", "skip")
# Of no flag: for a look at what a file has.
IGNORE = "ignore"
_SHOWN = 10


class Problems:
    """Collects the bad rows of one file.

        problems = Problems("skip")
        for number, line in enumerate(file, start=1):
            if not line.strip():
                problems.add(path, number, "A row must hold text.", line)

    Args:
        on_bad_row: one of ON_BAD_ROW, or IGNORE.
    """

    def __init__(self, on_bad_row: str = "stop"):
        self._on_bad_row = on_bad_row
        self.count = 0

    def add(
        self, path: str, line: int | str, rule: str, received: object
    ) -> None:
        """Notes a bad row; its caller then leaves it out.

        Args:
            path: of the file.
            line: number of the line from 1, or another name of the place.
            rule: the rule as a sentence, with its full stop.
            received: what was found; cut to 80 characters.
        Raises:
            ValueError: bad rows are to stop the run.
        """
        text = (
            f"{path}, line {line}"
            if isinstance(line, int)
            else (f"{path}, {line}")
        )
        message = f"{text}: {rule} Received: {shortened(received)}."
        if self._on_bad_row == "stop":
            raise ValueError(
                f"{message} Correct it, or leave such rows out with "
                "--on_bad_row=skip."
            )
        self.count += 1
        if self.count <= _SHOWN and self._on_bad_row != IGNORE:
            logging.warning("Skipped: %s", message)

    def close(self, path: str, total: int) -> None:
        """Says how many of `total` rows were skipped, if any were."""
        if self.count and self._on_bad_row != IGNORE:
            logging.warning(
                "Skipped %d of %d rows of %s (--on_bad_row=skip).",
                self.count,
                total,
                path,
            )


def shortened(received: object) -> str:
    """How messages show what was received: at most 80 characters."""
    try:
        text = repr(received)
    except RecursionError:
        text = "brackets nested too deeply"
    return text if len(text) <= 80 else text[:77] + "..."
