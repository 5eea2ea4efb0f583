"""What --help prints: what a command does, and its flags in sections."""

import textwrap

from absl import flags

_WIDTH = 80
_MORE = "More"
# Section titles, each with the flags that were defined before it.
_sections: list[tuple[str, frozenset[str]]] = []


def section(title: str) -> None:
    """Puts the flags that are defined from here on under a title."""
    _sections.append((title, frozenset(flags.FLAGS)))


def wanted(argv: list[str]) -> bool:
    """Whether the arguments ask for help."""
    return any(
        argument.lstrip("-") in ("help", "helpshort", "helpfull", "h")
        for argument in argv[1:]
        if argument.startswith("-")
    )


def text(doc: str, everything: bool = False) -> str:
    """The help of a command whose flags are defined.

    Args:
        doc: what it does, with an example.
        everything: whether to show absl's own flags too.
    """
    parts = [doc.strip()]
    for title, found in _by_section(everything).items():
        parts.append(f"{title}:\n" + "\n".join(map(_described, found)))
    return "\n\n".join(parts) + "\n"


def _by_section(everything: bool) -> dict[str, list[flags.Flag]]:
    """The flags of each section, in the order of their definition."""
    found: dict[str, list[flags.Flag]] = {}
    for module, defined in flags.FLAGS.flags_by_module_dict().items():
        own = not module.startswith("absl.")
        for flag in defined:
            if flag.name not in flags.FLAGS:
                continue
            if own:
                found.setdefault(_section_of(flag.name), []).append(flag)
            elif everything:
                found.setdefault("Of absl", []).append(flag)
    order = [title for title, _ in _sections]
    return dict(
        sorted(
            found.items(),
            key=lambda item: (
                order.index(item[0])
                if item[0] in order
                else len(order) + (item[0] == "Of absl")
            ),
        )
    )


def _section_of(name: str) -> str:
    title = _MORE
    for following, before in _sections:
        if name in before:
            break
        title = following
    return title


def _described(flag: flags.Flag) -> str:
    default = flag.default
    is_switch = flag.boolean
    head = f"  --[no]{flag.name}" if is_switch else f"  --{flag.name}"
    if default not in (None, False, ""):
        shown = flag.default_as_str if not is_switch else repr(default)
        head += f" (default: {shown.strip(chr(39))})"
    body = textwrap.fill(
        flag.help or "",
        _WIDTH,
        initial_indent=" " * 6,
        subsequent_indent=" " * 6,
    )
    return f"{head}\n{body}"
