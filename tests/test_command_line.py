"""A command ends, with its message and its code, whatever it was doing."""

import pathlib
import signal
import subprocess
import sys

import pytest
import slowly

ROOT = pathlib.Path(__file__).parent.parent

# Batches are read by Python, slowly and ahead of need, as records are.
READS = """
import sys, time
import tensorflow as tf
from data_pipeline import command_line

def read(number):
    time.sleep(0.3)
    return number

def main(argv):
    dataset = tf.data.Dataset.range(1000).map(
        lambda n: tf.numpy_function(read, [n], tf.int64), num_parallel_calls=4
    )
    iterator = iter(dataset.prefetch(4))
    next(iterator)
    END

command_line.run(main)
"""


@pytest.mark.parametrize(
    "end, code, message",
    slowly.after(
        3,
        [
            ("raise ValueError('the rule')", 1, "Error: the rule"),
            # As Python ends by it: by the signal itself.
            ("raise KeyboardInterrupt", -signal.SIGINT, "Traceback"),
            ("cycle = [iterator]; cycle.append(cycle)", 0, ""),
            ("return", 0, ""),
            ("raise KeyError('a bug')", 1, "Traceback"),
            ("sys.exit(75)", 75, ""),
        ],
    ),
)
def test_a_command_that_still_reads_ends(end, code, message):
    outcome = subprocess.run(
        [sys.executable, "-c", READS.replace("END", end)],
        capture_output=True,
        text=True,
        cwd=ROOT,
        timeout=60,
    )
    assert outcome.returncode == code, outcome.stderr
    assert message in outcome.stderr
    assert ("Traceback" in outcome.stderr) == (message == "Traceback")
