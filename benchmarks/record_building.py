r"""Measures how fast text becomes records, in how much memory and space.

    python -m benchmarks.record_building --input_file='novels/*.txt' \
        --spm_model_file=30k-clean.model --num_workers=2

Runs the builder as a user would, in a process of its own, its start included.
Prints JSON. google-research/albert's script, on two cores, does 0.18 MB of text
a second, and writes 3.0 kB for each example, 40 times by default.
"""

import json
import os
import platform
import resource
import statistics
import subprocess
import sys
import tempfile
import time

from absl import app
from absl import flags

from data_pipeline.pretraining.records import manifest as manifest_lib

FLAGS = flags.FLAGS
flags.DEFINE_string(
    "input_file", None, "Text files to build records from.", required=True
)
flags.DEFINE_string(
    "spm_model_file",
    None,
    "SentencePiece model of the vocabulary.",
    required=True,
)
flags.DEFINE_integer("max_seq_length", 512, "Tokens per row.")
flags.DEFINE_integer("num_workers", 2, "Number of processes.")
flags.DEFINE_integer("rounds", 3, "Number of builds to take the median of.")

GOOGLE_MB_PER_SECOND = 0.18
GOOGLE_BYTES_PER_EXAMPLE = 3000
GOOGLE_DUPE_FACTOR = 40


def build(folder: str) -> float:
    """Builds once; returns the seconds."""
    begin = time.perf_counter()
    subprocess.run(
        [
            sys.executable,
            "-m",
            "data_pipeline.pretraining.create_pretraining_data",
            f"--input_file={FLAGS.input_file}",
            f"--spm_model_file={FLAGS.spm_model_file}",
            f"--max_seq_length={FLAGS.max_seq_length}",
            f"--num_workers={FLAGS.num_workers}",
            f"--output_dir={folder}",
        ],
        check=True,
        stderr=subprocess.DEVNULL,
    )
    return time.perf_counter() - begin


def main(argv: list[str]) -> None:
    if len(argv) > 1:
        raise app.UsageError(f"Unexpected arguments: {argv[1:]}")
    with tempfile.TemporaryDirectory() as home:
        folders = [os.path.join(home, str(n)) for n in range(FLAGS.rounds)]
        seconds = [build(folder) for folder in folders]
        manifest = manifest_lib.read(folders[0])
    speed = manifest.inputs["bytes"] / 1e6 / statistics.median(seconds)
    written = sum(shard["bytes"] for shard in manifest.shards)
    googles = (
        manifest.counts["records"]
        * GOOGLE_BYTES_PER_EXAMPLE
        * GOOGLE_DUPE_FACTOR
    )
    report = {
        "text_mb": round(manifest.inputs["bytes"] / 1e6, 1),
        "records": manifest.counts["records"],
        "num_workers": FLAGS.num_workers,
        "seconds": [round(s, 2) for s in seconds],
        "text_mb_per_second": round(speed, 2),
        "times_googles_speed": round(speed / GOOGLE_MB_PER_SECOND, 1),
        "written_mb": round(written / 1e6, 1),
        "googles_size_times_ours": round(googles / written),
        # Of the largest process; kilobytes, on Linux.
        "peak_memory_mb": round(
            resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1e3
        ),
        "machine": platform.machine(),
        "cores": len(os.sched_getaffinity(0)),
    }
    print(json.dumps(report, indent=2))


if __name__ == "__main__":
    app.run(main)
