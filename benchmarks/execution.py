r"""Measures what depth as a loop and recomputation cost and save.

    python -m benchmarks.execution --model=base --layers=12,24 \
        --train_batch_size=4 --max_seq_length=128

Trains some steps in each way, each in a process of its own. Prints JSON lines:
the seconds until the first step is done (tracing and compilation), the seconds
of a later step (median), and the peak of memory above that of a process with
the model alone.
"""

import dataclasses
import itertools
import json
import os
import resource
import statistics
import subprocess
import sys
import time

from absl import app
from absl import flags

FLAGS = flags.FLAGS
flags.DEFINE_string("model", "base", "Published model size to measure.")
flags.DEFINE_list(
    "layers",
    ["12", "24"],
    "Numbers of layers to measure, instead of the model's own.",
)
flags.DEFINE_integer("train_batch_size", 4, "Rows per training step.")
flags.DEFINE_integer("max_seq_length", 128, "Tokens per row.")
flags.DEFINE_integer("max_predictions_per_seq", 20, "Masked tokens per row.")
flags.DEFINE_float(
    "dropout", 0.0, "Dropout rate of hidden vectors and attention."
)
flags.DEFINE_list(
    "compiled",
    ["false", "true"],
    "Whether XLA compiles the step: true, false, or both.",
)
flags.DEFINE_integer("steps", 5, "Number of steps to take the median of.")
flags.DEFINE_string("one", None, "Measure only this way to run, given as JSON.")


def measure(layers: int, depth: str, recompute: bool, compiled: bool) -> dict:
    import albert_tf
    from albert_tf.layers import execution
    from benchmarks.ours import pretraining

    config = dataclasses.replace(
        albert_tf.AlbertConfig.named(FLAGS.model),
        num_hidden_layers=layers,
        hidden_dropout_prob=FLAGS.dropout,
        attention_probs_dropout_prob=FLAGS.dropout,
    )
    run, _, _ = pretraining.make_run(
        config,
        pretraining.random_batches(
            config,
            FLAGS.train_batch_size,
            FLAGS.max_seq_length,
            FLAGS.max_predictions_per_seq,
        ),
        execution.Execution(
            depth=depth, recompute=recompute, compiled=compiled
        ),
    )
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    seconds = []
    for _ in range(1 + FLAGS.steps):
        start = time.perf_counter()
        run()
        seconds.append(time.perf_counter() - start)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return {
        "layers": layers,
        "depth": depth,
        "recompute": recompute,
        "compiled": compiled,
        "first_step_seconds": round(seconds[0], 1),
        "step_seconds": round(statistics.median(seconds[1:]), 3),
        # Kilobytes, on Linux.
        "peak_memory_gb": round((peak - before) / 1e6, 2),
    }


def main(argv: list[str]) -> None:
    if len(argv) > 1 and not FLAGS.one:
        raise app.UsageError(f"Unexpected arguments: {argv[1:]}")
    if FLAGS.one:
        print(json.dumps(measure(**json.loads(FLAGS.one))))
        return
    print(
        json.dumps(
            {
                **{
                    name: FLAGS[name].value
                    for name in ("model", "train_batch_size", "max_seq_length")
                },
                "dropout": FLAGS.dropout,
                "cores": len(os.sched_getaffinity(0)),
            }
        )
    )
    for layers, compiled, recompute, depth in itertools.product(
        map(int, FLAGS.layers),
        [value == "true" for value in FLAGS.compiled],
        (False, True),
        ("unrolled", "loop"),
    ):
        way = {
            "layers": layers,
            "depth": depth,
            "recompute": recompute,
            "compiled": compiled,
        }
        outcome = subprocess.run(
            [
                sys.executable,
                "-m",
                "benchmarks.execution",
                *sys.argv[1:],
                f"--one={json.dumps(way)}",
            ],
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            check=True,
        )
        print(outcome.stdout.strip(), flush=True)


if __name__ == "__main__":
    app.run(main)
