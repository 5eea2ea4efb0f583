"""The fields of configs as Markdown: their names, types, defaults and help."""

import dataclasses
import re
from typing import Any

from data_pipeline import config as config_lib

_TYPES = {
    bool: "true or false",
    int: "integer",
    float: "number",
    str: "text",
    tuple: "list, separated by commas",
}


def form(
    config: type[config_lib.Config],
    field: dataclasses.Field,
    known: config_lib.Setting,
) -> str:
    """The values that a field takes, and its default, in words."""
    kind = config_lib.type_of(config, field)
    parts = [_TYPES[kind]]
    if known.choices:
        parts = [f"one of {', '.join(f'`{each}`' for each in known.choices)}"]
    if kind is tuple and known.is_argument:
        parts = ["one or several"]
    if kind is tuple and known.is_repeated:
        parts = ["text, given once for each value"]
    if known.minimum is not None:
        parts.append(f"at least {known.minimum:g}")
    if known.maximum is not None:
        parts.append(f"at most {known.maximum:g}")
    if known.is_required:
        parts.append("required")
    elif default := _default(field.name, field.default):
        parts.append(f"default {default}")
    return ", ".join(parts)


def _default(name: str, value: Any) -> str:
    """A default in words; "" for those that say nothing."""
    if name == "num_workers":
        return "one for each core"
    if value is None or value == "" or value == ():
        return ""
    if isinstance(value, tuple):
        value = ",".join(value)
    return f"`{str(value).lower() if isinstance(value, bool) else value}`"


def as_markdown(text: str) -> str:
    """Text of --help, with flags as code and stars as stars."""
    text = text.replace("<", "&lt;").replace("*", "\\*")
    return re.sub(r"(?<![\w`-])(--\w[\w-]*(?:=[\w.,/-]*\w)?)", r"`\1`", text)


def definitions(config: type[config_lib.Config]) -> str:
    """All fields of a config, as definition lists in sections."""
    sections: dict[str, list[str]] = {}
    for field, known in config_lib.fields_of(config):
        sections.setdefault(known.section, []).append(
            f"`{field.name}` {form(config, field, known)}\n"
            f":   {as_markdown(known.help)}\n"
        )
    return "\n".join(
        f"**{title}**\n\n" + "\n".join(fields) + "\n"
        for title, fields in sections.items()
    )
