"""Docstrings as Markdown, for the API reference.

The project's docstrings have sections in Google's style, and some that Google
does not have (Inputs, Outputs, Source). All become a label and a list, or a
label and a paragraph; examples become code blocks. Brackets such as [B, S] are
shapes and never links.
"""

import re
import textwrap

_LABELS = {"Args": "Arguments"}
_SECTION = re.compile(
    r"(Args|Attributes|Returns|Yields|Raises|Inputs?|Outputs?|Weights|Source"
    r"|Example):(?: (.*))?$"
)
_ITEM = re.compile(r"(\*{0,2}[\w.]+(?:, \*{0,2}[\w.]+)*): +(\S.*)$")
_CODE = re.compile(r"(`[^`]+`)")


def markdown(docstring: str) -> str:
    """The Markdown of a docstring whose indentation is removed."""
    parts = []
    for lines in _blocks(docstring.strip("\n").splitlines()):
        header = _SECTION.match(lines[0])
        if header:
            parts.append(_section(header[1], header[2] or "", lines[1:]))
        elif lines[0].startswith((">>>", " ")):
            parts.append(_code(lines))
        else:
            parts.append(_escaped("\n".join(lines)))
    return "\n\n".join(parts)


def _blocks(lines: list[str]) -> list[list[str]]:
    """Lines that belong together: paragraphs, examples and sections."""
    blocks: list[list[str]] = [[]]
    is_section = False
    for line in lines:
        is_header = bool(_SECTION.match(line))
        is_indented = line.startswith(" ")
        ends = not line.strip() and not is_section
        if ends or is_header or (is_section and line and not is_indented):
            blocks.append([])
            is_section = is_header
        if line.strip() or is_section:
            blocks[-1].append(line)
    return [block for block in blocks if any(map(str.strip, block))]


def _section(title: str, first: str, lines: list[str]) -> str:
    label = f"**{_LABELS.get(title, title)}**"
    body = textwrap.dedent("\n".join(lines)).strip("\n")
    if title == "Example":
        blocks = _blocks(body.splitlines())
        return "\n\n".join([label, *map(_example, blocks)])
    has_items = title not in ("Returns", "Yields", "Source")
    chunks: list[list[str]] = [[first]] if first else []
    for line in body.splitlines():
        item = _ITEM.match(line) if has_items else None
        if item:
            chunks.append([f"* `{item[1]}`: {item[2]}"])
        elif chunks and (line.startswith(" ") or not _is_item(chunks[-1])):
            chunks[-1].append(line)
        else:
            chunks.append([line])
    text, before = label, ""
    for chunk in chunks:
        shown = _chunk(chunk)
        if text == label and not _is_item(chunk):
            text += ": "
        elif before.startswith("* ") and "\n\n" not in before:
            text += "\n" if _is_item(chunk) else "\n\n"
        else:
            text += "\n\n"
        text += shown
        before = shown
    return text


def _is_item(chunk: list[str]) -> bool:
    return chunk[0].startswith("* `")


def _chunk(lines: list[str]) -> str:
    """A paragraph, or an item of a list, which may have a list of its own."""
    if not _is_item(lines):
        return _escaped("\n".join(lines))
    head, rest = lines[0], [line.strip() for line in lines[1:]]
    text = "* " + _escaped(head.removeprefix("* "))
    if sum(line.endswith(";") for line in rest) < 2:
        return "\n    ".join([text, *map(_escaped, rest)])
    choices = re.split(r"(?<=[;.])\n", "\n".join(rest))
    inner = ["    * " + _escaped(each).replace("\n", " ") for each in choices]
    return "\n".join([f"{text}\n", *inner])


def _example(lines: list[str]) -> str:
    is_code = lines[0].startswith((">>>", " "))
    return _code(lines) if is_code else _escaped("\n".join(lines))


def _code(lines: list[str]) -> str:
    text = textwrap.dedent("\n".join(lines))
    text = re.sub(r" +# doctest: .*", "", text)
    language = "pycon" if text.startswith(">>>") else "text"
    return f"```{language}\n{text}\n```"


def _escaped(text: str) -> str:
    """Text whose brackets, stars and tags are characters, outside of code."""
    parts = _CODE.split(text)
    parts[::2] = [
        re.sub(r"([\[\]*])", r"\\\1", part).replace("<", "&lt;")
        for part in parts[::2]
    ]
    return "".join(parts)
