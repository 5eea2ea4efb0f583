"""A page for each command, from the flags that it defines."""

import importlib
import sys
from collections.abc import Iterator
from typing import Any
from typing import NamedTuple
from unittest import mock

from albert_tf import commands
from albert_tf.commands import stage
from data_pipeline import config as config_lib
from data_pipeline.commands import config_flags
from tools.site import settings

# Commands whose first word names the run that they are about.
STAGED = ("doctor", "estimate")


class Flags(NamedTuple):
    """What a command passes to `config_flags.run`.

    Attributes:
        words: the words that begin its command line, such as "doctor finetune".
        config: the settings that its flags stand for.
        doc: the text of --help above the flags.
        first: names of flags to show before all others.
        replaced: flags of google-research/albert, with what replaces them.
    """

    words: str
    config: type[config_lib.Config]
    doc: str
    first: tuple[str, ...]
    replaced: dict[str, str]


def defined() -> Iterator[Flags]:
    """Yields the flags of each command, and of each stage of STAGED."""
    for name in commands.COMMANDS:
        stages = stage.WORDS if name in STAGED else ("",)
        for word in stages:
            yield _defined(name, word)


def _defined(name: str, word: str) -> Flags:
    found: list[Flags] = []
    words = f"{name} {word}".strip()

    def keep(config: Any, workflow: str, doc: str, **options: Any) -> None:
        mains = {
            alias: field.name
            for field, known in config_lib.fields_of(config)
            for alias in known.aliases
        }
        first = tuple(mains.get(n, n) for n in options.get("first", ()))
        replaced = dict(options.get("replaced") or {})
        found.append(Flags(words, config, doc, first, replaced))

    with (
        mock.patch.object(config_flags, "run", keep),
        mock.patch.object(sys, "argv", [f"albert-tf {name}", word]),
    ):
        importlib.import_module(commands.COMMANDS[name].module).run()
    return found[0]


def pages() -> dict[str, str]:
    """The Markdown of each page, by its path in the site."""
    flags = {each.words: each for each in defined()}
    found = {"commands/index.md": _overview()}
    for name in commands.COMMANDS:
        if name in STAGED:
            stages = [
                (flags[f"{name} {run}"], flags[run]) for run in stage.WORDS
            ]
            parts = [part for each in stages for part in _stage(*each)]
            doc = stages[0][0].doc
        else:
            parts, doc = _all_flags(flags[name]), flags[name].doc
        text = "\n\n".join([f"# albert-tf {name}", _prose(doc), *parts])
        found[f"commands/{name}.md"] = text + "\n"
    return found


def _overview() -> str:
    lines = [
        "# Commands",
        "",
        "`albert-tf COMMAND --help` prints the same as these pages, which are "
        "made from the flags themselves. Flags are written `--name=value`; "
        "flags that are true or false also `--name` and `--noname`.",
    ]
    for title, several in commands.STAGES.items():
        lines += ["", f"## {title}", "", "| command | |", "|---|---|"]
        lines += [
            f"| [`{each.name}`]({each.name}.md) | {each.summary} |"
            for each in several
        ]
    return "\n".join(lines) + "\n"


def _prose(doc: str) -> str:
    """The text above the flags; its indented blocks are command lines."""
    paragraphs = doc.strip().split("\n\n")
    return "\n\n".join(
        each if each.startswith(" ") else settings.as_markdown(each)
        for each in paragraphs
    )


def _all_flags(flags: Flags) -> list[str]:
    """The flags in the sections and in the order of --help."""
    fields = _fields(flags.config)
    sections: dict[str, list[str]] = {"Arguments": [], "Most used": []}
    sections["Most used"] += flags.first
    for name, (_, known) in fields.items():
        if known.is_argument:
            sections["Arguments"].append(name)
        elif name not in flags.first:
            sections.setdefault(known.section, []).append(name)
    parts = []
    for title, names in sections.items():
        if names:
            parts.append(f"## {title}")
            parts += [_flag(flags.config, *fields[name]) for name in names]
    if flags.replaced:
        parts += ["## Flags of google-research/albert", _replaced(flags)]
    return parts


def _stage(flags: Flags, run: Flags) -> list[str]:
    """The flags that come first, and those that the run itself lacks.

    Args:
        flags: those of a stage, such as "estimate finetune".
        run: those of the command whose run it is about.
    """
    fields, known_there = _fields(flags.config), _fields(run.config)
    page = f"{run.words}.md"
    listed = "\n".join(
        f"* [`--{name}`]({page}#{name}): "
        f"{settings.as_markdown(fields[name][1].help)}"
        for name in flags.first
        if name in known_there
    )
    others = [
        _flag(flags.config, *field)
        for name, field in fields.items()
        if name not in known_there
    ]
    intro = (
        f"Takes all flags of [`albert-tf {run.words}`]({page}). Those that "
        "matter most here:"
    )
    return [f"## albert-tf {flags.words}", intro, listed, *others]


def _fields(config: type[config_lib.Config]) -> dict[str, tuple]:
    return {
        field.name: (field, known)
        for field, known in config_lib.fields_of(config)
    }


def _flag(config: Any, field: Any, known: config_lib.Setting) -> str:
    name = field.name.upper() if known.is_argument else f"--{field.name}"
    names = ", ".join([f"`{name}`", *(f"`--{a}`" for a in known.aliases)])
    return (
        f"#### {names} {{ #{field.name} }}\n\n"
        f"<small>{settings.form(config, field, known)}</small>\n\n"
        f"{settings.as_markdown(known.help)}"
    )


def _replaced(flags: Flags) -> str:
    rows = "\n".join(
        f"| `--{name}` | {instead} |"
        for name, instead in sorted(flags.replaced.items())
    )
    return f"| flag that does not exist here | instead |\n|---|---|\n{rows}"
