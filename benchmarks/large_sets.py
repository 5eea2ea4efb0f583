r"""Measures how training starts on a billion records, and in how much memory.

    python -m benchmarks.large_sets --spm_model_file=30k-clean.model

The set is made of links to one shard of a million records, so it takes 0.2 GB
of disk; the program that reads it does not know. Each measurement runs in a
process of its own and starts in the middle of an epoch. Prints a Markdown
table.
"""

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time

import numpy as np

from benchmarks import record_manifest
from data_pipeline.pretraining.records import examples
from data_pipeline.pretraining.records import features
from data_pipeline.pretraining.records import part_table
from data_pipeline.pretraining.records import shard_files
from data_pipeline.pretraining.records import tfrecords
from data_pipeline.text import tokenizers
from tools import options

S = 128
_A_SHARD = 1_000_000
_DIFFERENT = 10_000  # records, which repeat within the shard


def make_set(folder: str, vocabulary: str, records: int) -> float:
    """Makes the set; returns the seconds that the table of a shard takes."""
    tokenizer = tokenizers.load(vocabulary)
    tokenizer.save(folder)
    rng = np.random.default_rng(0)
    different = []
    for length in rng.integers(10, S - 2, _DIFFERENT).tolist():
        ids = rng.integers(1000, tokenizer.vocab_size, length).tolist()
        example = examples.Example(ids, int(rng.integers(5, length)))
        different.append(
            (features.serialize(example), features.row_tokens(example))
        )
    shards = records // _A_SHARD
    first = shard_files.path(folder, 0, shards)
    made = tfrecords.write_shard(
        first, (different[n % _DIFFERENT] for n in range(_A_SHARD))
    )
    rows = [made]
    for shard in range(1, shards):
        path = shard_files.path(folder, shard, shards)
        os.link(first, path)
        os.link(tfrecords.index_path(first), tfrecords.index_path(path))
        rows.append({**made, "name": os.path.basename(path)})
    begin = time.perf_counter()
    index = tfrecords.read_index(tfrecords.index_path(first))
    entries = part_table.entries(index, S)
    seconds = time.perf_counter() - begin
    part_table.save(folder, rows, [entries] * shards)
    record_manifest.write(folder, tokenizer, rows, S)
    return seconds


def read_batches(arguments: argparse.Namespace) -> None:
    """Prints the figures of one process as JSON."""
    from data_pipeline.batches import host_share
    from data_pipeline.pretraining import batching
    from data_pipeline.pretraining import mask_config
    from data_pipeline.pretraining import mask_spec
    from data_pipeline.pretraining.records import record_sets

    before = _memory()
    begin = time.perf_counter()
    pack = arguments.measured == "packed"
    record_set = record_sets.open_records(arguments.input_file, S, pack=pack)
    opened = time.perf_counter() - begin
    config = mask_config.MaskConfig(max_predictions_per_seq=20)
    batches = batching.training_batches(
        record_set,
        mask_spec.from_config(config, record_set.tokenizer),
        batch_size=arguments.batch_size,
        seed=12345,
        first_step=arguments.first_step,
        share=host_share.HostShare(0, arguments.hosts, arguments.hosts),
        pack=pack,
    ).as_numpy_iterator()
    next(batches)
    first = time.perf_counter() - begin
    begin, rows = time.perf_counter(), 0
    while time.perf_counter() - begin < arguments.seconds:
        rows += len(next(batches)["token_ids"])
    figures = {
        "records": len(record_set.files),
        "opened": opened,
        "first": first,
        "speed": rows / (time.perf_counter() - begin),
        "before": before,
        "memory": _memory(),
    }
    print(json.dumps(figures))


def _memory() -> float:
    """The peak so far, in GB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6


def main(arguments: argparse.Namespace) -> None:
    if arguments.measured:
        read_batches(arguments)
        return
    with tempfile.TemporaryDirectory() as folder:
        seconds = make_set(folder, arguments.spm_model_file, arguments.records)
        print(
            f"Starting at step {arguments.first_step:,} of "
            f"{arguments.batch_size} rows of {S}. The table takes {seconds:.2f}"
            " s for each million records when a set is made. Load: "
            f"{', '.join(f'{load:.1f}' for load in os.getloadavg())} on "
            f"{len(os.sched_getaffinity(0))} cores.\n\n"
            "| | records | opened, s | first batch, s | rows/s | memory before,"
            " GB | peak, GB |\n|---|---|---|---|---|---|---|"
        )
        for measured in ("one record a row", "packed"):
            for _ in range(arguments.rounds):
                done = subprocess.run(
                    [
                        *(sys.executable, "-m", "benchmarks.large_sets"),
                        f"--spm_model_file={arguments.spm_model_file}",
                        f"--input_file={folder}/*.tfrecord",
                        f"--first_step={arguments.first_step}",
                        f"--seconds={arguments.seconds}",
                        f"--hosts={arguments.hosts}",
                        f"--measured={measured}",
                    ],
                    check=True,
                    stdout=subprocess.PIPE,
                    text=True,
                )
                found = json.loads(done.stdout.splitlines()[-1])
                print(
                    f"| {measured} | {found['records']:,} | "
                    f"{found['opened']:.1f} | {found['first']:.1f} | "
                    f"{found['speed']:,.0f} | {found['before']:.2f} | "
                    f"{found['memory']:.2f} |",
                    flush=True,
                )


def _parser() -> options.Parser:
    parser = options.Parser(__doc__)
    add = parser.add_argument
    add("--spm_model_file", required=True, help="Vocabulary of the records.")
    add("--records", type=int, default=10**9, help="Number of records.")
    add("--batch_size", type=int, default=256, help="Rows per batch.")
    add("--first_step", type=int, default=600_000, help="First step.")
    add("--hosts", type=int, default=1, help="Hosts; the first one reads.")
    add("--seconds", type=int, default=20, help="Duration of a measurement.")
    add("--rounds", type=int, default=2, help="Measurements of each kind.")
    add("--input_file", help="Records to measure in this process, if any.")
    add("--measured", help="What to measure in this process, if anything.")
    return parser


if __name__ == "__main__":
    options.run(main, _parser())
