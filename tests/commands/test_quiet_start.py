"""TensorFlow starts in silence, and errors are still seen."""

import os
import subprocess
import sys

import pytest

SCRIPT = """
import os, sys
from data_pipeline.commands import quiet_start
with quiet_start.importing():
    os.write(2, b"I0000 00:00 port.cc: noise\\n")
    os.write(2, b"E0000 00:00 a true fault\\n")
    print("of Python", file=sys.stderr)
    {block}
os.write(2, b"I0000 later\\n")
"""


def run(block, **variables):
    environment = {
        name: value
        for name, value in os.environ.items()
        if name != "TF_CPP_MIN_LOG_LEVEL"
    }
    return subprocess.run(
        [sys.executable, "-c", SCRIPT.format(block=block)],
        capture_output=True,
        text=True,
        env={**environment, **variables},
    )


def test_noise_alone_is_held_back():
    outcome = run("pass")
    assert outcome.returncode == 0
    assert outcome.stderr.splitlines() == [
        "E0000 00:00 a true fault",
        "of Python",
        "I0000 later",
    ]


def test_a_failed_import_shows_its_error():
    outcome = run("raise ImportError('no such library')")
    assert outcome.returncode == 1
    assert "a true fault" in outcome.stderr
    assert "ImportError: no such library" in outcome.stderr


def test_the_variable_brings_the_noise_back():
    outcome = run("pass", TF_CPP_MIN_LOG_LEVEL="0")
    assert "port.cc: noise" in outcome.stderr


@pytest.mark.slow
def test_tensorflow_starts_in_silence():
    block = "import tensorflow; tensorflow.config.list_physical_devices()"
    lines = run(block).stderr.splitlines()
    assert lines == ["E0000 00:00 a true fault", "of Python", "I0000 later"]
