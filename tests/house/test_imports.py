"""Who may import whom: the two packages, their rooms, and what starts fast."""

import ast
import re
import subprocess
import sys

import pytest

from docs import architecture_figure
from tools import imports

ROOT = imports.ROOT
SCRIPTS = ("benchmarks", "tools", "examples")
# Where flags are read, and where the two packages meet.
READ_FLAGS = {"commands"}
MEET = {"commands", "workflows"}


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
    assert circles(imports.modules()) == []


def test_no_circle_of_folders():
    assert circles(imports.folders()) == []


def test_no_circle_of_rooms():
    assert circles(imports.arrows()) == []


def pairs(arrows):
    return {(start, end) for start, ends in arrows.items() for end in ends}


def test_the_page_has_each_arrow_and_no_other():
    found, written = pairs(imports.arrows()), pairs(imports.written())
    assert found - written == set(), "not in docs/architecture.md"
    assert written - found == set(), "only in docs/architecture.md"


@pytest.mark.parametrize("package", imports.PACKAGES)
def test_the_picture_has_each_room_in_its_row(package):
    text = (ROOT / "docs/architecture.svg").read_text()
    drawn = re.findall(r">(\w+)</text>", text)
    rows = [
        name for row in architecture_figure.rows_of(package) for name in row
    ]
    assert f" {' '.join(rows)} " in f" {' '.join(drawn)} ", (
        "python -m docs.architecture_figure draws it anew"
    )


def test_flags_are_read_by_commands_only():
    for path in imports.sources(*imports.PACKAGES, *SCRIPTS):
        if READ_FLAGS & set(path.parts):
            continue
        for name in imports.imported(path):
            assert not name.startswith(("absl.flags", "absl.app")), path


def test_the_packages_meet_in_workflows_and_commands():
    for path in imports.sources("albert_tf"):
        if not MEET & set(path.parts):
            roots = {name.split(".")[0] for name in imports.imported(path)}
            assert not roots & {"data_pipeline", *SCRIPTS}, path
    for path in imports.sources("data_pipeline"):
        roots = {name.split(".")[0] for name in imports.imported(path)}
        assert not roots & {"albert_tf", "keras", *SCRIPTS}, path


def test_workflows_read_no_command_line():
    for name, others in imports.modules().items():
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


@pytest.mark.slow
def test_public_names_are_no_modules():
    # albert_tf/export.py must not take the place of albert_tf.export.
    subprocess.run([sys.executable, "-c", FUNCTIONS], check=True, cwd=ROOT)


@pytest.mark.parametrize("folder", ["benchmarks"])
def test_albert_tf_comes_before_tensorflow(folder):
    # It says how TensorFlow is to compute, which that reads when imported.
    # Inside albert_tf it has been imported by then.
    for path in imports.sources(folder):
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
