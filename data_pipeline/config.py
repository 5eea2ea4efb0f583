"""Config: the settings of a workflow, each with its type, default and meaning.

    @dataclasses.dataclass(frozen=True, kw_only=True)
    class PaintConfig(config.Config):
        color: str = setting("red", "Color to use.", choices=("red", "blue"))
        coats: int = setting(2, "Number of coats.", minimum=1)

    PaintConfig(coats=3)     # coats=0 raises ValueError

Flags, --help, run.json and the checks of a resumed run are derived from the
fields, so they cannot disagree.
"""

import csv
import dataclasses
import os
import types
import typing
from collections.abc import Iterator
from typing import Any

_METADATA = "setting"


@dataclasses.dataclass(frozen=True, kw_only=True)
class Setting:
    """Everything about a field besides its name, type and default.

    Attributes:
        help: the meaning of the field, for --help and docs.
        section: the heading above it in --help.
        choices: its possible values; if empty, any value.
        minimum, maximum: inclusive bounds of a number.
        aliases: other names of its flag.
        decides: whether it decides the numbers of a run, which then cannot
            resume with another value. If a string, the setting decides them
            through an entry of run.json with that name, such as the
            fingerprint of a file.
        is_execution: whether it only says where and how steps run, which
            changes numbers by rounding at most.
        is_local: whether each of several machines may have its own value.
        remembered: "form" or "place" if a trained model keeps it for its
            evaluation: the form of its data, or the place of its data.
        is_weights: whether it names a model: a path, or a name under which
            one can be fetched.
        is_argument: whether it is given on the command line without a flag.
        is_required: whether it must be given.
        is_repeated: whether its flag is repeated, once for each value.
    """

    help: str
    section: str = "Flags"
    choices: tuple[str, ...] = ()
    minimum: float | None = None
    maximum: float | None = None
    aliases: tuple[str, ...] = ()
    decides: bool | str = True
    is_execution: bool = False
    is_local: bool = False
    remembered: str | None = None
    is_weights: bool = False
    is_argument: bool = False
    is_required: bool = False
    is_repeated: bool = False


def setting(default: Any, help: str, **known: Any) -> Any:
    """Declares a field of a Config.

    Args:
        default: the value of the field if it is left out.
        help, **known: attributes of `Setting`.
    """
    return dataclasses.field(
        default=default, metadata={_METADATA: Setting(help=help, **known)}
    )


def changed(base: type["Config"], name: str, **changes: Any) -> Any:
    """Declares a field of a base class again, with changes.

    Args:
        base: the class that has the field.
        name: name of the field.
        **changes: another `default`, or other attributes of `Setting`.
    """
    field = base.__dataclass_fields__[name]
    default = changes.pop("default", field.default)
    known = dataclasses.replace(field.metadata[_METADATA], **changes)
    return dataclasses.field(default=default, metadata={_METADATA: known})


@dataclasses.dataclass(frozen=True, kw_only=True)
class Config:
    """The settings of a workflow.

    A field with several values also takes a list, or a str with commas between
    the values, as its flag does: task_name="cola,rte".

    Attributes:
        given: names of fields that count as given even if they equal their
            defaults, as flags on a command line do. Other fields count as given
            if they differ from their defaults.

    Raises:
        ValueError: a value has the wrong type, is outside its bounds, or is
            not one of the choices.
    """

    given: frozenset[str] = dataclasses.field(
        default=frozenset(), repr=False, compare=False
    )

    def __post_init__(self) -> None:
        for field, known in fields_of(type(self)):
            kind = type_of(self, field)
            value = _converted(getattr(self, field.name), kind, known)
            object.__setattr__(self, field.name, value)
            _check(field.name, value, kind, known)

    def is_given(self, name: str) -> bool:
        """Whether a field was given, rather than left at its default."""
        default = self.__dataclass_fields__[name].default
        return name in self.given or getattr(self, name) != default

    def given_values(self) -> dict[str, Any]:
        """The settings that were given, by name."""
        return {
            name: value
            for name, value in self.values().items()
            if self.is_given(name)
        }

    def values(self) -> dict[str, Any]:
        """All settings, by name."""
        return {f.name: getattr(self, f.name) for f, _ in fields_of(type(self))}


def fields_of(
    config: type[Config],
) -> Iterator[tuple[dataclasses.Field, Setting]]:
    """Yields the fields of a Config, each with its `Setting`."""
    for field in dataclasses.fields(config):
        if _METADATA in field.metadata:
            yield field, field.metadata[_METADATA]


def known_of(config: type[Config], name: str) -> Setting:
    """The `Setting` of a field."""
    return config.__dataclass_fields__[name].metadata[_METADATA]


def type_of(config: Config | type[Config], field: dataclasses.Field) -> type:
    """The type of a field's values: str, int, float, bool or tuple."""
    given = field.type
    if isinstance(given, str):  # from __future__ import annotations
        cls = config if isinstance(config, type) else type(config)
        given = typing.get_type_hints(cls)[field.name]
    if isinstance(given, types.UnionType):
        (given,) = (t for t in typing.get_args(given) if t is not type(None))
    return typing.get_origin(given) or typing.cast(type, given)


def _converted(value: Any, kind: type, known: Setting) -> Any:
    """Converts a value for its field: path to str, int to float, list to tuple.

    A str for a tuple is split at commas, as its flag is; an argument, or the
    value of a repeated flag, is one value.
    """
    if isinstance(value, os.PathLike):
        value = os.fspath(value)
    if kind is tuple and isinstance(value, str):
        if known.is_repeated or known.is_argument:
            return (value,)
        return _split(value)
    if kind is tuple and isinstance(value, list):
        return tuple(value)
    if kind is float and type(value) is int:
        return float(value)
    return value


def _split(text: str) -> tuple[str, ...]:
    """Values between commas, as absl reads them from a flag."""
    try:
        values = next(csv.reader([text], strict=True))
    except csv.Error as error:
        raise ValueError(
            "Values must be separated by commas, and values with commas must "
            f"be in double quotes. Received: {text!r}."
        ) from error
    return tuple(value.strip() for value in values)


def _check(name: str, value: Any, kind: type[Any], known: Setting) -> None:
    if value is None:
        if known.is_required:
            raise ValueError(f"--{name} must be given. Received: None.")
        return
    # bool is a subclass of int.
    if type(value) is not kind:
        raise ValueError(
            f"--{name} must be of type {kind.__name__}. Received: {value!r}."
        )
    if known.choices and value not in known.choices:
        raise ValueError(
            f"--{name} must be one of {', '.join(known.choices)}. Received: "
            f"{value!r}."
        )
    if known.minimum is not None and value < known.minimum:
        raise ValueError(
            f"--{name} must be at least {known.minimum}. Received: {value}."
        )
    if known.maximum is not None and value > known.maximum:
        raise ValueError(
            f"--{name} must be at most {known.maximum}. Received: {value}."
        )


def deciding(config: Config) -> dict[str, Any]:
    """The settings whose values decide the numbers of a run, by name."""
    return {
        field.name: getattr(config, field.name)
        for field, known in fields_of(type(config))
        if known.decides is True and not known.is_execution
    }
