"""Steps as TPUs would get them, traced with TensorFlow alone."""

import json
import os
import pathlib
import subprocess
import sys

import pytest

ROOT = pathlib.Path(__file__).parent.parent.parent

# Of tpu_traces.CONFIG and its batch: 4 rows of 16 tokens, 3 of them masked.
TOKENS, ROWS, MASKS = 64, 4, 3
LAYERS = 3 * (
    2 * TOKENS * (8 * 24 + 8 * 8 + 2 * 8 * 12)  # weights
    + 4 * ROWS * 16 * 16 * 8  # scores and context
)
# Of the last layer, at tokens that are neither masked nor the first: all but
# keys and values.
LAYERS -= (TOKENS - ROWS * (MASKS + 1)) * (
    2 * (8 * 8 + 8 * 8 + 2 * 8 * 12) + 4 * 16 * 8
)
AROUND = (
    2 * TOKENS * 6 * 8  # embeddings to hidden size
    + 2 * ROWS * (8 * 8 + 8 * 2)  # pooler, sentence order
    + 2 * ROWS * MASKS * (8 * 6 + 6 * 50)  # masked LM
)


@pytest.fixture(scope="module")
def traces():
    """What tpu_traces.py prints."""
    outcome = subprocess.run(
        [sys.executable, str(pathlib.Path(__file__).parent / "tpu_traces.py")],
        capture_output=True,
        text=True,
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        timeout=280,
    )
    assert outcome.returncode == 0, outcome.stderr
    return json.loads(outcome.stdout.splitlines()[-1])


@pytest.mark.slow
@pytest.mark.parametrize(
    "way, loops",
    [
        ("unrolled", 0),
        ("loop", 2),  # one forward, one backward
        ("recompute", 0),
        ("all", 3),  # with recompute, and in parts, of which the second loops
        ("finetuning", 0),
    ],
)
def test_every_shape_of_a_step_is_static(traces, way, loops):
    found = traces["steps"][way]
    assert found["message"] is None
    # It is a whole step that was looked at, and of several replicas.
    assert found["operations"] > 1000
    assert found["loops"] == loops
    assert found["sums_over_replicas"] > 10


@pytest.mark.slow
@pytest.mark.parametrize("function", ["positive", "positive_in_a_loop"])
def test_a_dynamic_shape_is_found(traces, function):
    message = traces["dynamic"][function]
    assert (
        "must be known before the step runs. Received: Where of shape"
        in message
    )
    assert "boolean_mask/Where" in message


@pytest.mark.slow
def test_products_are_counted_with_every_round_of_a_loop(traces):
    # The backward pass has two products for each forward one.
    once = 3 * (LAYERS + AROUND)
    for way, expected in (
        ("unrolled", once),
        ("loop", once),
        ("recompute", once + LAYERS),
        ("all", once + LAYERS),
    ):
        assert traces["steps"][way]["matrix_flops"] == expected, way


@pytest.mark.slow
def test_what_is_cut_out_computes_what_the_step_does(traces):
    assert traces["difference"] < 1e-6


def test_without_its_packages_the_check_says_which_it_needs():
    outcome = subprocess.run(
        [sys.executable, "-m", "tools.tpu_compile_check", "--model=tiny"],
        capture_output=True,
        text=True,
        cwd=ROOT,
        timeout=60,
    )
    if "has no tensorflow-tpu" not in outcome.stderr:
        pytest.skip("tensorflow-tpu is installed here")
    assert outcome.returncode == 1
    assert "requirements-tpu-check.txt" in outcome.stderr
    assert "Traceback" not in outcome.stderr
