"""What the commands of data_pipeline share: errors as one plain message."""

import sys
from collections.abc import Callable

import tensorflow as tf
from absl import app
from absl import logging

# What user input can cause; anything else is a bug and keeps its traceback.
USER_ERRORS = (
    ValueError,
    OSError,
    ImportError,
    FloatingPointError,
    tf.errors.OpError,
)


def run(main: Callable[[list[str]], None]) -> None:
    """Runs an absl main; a user error ends it with one message and code 1."""

    def guarded(argv):
        try:
            main(argv)
        except USER_ERRORS as error:
            sys.exit(f"Error: {error}")

    logging.set_verbosity(logging.INFO)
    app.run(guarded)


def no_arguments(argv: list[str]) -> None:
    if len(argv) > 1:
        raise app.UsageError(
            "Settings are given as --name=value. Received also: "
            f"{' '.join(argv[1:])}"
        )


def refuse_to_overwrite(path: str) -> None:
    if tf.io.gfile.exists(path):
        raise FileExistsError(
            f"Nothing is overwritten. Received: {path}, which is there "
            "already. Remove it or name another place."
        )


def matching_files(patterns: str, what: str, remedy: str) -> list[str]:
    """The files that comma-separated paths or globs name, sorted.

    Raises:
        FileNotFoundError: nothing matches; says `what` must exist and the
            `remedy`.
    """
    paths = sorted(
        path
        for pattern in patterns.split(",")
        for path in tf.io.gfile.glob(pattern)
    )
    if not paths:
        raise FileNotFoundError(
            f"{what} must exist. Received: {patterns!r}, which matches none. "
            f"{remedy}"
        )
    return paths
