"""The wheel, installed, from a folder with names like those of the project."""

import os
import pathlib
import subprocess
import sys
import time
import zipfile

import pytest

ROOT = pathlib.Path(__file__).parent.parent


@pytest.fixture(scope="module")
def installed(tmp_path_factory):
    """A folder with the installed wheel, and one to work in."""
    home = tmp_path_factory.mktemp("wheel")
    pip = [sys.executable, "-m", "pip", "--quiet"]
    # A copy, since setuptools leaves its build folder in the sources.
    source = home / "source"
    source.mkdir()
    for name in ("albert_tf", "data_pipeline", "setup.py", "pyproject.toml"):
        os.symlink(ROOT / name, source / name)
    for name in ("README.md", "LICENSE"):
        os.symlink(ROOT / name, source / name)
    subprocess.run(
        [*pip, "wheel", "--no-deps", f"--wheel-dir={home}", str(source)],
        check=True,
    )
    (wheel,) = home.glob("*.whl")
    target = home / "site"
    subprocess.run(
        [*pip, "install", "--no-deps", f"--target={target}", str(wheel)],
        check=True,
    )
    work = home / "work"
    for name in ("data_pipeline", "tests"):
        (work / name).mkdir(parents=True)
        (work / name / "__init__.py").write_text("raise ImportError('shadow')")
    return wheel, target, work


def run(installed, *arguments, **options):
    _, target, work = installed
    return subprocess.run(
        [str(target / "bin/albert-tf"), *map(str, arguments)],
        env={**os.environ, "PYTHONPATH": str(target)},
        cwd=work,
        text=True,
        capture_output=True,
        **options,
    )


def test_the_wheel_holds_the_packages_alone(installed):
    names = zipfile.ZipFile(installed[0]).namelist()
    tops = {name.split("/")[0] for name in names}
    assert {top for top in tops if not top.endswith(".dist-info")} == {
        "albert_tf",
        "data_pipeline",
    }
    assert any(name.endswith("page.js") or ".js" in name for name in names)


def test_help_is_there_at_once(installed):
    for arguments in (["--help"], ["finetune", "--help"], ["--version"]):
        start = time.monotonic()
        outcome = run(installed, *arguments)
        assert outcome.returncode == 0, outcome.stderr
        assert outcome.stderr == ""
        # TensorFlow alone takes several seconds to import.
        assert time.monotonic() - start < 3
