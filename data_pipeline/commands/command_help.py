"""The text of --help: a description, and the flags in sections."""

import textwrap
from collections.abc import Sequence

from absl import flags

FIRST = "Most used"
_WIDTH = 80
_OTHERS = "Flags"
_ABSL = "absl's own flags"
_ALIAS = "Alias for --"
# Titles of sections, with the names of the flags defined before each.
_sections: list[tuple[str, frozenset[str]]] = []


def section(title: str) -> None:
    """Starts a section: flags that are defined from now on belong to it."""
    _sections.append((title, frozenset(flags.FLAGS)))


def forget() -> None:
    """Forgets the sections, before the flags of another command."""
    _sections.clear()


def wanted(argv: Sequence[str]) -> bool:
    """Whether the arguments include a flag for help."""
    return any(
        argument.startswith("-")
        and argument.lstrip("-") in ("h", "help", "helpshort", "helpfull")
        for argument in argv[1:]
    )


def text(doc: str, first: Sequence[str] = (), everything: bool = False) -> str:
    """The help text of a command whose flags are defined.

    Args:
        doc: a description of the command, with an example.
        first: names of flags to show first.
        everything: whether to include absl's own flags.
    """
    parts = [doc.strip()]
    for title, found in by_section(first, everything).items():
        parts.append("\n".join([f"{title}:", *map(_described, found)]))
    if not everything:
        parts.append(
            "--helpfull also lists absl's own flags, such as --flagfile."
        )
    return "\n\n".join(parts)


def by_section(
    first: Sequence[str] = (), everything: bool = False
) -> dict[str, list[flags.Flag]]:
    """The defined flags by title of their section, without aliases.

    Args: as in `text`.
    """
    found: dict[str, list[flags.Flag]] = {}
    if first:
        found[FIRST] = [flags.FLAGS[name] for name in first]
    found |= {title: [] for title, _ in _sections}
    for module, defined in flags.FLAGS.flags_by_module_dict().items():
        is_ours = not module.startswith("absl.")
        for flag in defined:
            is_hidden = flag.name in first or _alias_of(flag) is not None
            if is_ours and not is_hidden:
                found.setdefault(_title_of(flag.name), []).append(flag)
            elif everything and not is_ours:
                found.setdefault(_ABSL, []).append(flag)
    return {title: each for title, each in found.items() if each}


def _title_of(name: str) -> str:
    title = _OTHERS
    for following, before in _sections:
        if name in before:
            break
        title = following
    return title


def _alias_of(flag: flags.Flag) -> str | None:
    """The name of the flag that this one is an alias of."""
    if not (flag.help or "").startswith(_ALIAS):
        return None
    return flag.help.removeprefix(_ALIAS).rstrip(".")


def _described(flag: flags.Flag) -> str:
    lines = [_head(flag)]
    choices = getattr(flag.parser, "enum_values", None)
    what = flag.help or ""
    if choices:
        what = what.removeprefix(f"<{'|'.join(choices)}>: ")
        lines += _indented(f"One of {', '.join(choices)}.")
    return "\n".join([lines[0], *_indented(what), *lines[1:]])


def _head(flag: flags.Flag) -> str:
    names = [flag.name]
    for other in flags.FLAGS:
        if _alias_of(flags.FLAGS[other]) == flag.name:
            names.append(other)
    head = "  " + ", ".join(
        f"--[no]{name}" if flag.boolean else f"--{name}" for name in names
    )
    if flag.default not in (None, "", False):
        head += f" (default: {str(flag.default_as_str).strip(chr(39))})"
    return head


def _indented(paragraph: str) -> list[str]:
    return textwrap.wrap(
        paragraph, _WIDTH, initial_indent="      ", subsequent_indent="      "
    )
