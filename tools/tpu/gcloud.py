"""Runs gcloud, or prints what would be run."""

import dataclasses
import shlex
import subprocess


class GcloudError(ValueError):
    """gcloud has failed.

    Attributes:
        is_missing: whether what the command names does not exist.
    """

    def __init__(self, message: str, is_missing: bool):
        super().__init__(message)
        self.is_missing = is_missing


@dataclasses.dataclass(frozen=True)
class Command:
    """A command line.

    Attributes:
        words: what is run.
        shown: the same words without secrets, for the screen.
    """

    words: tuple[str, ...]
    shown: tuple[str, ...]

    def __str__(self) -> str:
        return shlex.join(self.shown)


def run(command: Command, dry_run: bool) -> None:
    """Prints a command and, unless dry_run, runs it.

    Raises:
        GcloudError: it ended with another code than 0.
    """
    print(command, flush=True)
    if not dry_run:
        _finished(command, output=None)


def answer(command: Command) -> str:
    """What a command prints, without white space around it.

    Raises:
        GcloudError: it ended with another code than 0.
    """
    return _finished(command, output=subprocess.PIPE).stdout.strip()


def _finished(
    command: Command, output: int | None
) -> subprocess.CompletedProcess[str]:
    try:
        outcome = subprocess.run(
            command.words,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            text=True,
        )
    except FileNotFoundError:
        raise ValueError(
            "gcloud must be installed and on the PATH. Received: no gcloud. "
            "See https://cloud.google.com/sdk/docs/install."
        ) from None
    if outcome.returncode:
        lines = (outcome.stderr or "").strip().splitlines()
        reason = f", which says: {lines[-1]}" if lines else "."
        raise GcloudError(
            "gcloud must end with exit code 0. Received: "
            f"{outcome.returncode} from `{command}`{reason}",
            is_missing="NOT_FOUND" in (outcome.stderr or ""),
        )
    return outcome
