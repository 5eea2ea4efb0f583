"""Who may import whom: the two packages, their rooms, and what starts fast."""

import ast
import collections
import pathlib
import subprocess
import sys

import pytest

ROOT = pathlib.Path(__file__).parent.parent.parent
PACKAGES = ("albert_tf", "data_pipeline")
SCRIPTS = ("benchmarks", "tools", "examples")
# Where flags are read, and where the two packages meet.
READ_FLAGS = {"commands"}
MEET = {"commands", "workflows"}


def sources(*folders):
    return [path for name in folders for path in (ROOT / name).rglob("*.py")]


def name_of(path):
    """The dotted name of a module; a folder is named as its __init__."""
    name = ".".join(path.relative_to(ROOT).with_suffix("").parts)
    return name.removesuffix(".__init__")


MODULES = {name_of(path): path for path in sources(*PACKAGES)}


def is_passed_over(node):
    """Whether a block runs only as a script, or for type checkers only."""
    test = ast.dump(node.test) if isinstance(node, ast.If) else ""
    return "TYPE_CHECKING" in test or "__main__" in test


def imported(path):
    """The names that a module imports, also within functions."""
    nodes = [ast.parse(path.read_text())]
    while nodes:
        node = nodes.pop()
        if isinstance(node, ast.Import):
            yield from (name.name for name in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from (f"{node.module}.{name.name}" for name in node.names)
        if not is_passed_over(node):
            nodes += ast.iter_child_nodes(node)


def module_of(name):
    """The module of ours that an imported name is, or is in."""
    while name and name not in MODULES:
        name = name.rpartition(".")[0]
    return name


def graph():
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


def room_of(module):
    """The folder of a module; those at the top are rooms of their own."""
    path = MODULES[module]
    if path.parent.name in PACKAGES:
        return module
    return name_of(path.parent / "__init__.py")


def circles(edges):
    """Sets of nodes that reach each other (Tarjan's algorithm)."""
    order, low, stack, found = {}, {}, [], []

    def visit(node):
        order[node] = low[node] = len(order)
        stack.append(node)
        for other in edges.get(node, ()):
            if other not in order:
                visit(other)
            if other in stack:
                low[node] = min(low[node], low[other])
        if low[node] == order[node]:
            circle = set()
            while node not in circle:
                circle.add(stack.pop())
            if len(circle) > 1:
                found.append(sorted(circle))

    for node in edges:
        if node not in order:
            visit(node)
    return found


def test_no_circle_of_modules():
    assert circles(graph()) == []


def test_no_circle_of_rooms():
    edges = collections.defaultdict(set)
    for module, others in graph().items():
        room = room_of(module)
        edges[room] |= {room_of(other) for other in others} - {room}
    assert circles(edges) == []


def test_flags_are_read_by_commands_only():
    for path in sources(*PACKAGES, *SCRIPTS):
        if READ_FLAGS & set(path.parts):
            continue
        for name in imported(path):
            assert not name.startswith(("absl.flags", "absl.app")), path


def test_the_packages_meet_in_workflows_and_commands():
    for path in sources("albert_tf"):
        if not MEET & set(path.parts):
            roots = {name.split(".")[0] for name in imported(path)}
            assert not roots & {"data_pipeline", *SCRIPTS}, path
    for path in sources("data_pipeline"):
        roots = {name.split(".")[0] for name in imported(path)}
        assert not roots & {"albert_tf", "keras", *SCRIPTS}, path


def test_workflows_read_no_command_line():
    for name, others in graph().items():
        if ".commands" not in name:
            used = {other for other in others if ".commands" in other}
            assert not used, f"{name} imports {used}"


COMMANDS = """
import sys
from albert_tf import commands
for command in commands.COMMANDS.values():
    __import__(command.module, fromlist=["run"]).run
heavy = {"tensorflow", "keras", "sklearn", "scipy"} & set(sys.modules)
assert not heavy, heavy
"""


def test_help_waits_for_no_heavy_import():
    subprocess.run([sys.executable, "-c", COMMANDS], check=True, cwd=ROOT)


FUNCTIONS = """
import albert_tf
for name in albert_tf.__all__:
    value = getattr(albert_tf, name)
    assert callable(value), f"albert_tf.{name} is {value}"
"""


def test_public_names_are_no_modules():
    # albert_tf/export.py must not take the place of albert_tf.export.
    subprocess.run([sys.executable, "-c", FUNCTIONS], check=True, cwd=ROOT)


@pytest.mark.parametrize("folder", ["benchmarks"])
def test_albert_tf_comes_before_tensorflow(folder):
    # It says how TensorFlow is to compute, which that reads when imported.
    # Inside albert_tf it has been imported by then.
    for path in sources(folder):
        roots = [name.split(".")[0] for name in in_order(path)]
        if {"albert_tf", "tensorflow"} <= set(roots):
            first = roots.index("albert_tf")
            assert first < roots.index("tensorflow"), path
            assert "keras" not in roots[:first], path


def in_order(path):
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (name.name for name in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.module
