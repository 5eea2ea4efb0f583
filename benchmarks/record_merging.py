r"""Measures the merging of a build of any size, with records of a few bytes.

    python -m benchmarks.record_merging --text_gb=200

Makes as many blocks, spills and shards as `albert-tf records` does for that
much text, with the builder's own functions and a few records for each block, so
that what is measured is how the number of files grows: files opened, most
spills at once, reads per shard, seconds. The bytes of each read are those of a
real build divided by `scale`. Prints JSON.
"""

import argparse
import contextlib
import json
import os
import resource
import tempfile
import time
from collections.abc import Iterator

import numpy as np

from data_pipeline.io import files
from data_pipeline.pretraining.building import block_records
from data_pipeline.pretraining.building import spilling
from data_pipeline.pretraining.building import spills
from data_pipeline.pretraining.records import shard_files
from data_pipeline.pretraining.records import tfrecords
from tools import options

# Of a real build: text per block and per shard, and bytes of records for each
# byte of text.
_BLOCK = 4 << 20
_SHARD = 256 << 20
_BYTES_OF_TEXT = 0.5


@contextlib.contextmanager
def counting_opened() -> Iterator[list[int]]:
    """Counts the files that are opened."""
    opened = [0]
    really = files.open

    def count(path: str, mode: str = "rb"):
        opened[0] += 1
        return really(path, mode)

    files.open = count  # type: ignore[assignment]
    try:
        yield opened
    finally:
        files.open = really


def spill(
    folder: str, blocks: int, records: int, shards: int
) -> tuple[list[spills.Spill], int]:
    """Spills blocks and merges them as the builder does.

    Returns:
        The spills that are left, and the largest number of them at once.
    """
    rng = np.random.default_rng(0)
    left: dict[str, spills.Spill] = {}
    small: list[spills.Spill] = []
    most = 0
    for number in range(blocks):
        block = block_records.BlockRecords(
            keys=rng.integers(0, 2**63, records, np.uint64),
            tokens=np.full(records, 9, np.uint32),
            data=[b"%09d" % number] * records,
            counts=dict.fromkeys(block_records.COUNTS, records),
            places=[],
        )
        made = spills.write(folder, f"{number:012}", block, shards)
        small.append(made)
        left[made.file] = made
        most = max(most, len(left))
        while several := spilling.enough(small):
            done = spilling.merge(folder, several, shards)
            for name in done.replaced:
                del left[name]
            for made in done.made:
                left[made.file] = made
    return list(left.values()), most


def main(arguments: argparse.Namespace) -> None:
    text = arguments.text_gb * 1e9
    blocks, shards = int(text / _BLOCK), 1 + int(text / _SHARD)
    records = arguments.records
    # A merger of as many blocks as in a real build.
    real = _BLOCK * _BYTES_OF_TEXT
    scale = real / (9 * records)
    spills.HELD_BYTES = int(spills.HELD_BYTES / scale)
    begin = time.perf_counter()
    with (
        counting_opened() as opened,
        tempfile.TemporaryDirectory(dir=arguments.work_dir) as home,
    ):
        left, most = spill(home, blocks, records, shards)
        spilled = time.perf_counter() - begin
        opened_before, sources = opened[0], [made.file for made in left]
        begin = time.perf_counter()
        gathered = shards if not arguments.shards else arguments.shards
        read = 0
        for shard in range(gathered):
            row = tfrecords.write_shard(
                shard_files.path(home, shard, shards),
                spills.read_shard(home, sources, shard, shards),
            )
            read += row["records"]
        seconds = time.perf_counter() - begin
    if gathered == shards and read != blocks * records:
        raise RuntimeError(f"{read} of {blocks * records} records were kept.")
    report = {
        "text_gb": arguments.text_gb,
        "blocks": blocks,
        "shards": shards,
        "scale": round(scale),
        "most_spills_at_once": most,
        "spills_to_read": len(sources),
        "kb_per_read_in_a_real_build": round(
            text * _BYTES_OF_TEXT / shards / len(sources) / 1e3
        ),
        "files_opened_to_spill": opened_before,
        "files_opened_to_gather": round(
            (opened[0] - opened_before) * shards / gathered
        ),
        "seconds_to_spill": round(spilled, 1),
        "seconds_to_gather": round(seconds * shards / gathered, 1),
        "peak_memory_mb": round(
            resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3
        ),
        "load": round(os.getloadavg()[0], 1),
    }
    print(json.dumps(report, indent=2))


def _parser() -> options.Parser:
    parser = options.Parser(__doc__)
    add = parser.add_argument
    add("--text_gb", type=float, default=200, help="GB of text.")
    add("--records", type=int, default=100, help="Records of each block.")
    add(
        "--shards",
        type=int,
        help="Shards to gather, for a figure of all; all, if left out.",
    )
    add("--work_dir", help="Folder for a temporary folder.")
    return parser


if __name__ == "__main__":
    options.run(main, _parser())
