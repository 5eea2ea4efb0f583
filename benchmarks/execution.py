r"""Measures what depth as a loop and recomputation cost and save.

    python -m benchmarks.execution --model=base --layers=12,24 \
        --train_batch_size=4 --max_seq_length=128

Trains some steps in each way, each in a process of its own. Prints JSON lines:
the seconds until the first step is done (tracing and compilation), the seconds
of a later step (median), and the peak of memory above that of a process with
the model alone.
"""

import argparse
import dataclasses
import itertools
import json
import os
import resource
import statistics
import subprocess
import sys
import time

from tools import options


def measure(
    arguments: argparse.Namespace,
    layers: int,
    depth: str,
    recompute: bool,
    compiled: bool,
) -> dict:
    import albert_tf
    from albert_tf.layers import execution
    from benchmarks.ours import pretraining

    config = dataclasses.replace(
        albert_tf.AlbertConfig.named(arguments.model),
        num_hidden_layers=layers,
        hidden_dropout_prob=arguments.dropout,
        attention_probs_dropout_prob=arguments.dropout,
    )
    run, _, _ = pretraining.make_run(
        config,
        pretraining.random_batches(
            config,
            arguments.train_batch_size,
            arguments.max_seq_length,
            arguments.max_predictions_per_seq,
        ),
        execution.Execution(
            depth=depth, recompute=recompute, compiled=compiled
        ),
    )
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    seconds = []
    for _ in range(1 + arguments.steps):
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


def main(arguments: argparse.Namespace) -> None:
    if arguments.one:
        print(json.dumps(measure(arguments, **json.loads(arguments.one))))
        return
    print(
        json.dumps(
            {
                **{
                    name: getattr(arguments, name)
                    for name in ("model", "train_batch_size", "max_seq_length")
                },
                "dropout": arguments.dropout,
                "cores": len(os.sched_getaffinity(0)),
            }
        )
    )
    for layers, compiled, recompute, depth in itertools.product(
        map(int, arguments.layers),
        [value == "true" for value in arguments.compiled],
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


def _parser() -> options.Parser:
    parser = options.Parser(__doc__)
    add = parser.add_argument
    add("--model", default="base", help="Published model size to measure.")
    add(
        "--layers",
        type=options.names,
        default="12,24",
        help="Numbers of layers to measure, instead of the model's own.",
    )
    add(
        "--train_batch_size",
        type=int,
        default=4,
        help="Rows per training step.",
    )
    add("--max_seq_length", type=int, default=128, help="Tokens per row.")
    add(
        "--max_predictions_per_seq",
        type=int,
        default=20,
        help="Masked tokens per row.",
    )
    add(
        "--dropout",
        type=float,
        default=0.0,
        help="Dropout rate of hidden vectors and attention.",
    )
    add(
        "--compiled",
        type=options.names,
        default="false,true",
        help="Whether XLA compiles the step: true, false, or both.",
    )
    add(
        "--steps",
        type=int,
        default=5,
        help="Number of steps to take the median of.",
    )
    add("--one", help="Measure only this way to run, given as JSON.")
    return parser


if __name__ == "__main__":
    options.run(main, _parser())
