"""What the commands of data_pipeline share: errors as one plain message."""

import gc
import logging as standard_logging
import os
import re
import sys
import traceback
from collections.abc import Callable

from absl import app
from absl import flags
from absl import logging

from data_pipeline import files

# What user input can cause; anything else is a bug and keeps its traceback.
USER_ERRORS = (
    ValueError,
    OSError,
    ImportError,
    FloatingPointError,
)


def run(
    main: Callable[[list[str]], None], known_flags_only: bool = False
) -> None:
    """Runs an absl main; a user error ends it with one message and code 1.

    Args:
        main: takes what is left of the arguments once flags are parsed.
        known_flags_only: leave flags that are not defined among them, for an
            engine that has its own.
    """

    def guarded(argv):
        message = None
        try:
            main(argv)
        except BaseException as error:
            _clear_frames(error)
            if not _is_user_error(error):
                raise
            message = f"Error: {_message(error)}"
        finally:
            # Iterators of tf.data must end before the interpreter does: one
            # that reads by tf.numpy_function would wait for threads that
            # Python has stopped by then, for ever.
            gc.collect()
        sys.exit(message)

    logging.set_verbosity(logging.INFO)
    # TensorFlow reports each save and each reduction, some of them twice.
    standard_logging.getLogger("tensorflow").setLevel("WARNING")
    logging.get_absl_handler().addFilter(
        lambda record: (
            record.levelno > standard_logging.INFO
            or f"{os.sep}tensorflow{os.sep}" not in record.pathname
        )
    )
    app.run(
        guarded,
        flags_parser=_parse_known
        if known_flags_only
        else app.parse_flags_with_usage,
    )


def _clear_frames(error: BaseException | None) -> None:
    """Lets go of what the functions that an error came through still hold."""
    while error is not None:
        traceback.clear_frames(error.__traceback__)
        error = error.__cause__ or error.__context__


def _parse_known(argv: list[str]) -> list[str]:
    try:
        return flags.FLAGS(argv, known_only=True)
    except flags.Error:
        return app.parse_flags_with_usage(argv)  # which says what is wrong


def _is_user_error(error: BaseException) -> bool:
    # TensorFlow's errors are of use only where TensorFlow is.
    if "tensorflow" in sys.modules:
        import tensorflow as tf

        if isinstance(error, tf.errors.OpError):
            return True
    return isinstance(error, USER_ERRORS)


def _message(error: Exception) -> str:
    """What to tell; of an error raised inside a dataset, what Python said."""
    # TensorFlow wraps it in its own words and the Python traceback.
    raised = re.search(
        r"(?:ValueError|OSError): (.*?)\s*\nTraceback", str(error), re.DOTALL
    )
    return raised[1] if raised else str(error)


def no_arguments(argv: list[str]) -> None:
    if len(argv) > 1:
        raise app.UsageError(
            "Settings are given as --name=value, by the names of --help. "
            "Received also: "
            f"{' '.join(argv[1:])}"
        )


def refuse_to_overwrite(path: str) -> None:
    if files.exists(path):
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
        path for pattern in patterns.split(",") for path in files.glob(pattern)
    )
    if not paths:
        raise FileNotFoundError(
            f"{what} must exist. Received: {patterns!r}, which matches none. "
            f"{remedy}"
        )
    return paths
