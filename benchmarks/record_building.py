r"""Measures how fast text becomes records, in how much memory and space.

    python -m benchmarks.record_building --input_file='novels/*.txt' \
        --spm_model_file=30k-clean.model --num_workers=2

Runs the builder as a user would, in a process of its own, its start included.
Prints JSON. google-research/albert's script, on two cores, does 0.18 MB of text
a second, and writes 3.0 kB for each example, 40 times by default.
"""

import argparse
import json
import os
import platform
import resource
import statistics
import subprocess
import sys
import tempfile
import time

from data_pipeline.pretraining.records import manifests
from tools import options

GOOGLE_MB_PER_SECOND = 0.18
GOOGLE_BYTES_PER_EXAMPLE = 3000
GOOGLE_DUPE_FACTOR = 40


def build(arguments: argparse.Namespace, folder: str) -> float:
    """Builds once; returns the seconds."""
    begin = time.perf_counter()
    subprocess.run(
        [
            sys.executable,
            "-m",
            "data_pipeline.pretraining.create_pretraining_data",
            f"--input_file={arguments.input_file}",
            f"--spm_model_file={arguments.spm_model_file}",
            f"--max_seq_length={arguments.max_seq_length}",
            f"--num_workers={arguments.num_workers}",
            f"--output_dir={folder}",
        ],
        check=True,
        stderr=subprocess.DEVNULL,
    )
    return time.perf_counter() - begin


def main(arguments: argparse.Namespace) -> None:
    with tempfile.TemporaryDirectory() as home:
        folders = [os.path.join(home, str(n)) for n in range(arguments.rounds)]
        seconds = [build(arguments, folder) for folder in folders]
        manifest = manifests.read(folders[0])
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
        "num_workers": arguments.num_workers,
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


def _parser() -> options.Parser:
    parser = options.Parser(__doc__)
    add = parser.add_argument
    add("--input_file", required=True, help="Text files to build records from.")
    add(
        "--spm_model_file",
        required=True,
        help="SentencePiece model of the vocabulary.",
    )
    add("--max_seq_length", type=int, default=512, help="Tokens per row.")
    add("--num_workers", type=int, default=2, help="Number of processes.")
    add(
        "--rounds",
        type=int,
        default=3,
        help="Number of builds to take the median of.",
    )
    return parser


if __name__ == "__main__":
    options.run(main, _parser())
