"""Which module imports which, read from the source of both packages.

    python -m tools.imports

writes the arrows between rooms into docs/architecture.md, after an intended
change. A room is a folder or a file at the top of a package.
"""

import ast
import collections
import pathlib
import re
import textwrap
from collections.abc import Iterator

ROOT = pathlib.Path(__file__).parent.parent
PACKAGES = ("albert_tf", "data_pipeline")
PAGE = ROOT / "docs/architecture.md"
# The arrows of a package on that page: an indented block below its name.
BLOCK = r"(?<=^`{package}`:\n\n)(?: {{4}}.*\n)+"

Graph = dict[str, set[str]]


def sources(*folders: str) -> list[pathlib.Path]:
    return [path for name in folders for path in (ROOT / name).rglob("*.py")]


def name_of(path: pathlib.Path) -> str:
    """The dotted name of a module; a folder is named as its __init__."""
    name = ".".join(path.relative_to(ROOT).with_suffix("").parts)
    return name.removesuffix(".__init__")


MODULES = {name_of(path): path for path in sources(*PACKAGES)}


def is_passed_over(node: ast.AST) -> bool:
    """Whether a block runs only as a script, or for type checkers only."""
    test = ast.dump(node.test) if isinstance(node, ast.If) else ""
    return "TYPE_CHECKING" in test or "__main__" in test


def imported(path: pathlib.Path) -> Iterator[str]:
    """The names that a module imports, also within functions."""
    nodes: list[ast.AST] = [ast.parse(path.read_text())]
    while nodes:
        node = nodes.pop()
        if isinstance(node, ast.Import):
            yield from (name.name for name in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from (f"{node.module}.{name.name}" for name in node.names)
        if not is_passed_over(node):
            nodes += ast.iter_child_nodes(node)


def module_of(name: str) -> str:
    """The module of ours that an imported name is, or is in; "" for others."""
    while name and name not in MODULES:
        name = name.rpartition(".")[0]
    return name


def modules() -> Graph:
    """The modules that each module imports.

    Importing albert_tf itself is left out: it holds the version, and every
    other name only once it is used.
    """
    return {
        name: {module_of(each) for each in imported(path)}
        - {"", "albert_tf", name}
        for name, path in MODULES.items()
        if name != "albert_tf" and not name.endswith("__main__")
    }


def folder_of(module: str) -> str:
    """The folder of a module; a file at the top stands for itself."""
    path = MODULES[module]
    if path.parent.name in PACKAGES:
        return module
    return name_of(path.parent / "__init__.py")


def room_of(module: str) -> str:
    return ".".join(module.split(".")[:2])


def folders() -> Graph:
    """The folders that each folder imports."""
    found = collections.defaultdict(set)
    for module, others in modules().items():
        folder = folder_of(module)
        found[folder] |= {folder_of(other) for other in others} - {folder}
    return found


def arrows() -> Graph:
    """The rooms that each room imports.

    Within a room, the folders of the room that each of its folders imports.
    Rooms and folders that import nothing of ours are left out.
    """
    found = collections.defaultdict(set)
    for folder, others in folders().items():
        for other in others:
            ends = room_of(folder), room_of(other)
            start, end = (folder, other) if len({*ends}) == 1 else ends
            found[start].add(end)
    return found


def written() -> Graph:
    """The arrows that docs/architecture.md names."""
    found, text = {}, PAGE.read_text()
    for package in PACKAGES:
        block = re.search(BLOCK.format(package=package), text, re.M)
        lines = re.sub(r"\n {6,}", " ", block[0]).splitlines()
        for line in lines:
            start, _, ends = line.strip().partition(": ")
            found[full(start, package)] = {
                full(end, package) for end in ends.split(", ")
            }
    return found


def full(name: str, package: str) -> str:
    """The dotted name of a room on the page, where its package is left out."""
    if name.split(".")[0] in PACKAGES:
        return name
    return f"{package}.{name}"


def write() -> None:
    text = PAGE.read_text()
    for package in PACKAGES:
        rows = [
            f"{start}: {', '.join(sorted(ends))}".replace(f"{package}.", "")
            for start, ends in sorted(arrows().items())
            if start.split(".")[0] == package
        ]
        block = "".join(
            textwrap.fill(
                row,
                138,
                initial_indent=" " * 4,
                subsequent_indent=" " * 8,
                break_on_hyphens=False,
            )
            + "\n"
            for row in rows
        )
        text = re.sub(BLOCK.format(package=package), block, text, flags=re.M)
    PAGE.write_text(text)


if __name__ == "__main__":
    write()
