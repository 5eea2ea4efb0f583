"""Compares the settings of a resumed run with its run.json."""

import json
from collections.abc import Callable
from collections.abc import Iterable
from typing import Any

from absl import logging

# Takes the command line in run.json and names of settings; returns the values
# that these settings had.
ReadCommand = Callable[[Any, Iterable[str]], dict[str, Any]]

# Not compared: how the run was started, where the numbers of its recipe come
# from, and the version, which earlier runs wrote among their settings.
_NOT_COMPARED = {"environment", "source", "albert_tf"}
_EFFECTS = {
    "versions": "Numbers may differ from those of the earlier versions.",
    "execution": "Numbers differ by rounding, and with another number of "
    "replicas also by the masks of dropout.",
}


def differences(
    earlier: dict[str, Any],
    now: dict[str, Any],
    read_command: ReadCommand | None = None,
) -> list[str]:
    """Describes the changed settings among those that decide the numbers.

    Args:
        earlier: the content of run.json.
        now: the current settings, as JSON values.
        read_command: as in `missing_settings`.
    """
    earlier = {**earlier, **missing_settings(earlier, now, read_command)}
    now = _plain(now)
    return [
        f"{name}: {earlier.get(name)!r} there, {now.get(name)!r} now"
        for name in sorted({*earlier, *now} - _NOT_COMPARED)
        if earlier.get(name) != now.get(name)
    ]


def missing_settings(
    earlier: dict[str, Any],
    now: dict[str, Any],
    read_command: ReadCommand | None = None,
) -> dict[str, Any]:
    """The settings that an earlier version did not write into run.json.

    Args:
        earlier: the content of run.json.
        now: the current settings, as JSON values.
        read_command: reads their values from the command line in run.json.
            Settings that it does not return, and all settings if it is left
            out, are assumed to be unchanged.
    """
    missing = {
        name: value
        for name, value in _plain(now).items()
        if name not in earlier
        # Earlier versions did not write the precision that "auto" stood for.
        or (name, earlier[name]) == ("precision", "auto")
    }
    # The run did not use the values of these flags as they were given.
    names = missing.keys() - {"precision"}
    if earlier.get("sequence_schedule"):
        names -= {"max_seq_length"}
    if read_command is None:
        return missing
    command = _object(earlier.get("environment")).get("command")
    return missing | _plain(read_command(command, names))


def warn_of_missing(path: str, missing: dict[str, Any]) -> None:
    """Logs the result of `missing_settings`.

    Args:
        path: path of run.json.
        missing: values of settings by name.
    """
    values = ", ".join(
        f"{name}={value!r:.60}" for name, value in missing.items()
    )
    logging.warning(
        "%s was written by an earlier version of albert_tf, without these "
        "settings: %s. Flags are taken from the command line in the file; "
        "everything else is assumed to be unchanged.",
        path,
        values,
    )


def warn_of_changes(then: Any, now: dict[str, Any]) -> None:
    """Logs which versions and which execution differ from those at the start.

    Args:
        then: the "environment" of run.json.
        now: the result of `environment.describe`.
    """
    for what, effect in _EFFECTS.items():
        known = _object(_object(then).get(what))
        differ = [
            f"{name} {known[name]} there, {value} now"
            for name, value in now.get(what, {}).items()
            if name in known and known[name] != value
        ]
        if differ:
            logging.warning(
                "The run was started with other %s: %s. %s",
                what,
                "; ".join(differ),
                effect,
            )


def _object(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _plain(values: dict[str, Any]) -> dict[str, Any]:
    """The values after a round trip through JSON."""
    return json.loads(json.dumps(values))
