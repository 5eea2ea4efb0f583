"""Defines flags for the fields of a Config, and makes a Config from them."""

import importlib
from collections.abc import Callable
from collections.abc import Mapping
from collections.abc import Sequence
from typing import Any
from typing import TypeVar

from absl import app
from absl import flags
from absl import logging

from data_pipeline import config as config_lib
from data_pipeline.commands import command_help
from data_pipeline.commands import command_line
from data_pipeline.commands import quiet_start

Settings = TypeVar("Settings", bound=config_lib.Config)


def run(
    config: type[config_lib.Config],
    workflow: str,
    doc: str | None,
    show: Callable[[Any], None] | None = None,
    *,
    check: Callable[[list[str], dict[str, Any]], None] | None = None,
    is_quiet: bool = False,
    **options: Any,
) -> None:
    """Defines the flags of a Config and runs the workflow that takes it.

    Args:
        config: the settings of the workflow.
        workflow: a function of one Config, as "module:function". The module
            may take seconds to import; --help and errors in flags do not wait
            for it.
        doc: text of --help above the flags.
        show: prints the result of the workflow.
        check: takes the positional arguments of the command line and the
            values of flags by name; raises app.UsageError if they conflict.
        is_quiet: whether to log warnings only.
        **options: arguments of `command_line.run`.
    """
    define(config)

    def main(argv: list[str]) -> None:
        given = read(config, argv, check)
        module, _, name = workflow.partition(":")
        with quiet_start.importing():
            function = getattr(importlib.import_module(module), name)
        if is_quiet:
            logging.set_verbosity(logging.WARNING)
        result = function(given)
        if show is not None:
            show(result)

    command_line.run(main, doc, **options)


def define(config: type[config_lib.Config]) -> None:
    """Defines a flag for each field of a Config."""
    sections: dict[str, list] = {}
    for field, known in config_lib.fields_of(config):
        if not known.is_argument:
            sections.setdefault(known.section, []).append((field, known))
    for title, fields in sections.items():
        command_help.section(title)
        for field, known in fields:
            _define(
                field.name,
                field.default,
                config_lib.type_of(config, field),
                known,
            )


def _define(
    name: str, default: Any, kind: type, known: config_lib.Setting
) -> None:
    if known.choices and kind is str:
        flags.DEFINE_enum(name, default, known.choices, known.help)
    elif kind is bool:
        flags.DEFINE_bool(name, default, known.help)
    elif kind is int:
        low, high = (
            None if bound is None else int(bound)
            for bound in (known.minimum, known.maximum)
        )
        flags.DEFINE_integer(name, default, known.help, low, high)
    elif kind is float:
        flags.DEFINE_float(
            name, default, known.help, known.minimum, known.maximum
        )
    elif kind is tuple:
        values = None if default is None else list(default)
        if known.is_repeated:
            flags.DEFINE_multi_string(name, values, known.help)
            # absl appends a sentence to the help text.
            flags.FLAGS[name].help = known.help
        else:
            flags.DEFINE_list(name, values, known.help)
    else:
        flags.DEFINE_string(name, default, known.help)
    for alias in known.aliases:
        flags.DEFINE_alias(alias, name)
    if known.is_required:
        flags.mark_flag_as_required(name)


def read(
    config: type[Settings],
    argv: Sequence[str] = ("",),
    check: Callable[[list[str], dict[str, Any]], None] | None = None,
) -> Settings:
    """Makes a Config from the flags and arguments of a command line.

    Args:
        config: the class; its flags have been defined and parsed.
        argv: the command, and its positional arguments.
        check: as in `run`.
    Raises:
        app.UsageError: a required argument is missing, or there are arguments
            that belong to no field.
    """
    values: dict[str, Any] = {}
    given = set()
    arguments = []
    for field, known in config_lib.fields_of(config):
        if known.is_argument:
            arguments.append(field)
            continue
        flag = flags.FLAGS[field.name]
        value = flag.value
        values[field.name] = tuple(value) if isinstance(value, list) else value
        if flag.present or any(flags.FLAGS[a].present for a in known.aliases):
            given.add(field.name)
    if check is not None:
        check(list(argv), values)
    values |= _words(config, arguments, argv)
    return config(**values, given=frozenset(given))


def _words(
    config: type[config_lib.Config], arguments: Sequence, argv: Sequence[str]
) -> Mapping[str, Any]:
    """The values of fields that are positional arguments."""
    if not arguments:
        command_line.no_arguments(list(argv))
        return {}
    words = list(argv[1:])
    found: dict[str, Any] = {}
    for field in arguments:
        if config_lib.type_of(config, field) is tuple:
            found[field.name], words = tuple(words), []
        elif words:
            found[field.name] = words.pop(0)
    missing = [
        field.name.upper()
        for field in arguments
        if config_lib.known_of(config, field.name).is_required
        and not found.get(field.name)
    ]
    if missing or words:
        names = " ".join(field.name.upper() for field in arguments)
        raise app.UsageError(
            f"The arguments must be {names}; settings are given as "
            f"--name=value. Received: {' '.join(argv[1:]) or 'no argument'}."
        )
    return found
