r"""Measures what depth as a loop and recomputation cost and save.

    python -m benchmarks.execution --model=base --layers=12,24 \
        --train_batch_size=4 --max_seq_length=128

Trains some steps in each way, each in a process of its own. Prints JSON lines:
the seconds until the first step is done, the seconds of a later step (median),
what the first takes longer (tracing and compilation; also in seconds of all
cores, which other programs on the machine change less), and the peak of memory
above that of a process with the model alone.
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
    import albert_tf  # before keras

    # isort: split
    import keras

    from albert_tf.layers import execution
    from benchmarks.ours import pretraining

    if arguments.precision == "bfloat16":
        keras.mixed_precision.set_dtype_policy("mixed_bfloat16")
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
    seconds, worked = [], []
    for _ in range(1 + arguments.steps):
        start, worked_before = time.perf_counter(), time.process_time()
        run()
        seconds.append(time.perf_counter() - start)
        worked.append(time.process_time() - worked_before)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return {
        "layers": layers,
        "depth": depth,
        "recompute": recompute,
        "compiled": compiled,
        "first_step_seconds": round(seconds[0], 2),
        "step_seconds": round(step := statistics.median(seconds[1:]), 3),
        "first_takes_longer_by": round(seconds[0] - step, 2),
        "first_works_longer_by": round(
            worked[0] - statistics.median(worked[1:]), 2
        ),
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
                    for name in (
                        "model",
                        "train_batch_size",
                        "max_seq_length",
                        "precision",
                    )
                },
                "dropout": arguments.dropout,
                "cores": len(os.sched_getaffinity(0)),
            }
        )
    )
    for layers, compiled, recompute, depth in itertools.product(
        map(int, arguments.layers),
        [value == "true" for value in arguments.compiled],
        [value == "true" for value in arguments.recompute],
        arguments.depths,
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
        "--recompute",
        type=options.names,
        default="false,true",
        help="Whether to recompute activations: true, false, or both.",
    )
    add(
        "--depths",
        type=options.names,
        default="unrolled,loop",
        help="How depth is run: unrolled, loop, or both.",
    )
    add(
        "--precision",
        choices=("float32", "bfloat16"),
        default="float32",
        help="Precision of products.",
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
