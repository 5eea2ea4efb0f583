"""The wheel, installed, from a folder with names like those of the project."""

import json
import os
import pathlib
import socket
import subprocess
import sys
import time
import urllib.request
import zipfile

import pytest

ROOT = pathlib.Path(__file__).parent.parent.parent


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


def command(installed, *arguments):
    """What subprocess takes to run albert-tf in the folder to work in."""
    _, target, work = installed
    environment = {**os.environ, "PYTHONPATH": str(target)}
    environment.pop("TF_CPP_MIN_LOG_LEVEL", None)  # of the tests
    return {
        "args": [str(target / "bin/albert-tf"), *map(str, arguments)],
        "env": environment,
        "cwd": work,
        "text": True,
    }


def run(installed, *arguments):
    return subprocess.run(**command(installed, *arguments), capture_output=True)


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


def flags(**values):
    return [f"--{name}={value}" for name, value in values.items()]


@pytest.mark.slow
@pytest.mark.timeout(1200)
def test_a_whole_life(installed, corpus, vocabulary, sizes):
    work = installed[2]

    def do(*arguments):
        outcome = run(installed, *arguments)
        assert outcome.returncode == 0, outcome.stdout + outcome.stderr
        assert "failed call" not in outcome.stderr  # TensorFlow's own noise
        return outcome.stdout

    (work / "config.json").write_text(json.dumps(sizes))
    do(
        "records",
        *flags(
            input_file=corpus,
            spm_model_file=vocabulary,
            output_dir="records",
            max_seq_length=64,
        ),
    )
    do(
        "pretrain",
        *flags(
            albert_config_file="config.json",
            input_file="records/*.tfrecord",
            output_dir="pretrained",
            max_seq_length=64,
            train_batch_size=8,
            num_train_steps=4,
        ),
    )
    rows = ["the cat sees a house,animal", "the king builds a bridge,person"]
    lines = "\n".join(["text,label", *rows * 20]) + "\n"
    (work / "train.csv").write_text(lines)
    (work / "dev.csv").write_text(lines)
    do(
        "finetune",
        "--do_train",
        "--do_eval",
        *flags(
            task_name="custom",
            task_type="classification",
            train_file="train.csv",
            eval_file="dev.csv",
            init_checkpoint="pretrained",
            output_dir="run",
            train_step=20,
            train_batch_size=8,
            max_seq_length=32,
        ),
    )
    assert "accuracy" in do("evaluate", "run", "dev.csv")
    answer = do("predict", "run", "--text=the cat sees it")
    assert "animal" in answer or "person" in answer
    do("predict", "run", "dev.csv", "--output=predicted.csv")
    assert len((work / "predicted.csv").read_text().splitlines()) == 41
    do("export", "--checkpoint=run", "--output=export")
    _ask_the_server(installed)


def _ask_the_server(installed):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    address = f"http://127.0.0.1:{port}"
    server = subprocess.Popen(
        **command(installed, "serve", "export", f"--port={port}")
    )
    try:
        for _ in range(240):
            try:
                urllib.request.urlopen(f"{address}/healthz")
                break
            except OSError:
                assert server.poll() is None
                time.sleep(0.5)
        answer = subprocess.run(
            ["curl", "--silent", "--data", '{"instances": ["the cat"]}']
            + [f"{address}/v1/models/export:predict"],
            capture_output=True,
            check=True,
        )
        (found,) = json.loads(answer.stdout)["predictions"]
        assert found["label"] in ("animal", "person")
        page = urllib.request.urlopen(f"{address}/").read().decode()
        assert "<html" in page
    finally:
        server.terminate()
        assert server.wait(30) == 0
