"""The settings to search, and their values, from --search."""

import dataclasses
import difflib
import itertools
from collections.abc import Iterator
from collections.abc import Mapping
from collections.abc import Sequence
from typing import Any

from albert_tf.workflows.configs import finetune as finetune_config
from data_pipeline import config as config_lib

_RULE = (
    "--search must be a setting and its values, such as "
    "learning_rate=1e-5:1e-3:log, dropout_prob=0:0.2:0.05 or "
    "warmup_step=0,50,100."
)
_NONE = "none"
_SWITCHES = {"true": True, "false": False}
# Other values would change what is measured, and not only how well it goes.
_FIXED = {
    "albert_version",
    "do_lower_case",
    "eval_batch_size",
    "eval_steps",
    "layout",
    "length_buckets",
    "null_score_threshold",
    "random_seed",
    "recipe",
}
_FIXED_SECTIONS = ("Data", "Devices", "Early exits", "Model")


@dataclasses.dataclass(frozen=True)
class Range:
    """Numbers between two bounds, both included.

    Attributes:
        low, high: the bounds, of type int or float.
        is_log: whether orders of magnitude are equally likely.
        step: the distance between two values; None: any numbers.
    """

    low: float
    high: float
    is_log: bool = False
    step: float | None = None

    @property
    def values(self) -> list[float]:
        """All numbers of a range with a step."""
        assert self.step is not None
        count = int((self.high - self.low) / self.step + 1e-9) + 1
        found = [self.low + number * self.step for number in range(count)]
        if isinstance(self.step, float):
            # Without the noise of sums: 0.3 and not 0.30000000000000004.
            return [float(f"{value:.12g}") for value in found]
        return found


@dataclasses.dataclass(frozen=True)
class Choices:
    """Values, one of which is taken.

    Attributes:
        texts: their names, in the order given.
        values: what they stand for.
    """

    texts: tuple[str, ...]
    values: tuple[Any, ...]


Space = dict[str, Range | Choices]


def parse(searched: Sequence[str], config: config_lib.Config) -> Space:
    """Reads the values of --search.

    Args:
        searched: a text for each setting.
        config: the settings of the search, for the bounds of values.
    Raises:
        ValueError: a text is malformed, or a setting cannot be searched.
    """
    space: Space = {}
    for text in searched:
        given, is_pair, values = text.partition("=")
        if not (is_pair and values.strip()):
            raise ValueError(f"{_RULE} Received: {text!r}.")
        name = _name(given.strip().lstrip("-"))
        if name in space:
            raise ValueError(
                "Each setting must be searched once. Received: "
                f"--search={text} after another one for {name}."
            )
        if config.is_given(name):
            raise ValueError(
                "A setting must have one value or be searched. Received: "
                f"--{name}={getattr(config, name)} and --search={text}. Leave "
                "one out."
            )
        space[name] = _values(name, values.strip(), text, config)
    if not space:
        raise ValueError(f"{_RULE} Received: none. Give at least one.")
    return space


def combinations(space: Space) -> Iterator[dict[str, Any]]:
    """Yields all combinations of values, for a grid.

    Raises:
        ValueError: a range has no step.
    """
    found: list[Sequence[Any]] = []
    for name, values in space.items():
        if isinstance(values, Choices):
            found.append(values.texts)
        elif values.step is not None:
            found.append(values.values)
        else:
            raise ValueError(
                "With --sampler=grid, each setting must have values or a step. "
                f"Received: {name} between {values.low:g} and {values.high:g}. "
                f"Write {name}=A,B,C or {name}=LOW:HIGH:STEP."
            )
    for combination in itertools.product(*found):
        yield dict(zip(space, combination, strict=True))


def settings(space: Space, taken: Mapping[str, Any]) -> dict[str, Any]:
    """The values of settings, from the numbers and names that were taken."""
    return {
        name: values.values[values.texts.index(taken[name])]
        if isinstance(values, Choices)
        else taken[name]
        for name, values in space.items()
    }


