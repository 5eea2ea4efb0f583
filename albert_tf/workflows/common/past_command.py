"""Reads settings from the command line that an earlier run.json contains.

Earlier versions did not write every setting into run.json, but always the
command line.
"""

import csv
from collections.abc import Iterable
from collections.abc import Iterator
from collections.abc import Sequence
from typing import Any

from data_pipeline import config as config_lib

_SWITCHES = {
    **dict.fromkeys(("true", "t", "1"), True),
    **dict.fromkeys(("false", "f", "0"), False),
}


def values(
    config: type[config_lib.Config], command: Any, names: Iterable[str]
) -> dict[str, Any]:
    """The values of settings according to a command line.

    Words that do not belong to a setting are ignored, and a --flagfile is not
    read.

    Args:
        config: the class of the settings.
        command: the sys.argv of the earlier run; any other value is treated as
            a command line without flags.
        names: names of the settings to return.
    Returns:
        The values by name.
    """
    fields = {
        field.name: (config_lib.type_of(config, field), known)
        for field, known in config_lib.fields_of(config)
    }
    found = {
        name: config.__dataclass_fields__[name].default
        for name in names
        if name in fields
    }
    is_command = isinstance(command, list) and all(
        isinstance(word, str) for word in command
    )
    if not is_command:
        return found
    named = {
        flag: name
        for name, (_, known) in fields.items()
        for flag in (name, *known.aliases)
    }
    switches = {flag for flag, name in named.items() if fields[name][0] is bool}
    repeated: dict[str, list[str]] = {}
    for flag, text in _given(command[1:], switches, named.keys() - switches):
        name = named[flag]
        if name not in found:
            continue
        kind, known = fields[name]
        if known.is_repeated:
            repeated.setdefault(name, []).append(text)
        else:
            found[name] = _parsed(text, kind)
    return found | {name: tuple(texts) for name, texts in repeated.items()}


def _given(
    words: Sequence[str], switches: set[str], others: set[str]
) -> Iterator[tuple[str, str]]:
    """Yields the flags of a command line with their values.

    Args:
        words: the command line without the command itself.
        switches: names of flags without a value.
        others: names of flags with a value.
    """
    rest = iter(words)
    for word in rest:
        if word == "--":
            return
        if not word.startswith("-"):
            continue
        flag, is_assigned, text = word.lstrip("-").partition("=")
        negated = flag.removeprefix("no")
        if flag in switches:
            yield flag, text if is_assigned else "true"
        elif flag.startswith("no") and negated in switches:
            yield negated, "false"
        elif flag in others:
            yield flag, text if is_assigned else next(rest, "")


def _parsed(text: str, kind: type) -> Any:
    if kind is tuple:
        rows = list(csv.reader([text]))
        return tuple(cell.strip() for row in rows for cell in row)
    if kind is bool:
        return _SWITCHES.get(text.lower(), text)
    if kind in (int, float):
        try:
            return kind(text)
        except ValueError:
            return text
    return text
