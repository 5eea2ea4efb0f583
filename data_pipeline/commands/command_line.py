"""Runs a command: parses flags, and turns user errors into one message."""

import difflib
import gc
import logging as standard_logging
import os
import re
import resource
import sys
import traceback
from collections.abc import Callable
from collections.abc import Mapping
from collections.abc import Sequence

from absl import app
from absl import flags
from absl import logging

from data_pipeline.commands import command_help
from data_pipeline.commands import standard_output
from data_pipeline.io import errors
from data_pipeline.io import files
from data_pipeline.io import interrupts

# Exit code when the reader of the output has gone away.
_SIGPIPE_CODE = 141


def run(
    main: Callable[[list[str]], None],
    doc: str | None = None,
    replaced: Mapping[str, str] | None = None,
    known_flags_only: bool = False,
    first: Sequence[str] = (),
    resumes: bool = False,
) -> None:
    """Runs an absl main; a user error ends it with one message and code 1.

    Ctrl-C and SIGTERM end it with one line, too (see `interrupts.handled`).

    Args:
        main: takes the arguments that remain once flags are parsed.
        doc: text of --help above the flags; by default, the docstring of the
            script.
        replaced: flags of another program that this one lacks, and what to
            write instead.
        known_flags_only: whether to leave unknown flags among the arguments,
            for an engine with flags of its own.
        first: names of flags that --help shows first.
        resumes: whether rerunning the same command resumes the work.
    """

    def guarded(argv: list[str]) -> None:
        message = None
        if limit := _memory_limit():
            logging.warning(
                "The memory of this command is limited%s. If a library runs "
                "out of it, the command may end without an error message, by "
                "abort() or std::bad_alloc. In that case, raise the limit or "
                "use fewer processes.",
                limit,
            )
        try:
            main(argv)
        except BaseException as error:
            _clear_frames(error)
            if isinstance(error, BrokenPipeError) and (
                standard_output.is_closed()
            ):
                standard_output.silence()
                sys.exit(_SIGPIPE_CODE)
            if not _is_user_error(error):
                raise
            message = f"Error: {_message(error)}"
        finally:
            # Iterators of tf.data must end before the interpreter does: one
            # that reads by tf.numpy_function would wait forever for threads
            # that Python has already stopped.
            gc.collect()
        sys.exit(message)

    logging.set_verbosity(logging.INFO)
    # TensorFlow logs each save and each reduction, some of them twice.
    standard_logging.getLogger("tensorflow").setLevel("WARNING")
    logging.get_absl_handler().addFilter(
        lambda record: (
            record.levelno > standard_logging.INFO
            or f"{os.sep}tensorflow{os.sep}" not in record.pathname
        )
    )

    def parse_flags(argv: list[str]) -> list[str]:
        if command_help.wanted(argv):
            shown = doc or sys.modules["__main__"].__doc__ or ""
            everything = "--helpfull" in argv
            standard_output.show(command_help.text(shown, first, everything))
            sys.exit(0)
        _refuse_replaced(argv, replaced or {})
        return _parse(argv, known_flags_only)

    with interrupts.handled(resumes):
        app.run(guarded, flags_parser=parse_flags)


def _refuse_replaced(argv: list[str], replaced: Mapping[str, str]) -> None:
    given = [re.match(r"--?(?:no)?(\w+)", argument) for argument in argv[1:]]
    names = [match[1] for match in given if match and match[1] in replaced]
    if names:
        lines = [
            f"  --{name}: {replaced[name]}." for name in dict.fromkeys(names)
        ]
        sys.exit(
            "Error: Flags of google-research/albert must exist in this command "
            "too. Received others, which have replacements:\n"
            + "\n".join(lines)
        )


def _clear_frames(error: BaseException | None) -> None:
    """Releases the local variables of functions that an error went through."""
    while error is not None:
        traceback.clear_frames(error.__traceback__)
        error = error.__cause__ or error.__context__


def _parse(argv: list[str], known_only: bool) -> list[str]:
    try:
        return flags.FLAGS(argv, known_only=known_only)
    except flags.Error as error:
        sys.exit(f"Error: {str(error).rstrip('.')}. --help lists the flags.")


def _is_user_error(error: BaseException) -> bool:
    # Importing TensorFlow takes seconds; without it, the error is not its own.
    if "tensorflow" in sys.modules:
        import tensorflow as tf

        if isinstance(error, tf.errors.OpError):
            return True
    return isinstance(error, errors.USER_ERRORS)


def _message(error: BaseException) -> str:
    """The message of an error; inside a dataset, that of the Python error."""
    if isinstance(error, MemoryError):
        return (
            "There must be enough memory for the command. Received: "
            f"{str(error) or 'a failed allocation'}. Use fewer processes "
            "or a smaller batch, end other programs, or raise ulimit -v."
        )
    if isinstance(error, OSError) and error.errno in files.NO_ROOM:
        return (
            "There must be enough space for the command's output. Received: "
            f"{error}. Free some space (df -h, quota and ulimit -f show the "
            "limits) or name another folder, and rerun the same command."
        )
    # TensorFlow adds text of its own, and the Python traceback.
    raised = re.search(
        r"(?:ValueError|OSError): (.*?)\s*\nTraceback", str(error), re.DOTALL
    )
    return raised[1] if raised else str(error)


def _memory_limit() -> str:
    limit, _ = resource.getrlimit(resource.RLIMIT_AS)
    if limit == resource.RLIM_INFINITY:
        return ""
    return f" to {limit / 1e9:.3g} GB (ulimit -v)"


def no_arguments(argv: list[str]) -> None:
    """Raises app.UsageError if a command line has positional arguments."""
    if len(argv) > 1:
        names = re.findall(r"--?(\w+)", argv[1])[:1]
        nearest = [
            each
            for name in names
            for each in difflib.get_close_matches(name, list(flags.FLAGS), n=1)
        ]
        hint = f" Did you mean --{nearest[0]}?" if nearest else ""
        raise app.UsageError(
            "Settings must be given as --name=value, with names from --help. "
            f"Received: {' '.join(argv[1:])}.{hint}"
        )
