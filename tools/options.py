"""Options of a script, and user errors as one message.

parser = options.Parser(__doc__)
parser.add_argument("--rounds", type=options.at_least(1), default=3)
options.run(main, parser)
"""

import argparse
import gc
import sys
from collections.abc import Callable
from typing import NoReturn

from data_pipeline.io import errors
from data_pipeline.io import interrupts


class Parser(argparse.ArgumentParser):
    """A parser whose --help shows the docstring of a script."""

    def __init__(self, doc: str | None):
        super().__init__(
            description=doc,
            formatter_class=_Formatter,
            allow_abbrev=False,
        )

    def error(self, message: str) -> NoReturn:
        sys.exit(f"Error: {message.rstrip('.')}. --help lists the options.")


class _Formatter(
    argparse.RawDescriptionHelpFormatter,
    argparse.ArgumentDefaultsHelpFormatter,
):
    """Keeps the lines of the docstring, and shows defaults."""

    def _get_help_string(self, action: argparse.Action) -> str | None:
        if action.default is None:
            return action.help
        return super()._get_help_string(action)


def run(main: Callable[[argparse.Namespace], None], parser: Parser) -> None:
    """Runs main on the parsed arguments; a user error ends with code 1."""
    arguments = parser.parse_args()
    message = None
    with interrupts.handled(resumes=False):
        try:
            main(arguments)
        except errors.USER_ERRORS as error:
            message = f"Error: {error}"
        # Iterators of tf.data must end before the interpreter does.
        gc.collect()
        sys.exit(message)


def at_least(minimum: int) -> Callable[[str], int]:
    """The type of an integer option that has a minimum."""

    def parse(text: str) -> int:
        try:
            value = int(text)
        except ValueError:
            value = None
        if value is None or value < minimum:
            raise argparse.ArgumentTypeError(
                f"must be an integer of at least {minimum}. Received: {text!r}"
            )
        return value

    return parse


def names(text: str) -> list[str]:
    """The type of an option that lists words, separated by commas."""
    return [name.strip() for name in text.split(",")] if text else []


def numbers(kind: Callable[[str], float]) -> Callable[[str], list]:
    """The type of an option that lists numbers, separated by commas.

    Args:
        kind: int or float.
    """

    def parse(text: str) -> list:
        try:
            return [kind(word) for word in text.split(",")]
        except ValueError:
            raise argparse.ArgumentTypeError(
                f"must be numbers separated by commas. Received: {text!r}"
            ) from None

    return parse


def add_switch(parser: Parser, name: str, help: str) -> None:
    """Adds an option that is false if left out: --name or --name=true."""
    parser.add_argument(
        name,
        nargs="?",
        type=_boolean,
        const=True,
        default=False,
        metavar="true|false",
        help=help,
    )


def _boolean(text: str) -> bool:
    values = {"true": True, "1": True, "false": False, "0": False}
    if text.lower() not in values:
        raise argparse.ArgumentTypeError(
            f"must be true or false. Received: {text!r}"
        )
    return values[text.lower()]
