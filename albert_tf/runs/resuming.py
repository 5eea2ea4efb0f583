"""Compares a run that resumes with the run.json that it was started with."""

import json
from collections.abc import Callable
from collections.abc import Iterable
from typing import Any

from absl import logging

# From the command line that run.json keeps, and names of settings, to the
# values that they had.
ReadCommand = Callable[[Any, Iterable[str]], dict[str, Any]]

# Not compared: how the run was started, where the numbers of its recipe come
# from, and a version, which earlier runs have.
_NOT_COMPARED = {"environment", "source", "albert_tf"}
_EFFECTS = {
    "versions": "Numbers may differ from those of the earlier ones.",
    "execution": "Numbers differ by rounding and, where there is dropout, with "
    "another number of replicas also by its masks.",
}


def differences(
    earlier: dict[str, Any],
    now: dict[str, Any],
    read_command: ReadCommand | None = None,
) -> list[str]:
    """Describes the settings that decide the numbers and have changed.

    Args:
        earlier: run.json.
        now: settings, as JSON values.
        read_command: as in `unsaid`.
    """
    earlier = {**earlier, **unsaid(earlier, now, read_command)}
    now = _plain(now)
    return [
        f"{name}: {earlier.get(name)!r} there, {now.get(name)!r} now"
        for name in sorted({*earlier, *now} - _NOT_COMPARED)
        if earlier.get(name) != now.get(name)
    ]


def unsaid(
    earlier: dict[str, Any],
    now: dict[str, Any],
    read_command: ReadCommand | None = None,
) -> dict[str, Any]:
    """The settings that an earlier version did not write into run.json.

    Args:
        earlier: run.json.
        now: settings, as JSON values.
        read_command: reads their values from the command line in run.json.
            What it does not return, and everything if it is left out, is taken
            to be as it is now.
    """
    missing = {
        name: value
        for name, value in _plain(now).items()
        if name not in earlier
        # It did not say which precision "auto" was.
        or (name, earlier[name]) == ("precision", "auto")
    }
    # What these flags came to was not what they said.
    names = missing.keys() - {"precision"}
    if earlier.get("sequence_schedule"):
        names -= {"max_seq_length"}
    if read_command is None:
        return missing
    command = _object(earlier.get("environment")).get("command")
    return missing | _plain(read_command(command, names))


def say_unsaid(path: str, unsaid: dict[str, Any]) -> None:
    said = ", ".join(f"{name}={value!r:.60}" for name, value in unsaid.items())
    logging.warning(
        "%s is by an earlier version of albert_tf and does not say: %s. Flags "
        "are taken from the command line in it, and all else as it is now.",
        path,
        said,
    )


def say_changes(then: Any, now: dict[str, Any]) -> None:
    """Warns of other versions and another execution than at the start.

    Args:
        then: the "environment" of run.json.
        now: what `environment.describe` returns.
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
                "The run resumes with other %s than it was started with: %s. "
                "%s",
                what,
                "; ".join(differ),
                effect,
            )


def _object(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _plain(values: dict[str, Any]) -> dict[str, Any]:
    """As they are once they were written and read."""
    return json.loads(json.dumps(values))