def extremes(values: Range | Choices) -> list[Any]:
    """The bounds of a range; all values of choices."""
    if isinstance(values, Range):
        return [values.low, values.high]
    return list(values.values)


def searchable() -> list[str]:
    """The names of settings that can be searched."""
    return [
        field.name
        for field, known in config_lib.fields_of(finetune_config.FinetuneConfig)
        if field.name == "init_checkpoint"
        or (
            known.decides
            and not (known.is_execution or known.is_local or known.remembered)
            and known.section not in _FIXED_SECTIONS
            and field.name not in _FIXED
        )
    ]


def _name(given: str) -> str:
    """The name of a setting, which may be given by an alias."""
    fields = dict(
        (field.name, known)
        for field, known in config_lib.fields_of(finetune_config.FinetuneConfig)
    )
    for name, known in fields.items():
        if given in known.aliases:
            given = name
    able = searchable()
    if given in able:
        return given
    if given in fields:
        reason = "a setting that says what is measured, or where"
        hint = ""
    else:
        reason = "no setting of albert-tf finetune"
        near = difflib.get_close_matches(given, able, n=2)
        hint = f" Did you mean {' or '.join(near)}?" if near else ""
    raise ValueError(
        f"--search must name one of {', '.join(able)}. Received: {given}, "
        f"which is {reason}.{hint}"
    )


def _values(
    name: str, text: str, given: str, config: config_lib.Config
) -> Range | Choices:
    field = type(config).__dataclass_fields__[name]
    kind = config_lib.type_of(type(config), field)
    found: Range | Choices
    if ":" in text and kind in (int, float):
        found = _range(text, kind, given)
    else:
        found = _choices(text, kind, given)
    for value in extremes(found):
        try:
            changed: dict[str, Any] = {name: value}
            dataclasses.replace(config, **changed)
        except ValueError as error:
            raise ValueError(f"{error} It is a value of {given!r}.") from None
    return found


def _range(text: str, kind: type, given: str) -> Range:
    parts = [part.strip() for part in text.split(":")]
    is_log = parts[2:] == ["log"]
    numbers = [
        _number(part, kind, given) for part in parts[: 2 if is_log else 3]
    ]
    if len(parts) > 3:
        raise ValueError(f"{_RULE} Received: {given!r}.")
    low, high = numbers[:2]
    if low >= high or (is_log and low <= 0):
        rule = "be above 0 and increase" if is_log else "increase"
        raise ValueError(
            f"The bounds of --search must {rule}. Received: {given!r}."
        )
    step = numbers[2] if len(numbers) > 2 else None
    if step is not None and not 0 < step <= high - low:
        raise ValueError(
            "The step of --search must be above 0 and at most the distance "
            f"between the bounds. Received: {given!r}."
        )
    return Range(low, high, is_log, step)


def _choices(text: str, kind: type, given: str) -> Choices:
    texts = [part.strip() for part in text.split("|" if "|" in text else ",")]
    if len(set(texts)) < len(texts) or "" in texts or len(texts) < 2:
        raise ValueError(
            "--search must give at least two different values. Received: "
            f"{given!r}. For one value, use the flag itself."
        )
    return Choices(tuple(texts), tuple(_value(t, kind, given) for t in texts))


def _value(text: str, kind: type, given: str) -> Any:
    if text == _NONE:
        return None
    if kind is bool:
        if text not in _SWITCHES:
            raise ValueError(
                "The values of a switch must be true and false. Received: "
                f"{given!r}."
            )
        return _SWITCHES[text]
    if kind in (int, float):
        return _number(text, kind, given)
    return tuple(text.split(",")) if kind is tuple else text


def _number(text: str, kind: type, given: str) -> float:
    try:
        return kind(text)
    except ValueError:
        noun = "a whole number" if kind is int else "a number"
        raise ValueError(
            f"Each value of this setting must be {noun}. Received: {text!r} in "
            f"{given!r}."
        ) from None
