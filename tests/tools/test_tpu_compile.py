"""Steps compiled for a TPU that is not there; what it would not take fails.

ALBERT_TF_TPU_PYTHON=.venv-tpu/bin/python python -m pytest -m tpu_check
"""

import json
import os
import pathlib
import subprocess

import pytest

pytestmark = [pytest.mark.tpu_check, pytest.mark.timeout(900)]

ROOT = pathlib.Path(__file__).parent.parent.parent
SMALL = ("--model=tiny", "--layers=2", "--max_seq_length=128")

TEXT_IN_A_STEP = """
from data_pipeline.commands import command_line
from tools.tpu_check import environment

def main(argv):
    environment.prepare()
    import tensorflow as tf
    from tools.tpu_check import fake_tpus, lowering, train_steps

    def step(batch):
        return tf.strings.length(tf.strings.as_string(batch["x"]))

    lowering.lower(
        train_steps.trace(
            fake_tpus.make_strategy(4),
            step,
            {"x": tf.TensorSpec([4], tf.float32)},
        )
    )

command_line.run(main)
"""


@pytest.fixture(scope="module")
def python():
    """Runs an interpreter that has the packages of the check."""
    path = os.environ.get("ALBERT_TF_TPU_PYTHON")
    if not path:
        pytest.skip("no interpreter with tensorflow-tpu (ALBERT_TF_TPU_PYTHON)")

    def run(*arguments):
        return subprocess.run(
            [path, *arguments], capture_output=True, text=True, cwd=ROOT
        )

    return run


def check(python, *flags):
    return python("-m", "tools.tpu_compile_check", *SMALL, *flags)


@pytest.mark.parametrize(
    "flags",
    [
        ["--train_batch_size=16"],
        [
            "--train_batch_size=32",
            "--step=finetuning",
            "--depth=loop",
            "--recompute",
            "--accumulate_steps=2",
            "--optimizer=adamw",
        ],
    ],
)
def test_a_step_compiles(python, flags):
    outcome = check(python, *flags)
    assert outcome.returncode == 0, outcome.stderr
    report = json.loads(outcome.stdout)
    assert "TPU v5" in report["platform_version"]
    # Gradients are added up over replicas.
    assert report["all_reduces"] > 0
    assert 0.05 < report["arguments_gib"] < report["peak_gib"] < 1
    if "--depth=loop" not in flags:  # whose body the compiler counts once
        assert 1 < report["flops"] / report["matrix_flops"] < 1.1


def test_a_batch_that_does_not_fit_fails(python):
    outcome = check(
        python,
        "--model=base",
        "--layers=12",
        "--max_seq_length=512",
        "--train_batch_size=384",
    )
    assert outcome.returncode == 1
    assert "must fit into the memory of a device of v5e:2x2" in outcome.stderr
    assert "and a device of 15.75G; the largest of its" in outcome.stderr
    assert "Traceback" not in outcome.stderr


def test_more_memory_than_allowed_fails(python):
    outcome = check(python, "--train_batch_size=16", "--max_hbm_gib=0.1")
    assert outcome.returncode == 1
    assert json.loads(outcome.stdout)["peak_gib"] > 0.1
    assert "Received: 0.1 and a step that takes" in outcome.stderr


def test_an_operation_that_no_tpu_runs_fails(python):
    outcome = python("-c", TEXT_IN_A_STEP)
    assert outcome.returncode == 1
    assert "must be one that TPUs run. Received: AsString" in outcome.stderr
    assert "Traceback" not in outcome.stderr


def test_an_unknown_topology_fails(python):
    outcome = check(python, "--train_batch_size=16", "--topology=v9:2x2")
    assert outcome.returncode == 1
    assert "must be one that libtpu knows" in outcome.stderr
    assert "Traceback" not in outcome.stderr
