"""The two packages meet in the scripts only; what they import first."""

import ast
import pathlib
import subprocess
import sys

import pytest

ROOT = pathlib.Path(__file__).parent.parent
OURS = {"albert_tf", "data_pipeline", "benchmarks", "tools"}
FORBIDDEN = {
    "albert_tf": OURS - {"albert_tf"},
    "data_pipeline": OURS - {"data_pipeline"} | {"keras"},
    "benchmarks": {"tools"},
    "tools": {"benchmarks"},
}


def imported_roots(path):
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (name.name.split(".")[0] for name in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.module.split(".")[0]


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


@pytest.mark.parametrize("package", FORBIDDEN)
def test_imports_point_one_way(package):
    modules = [
        path
        for path in (ROOT / package).rglob("*.py")
        # The rooms where the packages meet, and the flags of the first.
        if not {"commands", "workflows"} & set(path.parts)
        and not path.name.endswith("_flags.py")
    ]
    assert len(modules) > (4 if package == "benchmarks" else 5)
    for path in modules:
        assert not set(imported_roots(path)) & FORBIDDEN[package], path


def test_albert_tf_comes_before_tensorflow():
    # It says how TensorFlow is to compute, which that reads when imported.
    # Inside albert_tf it has been imported by then.
    scripts = list((ROOT / "benchmarks").rglob("*.py"))
    both = 0
    for path in scripts:
        roots = list(imported_roots(path))
        if {"albert_tf", "tensorflow"} <= set(roots):
            both += 1
            first = roots.index("albert_tf")
            assert first < roots.index("tensorflow"), path
            assert "keras" not in roots[:first], path
    assert both >= 5
