"""Commands in the process of the tests, where TensorFlow is imported once."""

import importlib
import pathlib
import runpy
import sys
from collections.abc import Sequence

from absl import flags
from absl import logging

from albert_tf import commands

ROOT = pathlib.Path(__file__).parent.parent.parent
# By what follows `python -m`. They are imported by then, of which a second
# import would warn.
_MODULES = {
    command.module.removesuffix(".__main__"): importlib.import_module(
        command.module
    )
    for command in commands.COMMANDS.values()
}


def run(
    command: str, *switches: str, words: Sequence = (), **values
) -> str | None:
    """Runs a command as its user would.

    Args:
        command: a script of the root, such as "run_classifier.py", a module,
            such as "albert_tf.export", or a subcommand, "albert-tf export".
        *switches: flags without a value.
        words: arguments before all flags.
        **values: flags with one, or with a list of them.
    Returns:
        What it ended with: None, or its message.
    """
    return run_line(
        [
            command,
            *map(str, words),
            *(f"--{name}" for name in switches),
            *(
                f"--{name}={value}"
                for name, given in values.items()
                for value in (given if isinstance(given, list) else [given])
            ),
        ]
    )


def run_line(line: Sequence[str]) -> str | int | None:
    """Runs a command line: a command of `run`, or albert-tf, and arguments."""
    forget_flags()
    before, verbosity = sys.argv, logging.get_verbosity()
    command, *_ = sys.argv = list(line)
    try:
        if command == "albert-tf":
            commands.main()
            return None
        if command.startswith("albert-tf "):
            commands.run(command.removeprefix("albert-tf "))
        elif command.endswith(".py"):
            runpy.run_path(str(ROOT / command), run_name="__main__")
        elif command in _MODULES:
            _MODULES[command].run()
        else:
            runpy.run_module(command, run_name="__main__", alter_sys=False)
    except SystemExit as end:
        return end.code
    finally:
        sys.argv = before
        logging.set_verbosity(verbosity)
        forget_flags()
    raise AssertionError(f"{command} came back")


def forget_flags() -> None:
    """Of commands before; absl's own stay."""
    for module, found in flags.FLAGS.flags_by_module_dict().items():
        if not module.startswith("absl."):
            for flag in list(found):
                if flag.name in flags.FLAGS:
                    delattr(flags.FLAGS, flag.name)
    flags.FLAGS.unparse_flags()
