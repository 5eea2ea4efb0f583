r"""Measures how fast batches are made, masks included.

    python -m benchmarks.input_pipeline --input_file='records/*.tfrecord' \
        --max_seq_length=512 --seconds=60

Prints JSON: sequences (rows) a second in each window, the seconds from opening
the records to the first batch at --first_step, and the peak of memory.
"""

import json
import os
import platform
import resource
import time

import tensorflow as tf
from absl import app
from absl import flags

from data_pipeline.pretraining import batching
from data_pipeline.pretraining import mask_config
from data_pipeline.pretraining import mask_spec
from data_pipeline.pretraining.records import record_sets

FLAGS = flags.FLAGS
flags.DEFINE_string(
    "input_file",
    None,
    "Records: comma-separated paths or globs.",
    required=True,
)
flags.DEFINE_integer("max_seq_length", 512, "Tokens per row.")
flags.DEFINE_integer(
    "max_predictions_per_seq", 20, "Maximum number of masked tokens per row."
)
flags.DEFINE_bool("pack", False, "Whether to pack several examples into a row.")
flags.DEFINE_integer("batch_size", 256, "Rows per batch.")
flags.DEFINE_integer("first_step", 0, "Step number of the first batch.")
flags.DEFINE_integer("seconds", 60, "Duration of the measurement in seconds.")
flags.DEFINE_integer(
    "windows", 6, "Number of parts of that duration to report separately."
)


def main(argv: list[str]) -> None:
    if len(argv) > 1:
        raise app.UsageError(f"Unexpected arguments: {argv[1:]}")
    begin = time.perf_counter()
    record_set = record_sets.open_records(
        FLAGS.input_file, FLAGS.max_seq_length, pack=FLAGS.pack
    )
    opened = time.perf_counter() - begin
    spec = mask_spec.from_config(
        mask_config.MaskConfig(
            max_predictions_per_seq=FLAGS.max_predictions_per_seq
        ),
        record_set.tokenizer,
    )
    batches = iter(
        batching.training_batches(
            record_set,
            spec,
            batch_size=FLAGS.batch_size,
            seed=12345,
            first_step=FLAGS.first_step,
            pack=FLAGS.pack,
        )
    )
    batch = next(batches)
    first_batch = time.perf_counter() - begin
    speeds, tokens, rows = [], 0, 0
    for _ in range(FLAGS.windows):
        start, count = time.perf_counter(), 0
        while time.perf_counter() - start < FLAGS.seconds / FLAGS.windows:
            batch = next(batches)
            count += FLAGS.batch_size
            tokens += int(tf.reduce_sum(batch["padding_mask"]))
        speeds.append(round(count / (time.perf_counter() - start)))
        rows += count
    report = {
        "records": len(record_set.files),
        "max_seq_length": FLAGS.max_seq_length,
        "max_predictions_per_seq": FLAGS.max_predictions_per_seq,
        "pack": FLAGS.pack,
        "seconds_to_open": round(opened, 2),
        "first_step": FLAGS.first_step,
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


if __name__ == "__main__":
    app.run(main)
