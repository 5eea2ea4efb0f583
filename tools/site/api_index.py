"""The first page of the API reference: every name, and what it is."""

import re
from collections.abc import Sequence

import griffe

from tools.site import docstrings
from tools.site import griffe_extension
from tools.site import links

_INTRO = """# Python API

Everything that is public is an attribute of `albert_tf`. Each command is a
function that takes a config and returns what it made;
[a guide](../python.md) shows them in use. The pages on layers, losses,
optimization, tokenizers and settings describe modules beneath, for models of
your own.
"""


def page(pages: Sequence[str]) -> str:
    """The Markdown of the first page.

    Args:
        pages: the other pages of the reference in docs/, in order.
    """
    loader = griffe.GriffeLoader(
        search_paths=[links.ROOT],
        extensions=griffe.load_extensions(griffe_extension.Functions),
    )
    loader.load("data_pipeline")
    loader.load("albert_tf")
    parts = [_INTRO]
    for path in pages:
        text = (links.ROOT / "docs" / path).read_text(encoding="utf-8")
        title = re.search(r"^# (.*)$", text, re.MULTILINE)[1]
        name = path.removeprefix("api/")
        rows = [
            f"| [`{_short(each)}`]({name}#{each}) | "
            f"{_summary(loader.modules_collection[each])} |"
            for each in re.findall(r"^::: (\S+)$", text, re.MULTILINE)
        ]
        table = ["| name | |", "|---|---|", *rows]
        parts.append("\n".join([f"## [{title}]({name})", "", *table, ""]))
    return "\n".join(parts)


def _short(path: str) -> str:
    """A public name as `albert_tf.load`, another as its last part."""
    return path if path.count(".") == 1 else path.rpartition(".")[2]


def _summary(found: griffe.Object | griffe.Alias) -> str:
    first = found.docstring.value.partition("\n\n")[0]
    return docstrings.markdown(first).replace("\n", " ")
