r"""Measures how fast text becomes records, in how much memory and space.

    pip install psutil
    python -m benchmarks.record_building --input_file='novels/*.txt' \
        --spm_model_file=30k-clean.model --num_workers=2
    python -m benchmarks.record_building --text_gb=2 --rounds=1 \
        --spm_model_file=30k-clean.model --max_open_files=64

Runs the builder as a user would, in a process of its own, its start included.
--text_gb makes text up: random words of the vocabulary, as frequent as words
are. Prints JSON; memory is that of all processes together. `passes` are the
bytes that were written over those of the finished records: a record is written
to the spill of its block, to a merger of many of them, and to its shard.
google-research/albert's script, on two cores, does 0.18 MB of text a second,
and writes 3.0 kB for each example, 40 times by default.
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

import numpy as np

from benchmarks import process_tree
from data_pipeline.pretraining.records import manifests
from data_pipeline.text import tokenizers
from tools import options

GOOGLE_MB_PER_SECOND = 0.18
GOOGLE_BYTES_PER_EXAMPLE = 3000
GOOGLE_DUPE_FACTOR = 40

# Bytes of text that is different, and of each file.
_DIFFERENT = 32 << 20
_FILE = 256 << 20
_WORDS = 20  # in a sentence
_SENTENCES = 30  # in a document


def make_text(folder: str, vocabulary: str, size: int) -> str:
    """Writes text of about that many bytes; returns a glob of its files.

    The frequency of words falls with their rank, and lengths of sentences vary.
    After 32 MB, the same documents come again in another order.
    """
    pieces = tokenizers.load(vocabulary).pieces
    words = np.array(
        [p[1:] for p in pieces if p[:1] == "▁" and p[1:].isalpha()]
    )
    rng = np.random.default_rng(0)
    rank = np.arange(1, len(words) + 1)
    drawn = rng.choice(words, _DIFFERENT // 5, p=1 / rank / np.sum(1 / rank))
    ends = np.cumsum(rng.integers(3, 2 * _WORDS, len(drawn) // _WORDS))
    lines = [
        " ".join(part) + "." for part in np.split(drawn, ends) if len(part)
    ]
    documents = [
        "\n".join(lines[at : at + _SENTENCES]) + "\n\n"
        for at in range(0, len(lines), _SENTENCES)
    ]
    written = number = 0
    while written < size:
        in_file = 0
        path = os.path.join(folder, f"{number:05}.txt")
        with open(path, "w", encoding="utf-8") as file:
            while in_file < min(_FILE, size - written):
                order = rng.permutation(len(documents)).tolist()
                in_file += file.write("".join(documents[i] for i in order))
        written, number = written + in_file, number + 1
    return os.path.join(folder, "*.txt")


def build(
    arguments: argparse.Namespace, text: str, folder: str
) -> tuple[float, process_tree.Watched]:
    """Builds once; returns the seconds, and what was seen meanwhile."""

    def limit() -> None:
        if most := arguments.max_open_files:
            resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))

    begin = time.perf_counter()
    with subprocess.Popen(
        [
            sys.executable,
            "-m",
            "data_pipeline.pretraining.create_pretraining_data",
            f"--input_file={text}",
            f"--spm_model_file={arguments.spm_model_file}",
            f"--max_seq_length={arguments.max_seq_length}",
            f"--num_workers={arguments.num_workers}",
            f"--output_dir={folder}",
        ],
        stderr=subprocess.DEVNULL,
        preexec_fn=limit,
    ) as process:
        with process_tree.watching(process.pid, folder) as watched:
            code = process.wait()
    if code:
        raise RuntimeError(f"albert-tf records ended with code {code}.")
    return time.perf_counter() - begin, watched


def main(arguments: argparse.Namespace) -> None:
    if bool(arguments.input_file) == bool(arguments.text_gb):
        raise ValueError(
            "One of --input_file and --text_gb must be given. Received: "
            f"{arguments.input_file!r} and {arguments.text_gb!r}."
        )
    before = _processor_seconds()
    with tempfile.TemporaryDirectory(dir=arguments.work_dir) as home:
        text = arguments.input_file or make_text(
            home, arguments.spm_model_file, int(arguments.text_gb * 1e9)
        )
        folders = [os.path.join(home, str(n)) for n in range(arguments.rounds)]
        rounds = [build(arguments, text, folder) for folder in folders]
        manifest = manifests.read(folders[0])
    seconds = [seconds for seconds, _ in rounds]
    watched = rounds[0][1]
    size = manifest.inputs["bytes"]
    worked = (_processor_seconds() - before) / arguments.rounds
    speed = size / 1e6 / statistics.median(seconds)
    written = sum(shard["bytes"] for shard in manifest.shards)
    googles = (
        manifest.counts["records"]
        * GOOGLE_BYTES_PER_EXAMPLE
        * GOOGLE_DUPE_FACTOR
    )
    report = {
        "text_mb": round(size / 1e6, 1),
        "records": manifest.counts["records"],
        "shards": len(manifest.shards),
        "num_workers": arguments.num_workers,
        "seconds": [round(s, 2) for s in seconds],
        "text_mb_per_second": round(speed, 2),
        # Which other programs on the machine change less.
        "text_mb_per_processor_second": round(size / 1e6 / worked, 2),
        "times_googles_speed": round(speed / GOOGLE_MB_PER_SECOND, 1),
        "written_mb": round(written / 1e6, 1),
        "googles_size_times_ours": round(googles / written),
        "peak_memory_mb": round(watched.memory / 1e6),
        "most_open_files": watched.open_files,
        "peak_disk_times_records": round(watched.disk / written, 2),
        "passes": round(watched.written / written, 2),
        "machine": platform.machine(),
        "cores": len(os.sched_getaffinity(0)),
    }
    print(json.dumps(report, indent=2))


def _processor_seconds() -> float:
    """Of all processes that have ended."""
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def _parser() -> options.Parser:
    parser = options.Parser(__doc__)
    add = parser.add_argument
    add("--input_file", help="Text files to build records from.")
    add("--text_gb", type=float, help="GB of text to make up instead.")
    add(
        "--spm_model_file",
        required=True,
        help="SentencePiece model of the vocabulary.",
    )
    add("--max_seq_length", type=int, default=512, help="Tokens per row.")
    add("--num_workers", type=int, default=2, help="Number of processes.")
    add(
        "--max_open_files",
        type=int,
        help="Limit of open files for each process (ulimit -n).",
    )
    add("--work_dir", help="Folder for a temporary folder.")
    add(
        "--rounds",
        type=int,
        default=3,
        help="Number of builds to take the median of.",
    )
    return parser


if __name__ == "__main__":
    options.run(main, _parser())
