r"""Measures how fast batches are made, masks included.

    python -m benchmarks.input_pipeline --input_file='records/*.tfrecord' \
        --max_seq_length=512 --seconds=60

Prints JSON: sequences (rows) a second in each window, the seconds from opening
the records to the first batch at --first_step, and the peak of memory.
"""

import argparse
import json
import os
import platform
import resource
import time

import tensorflow as tf

from data_pipeline.pretraining import batching
from data_pipeline.pretraining import mask_config
from data_pipeline.pretraining import mask_spec
from data_pipeline.pretraining.records import record_sets
from tools import options


def main(arguments: argparse.Namespace) -> None:
    begin = time.perf_counter()
    record_set = record_sets.open_records(
        arguments.input_file, arguments.max_seq_length, pack=arguments.pack
    )
    opened = time.perf_counter() - begin
    spec = mask_spec.from_config(
        mask_config.MaskConfig(
            max_predictions_per_seq=arguments.max_predictions_per_seq
        ),
        record_set.tokenizer,
    )
    batches = iter(
        batching.training_batches(
            record_set,
            spec,
            batch_size=arguments.batch_size,
            seed=12345,
            first_step=arguments.first_step,
            pack=arguments.pack,
        )
    )
    batch = next(batches)
    first_batch = time.perf_counter() - begin
    speeds, tokens, rows = [], 0, 0
    for _ in range(arguments.windows):
        start, count = time.perf_counter(), 0
        while (
            time.perf_counter() - start < arguments.seconds / arguments.windows
        ):
            batch = next(batches)
            count += arguments.batch_size
            tokens += int(tf.reduce_sum(batch["padding_mask"]))
        speeds.append(round(count / (time.perf_counter() - start)))
        rows += count
    report = {
        "records": len(record_set.files),
        "max_seq_length": arguments.max_seq_length,
        "max_predictions_per_seq": arguments.max_predictions_per_seq,
        "pack": arguments.pack,
        "seconds_to_open": round(opened, 2),
        "first_step": arguments.first_step,
        "seconds_to_first_batch": round(first_batch, 2),
        "sequences_per_second": speeds,
        "tokens_per_row": round(tokens / rows, 1),
        # Kilobytes, on Linux.
        "peak_memory_gb": round(
            resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6, 2
        ),
        "machine": platform.machine(),
        "cores": len(os.sched_getaffinity(0)),
        "tensorflow": tf.__version__,
    }
    print(json.dumps(report, indent=2))


def _parser() -> options.Parser:
    parser = options.Parser(__doc__)
    add = parser.add_argument
    add(
        "--input_file",
        required=True,
        help="Records: comma-separated paths or globs.",
    )
    add("--max_seq_length", type=int, default=512, help="Tokens per row.")
    add(
        "--max_predictions_per_seq",
        type=int,
        default=20,
        help="Maximum number of masked tokens per row.",
    )
    options.add_switch(
        parser, "--pack", "Whether to pack several examples into a row."
    )
    add("--batch_size", type=int, default=256, help="Rows per batch.")
    add(
        "--first_step",
        type=int,
        default=0,
        help="Step number of the first batch.",
    )
    add(
        "--seconds",
        type=int,
        default=60,
        help="Duration of the measurement in seconds.",
    )
    add(
        "--windows",
        type=int,
        default=6,
        help="Number of parts of that duration to report separately.",
    )
    return parser


if __name__ == "__main__":
    options.run(main, _parser())
