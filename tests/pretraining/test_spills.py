"""Spills: merged as they come, read with few files open, mended."""

import os
import pathlib
import subprocess
import sys

import numpy as np

from data_pipeline.corpora import blocks
from data_pipeline.corpora import text_sources
from data_pipeline.pretraining.building import block_records
from data_pipeline.pretraining.building import build
from data_pipeline.pretraining.building import build_folder
from data_pipeline.pretraining.building import sorted_rows
from data_pipeline.pretraining.building import spilling
from data_pipeline.pretraining.building import spills

_ROOT = pathlib.Path(__file__).parent.parent.parent


def contents(folder):
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def spill_all(job, folder):
    """The spills of all blocks, and those that `build` would make of them."""
    build_folder.claim(str(folder), build.new_manifest(job, {}, []))
    return build._spill(job, str(folder), map)[0]


def test_a_damaged_spill_is_made_again(job, built, tmp_path):
    folder = tmp_path / "records"
    work = folder / "unfinished"
    made = spill_all(job, work)
    assert len(made) >= 3
    for spill, keep in zip(made, (0, 50, 10_000), strict=False):
        path = work / "blocks" / spill.file
        path.write_bytes(path.read_bytes()[:keep])
    (work / "blocks" / "of-another-text.spill").write_bytes(b"x")
    build.build(job, str(folder))
    assert contents(folder) == contents(built)


def test_merged_spills_give_the_same_bytes(job, built, tmp_path, monkeypatch):
    folder = tmp_path / "records"
    work = folder / "unfinished"
    blocks_of = work / "blocks"
    single = spill_all(job, work)
    kept = (blocks_of / single[0].file).read_bytes()
    passes = {name for spill in single for name in spill.passes}
    # Each two blocks are enough to be merged.
    largest = max(spill.data_bytes for spill in single)
    monkeypatch.setattr(spills, "HELD_BYTES", 2 * largest + 1)
    monkeypatch.setattr(spilling, "_MERGED_AT_ONCE", 2)
    merged = spill_all(job, work)
    assert len(merged) < len(single)
    assert {name for spill in merged for name in spill.passes} == passes
    # Killed after the merger was written, before its sources were removed;
    # and a merger of a block of text that has since changed.
    (blocks_of / single[0].file).write_bytes(kept)
    stale = next(spill for spill in merged if len(spill.passes) > 1)
    name = stale.passes[0].encode()
    path = blocks_of / stale.file
    path.write_bytes(path.read_bytes().replace(name, name[:-5] + b"x-000"))
    build.build(job, str(folder))
    assert contents(folder) == contents(built)


def test_a_large_shard_is_read_in_parts(job, tmp_path, monkeypatch):
    made, names = [], []
    for number, group in enumerate(text_sources.groups(job.sources)):
        for block, _ in blocks.cut(number, group, job.config):
            made += block_records.make(block, job)
            (name,) = spills.names(block, job.config, 1)
            names += [spills.write(str(tmp_path), name, made[-1], 3).file]
    expected = sorted(
        (key, data, tokens)
        for block in made
        for key, data, tokens in zip(
            block.keys.tolist(), block.data, block.tokens.tolist(), strict=True
        )
        if key % 3 == 1
    )
    monkeypatch.setattr(spills, "HELD_BYTES", 500)  # over 1,000 parts
    read = list(spills.read_shard(str(tmp_path), names, 1, 3))
    assert read == [(data, tokens) for _, data, tokens in expected]


_FEW_FILES = """
import resource
import sys
import numpy as np
from data_pipeline.pretraining.building import block_records, spilling, spills

resource.setrlimit(resource.RLIMIT_NOFILE, (16, 16))
spills.HELD_BYTES = 4000
made, small, keys = {}, [], []
for number in range(300):
    block = block_records.BlockRecords(
        keys=np.arange(20, dtype=np.uint64) * 4000 + number,  # of one shard
        tokens=np.full(20, 5, np.uint32),
        data=[b"%d" % number] * 20,
        counts=dict.fromkeys(block_records.COUNTS, 1),
        places=[],
    )
    written = spills.write(sys.argv[1], f"{number:03}", block, 4)
    made[written.file] = written
    small.append(written)
    while several := spilling.enough(small):
        done = spilling.merge(sys.argv[1], several, 4)
        for name in done.replaced:
            del made[name]
        made.update((spill.file, spill) for spill in done.made)
print(len(made), sum(spill.counts["records"] for spill in made.values()))
read = [
    [int(data) for data, _ in spills.read_shard(sys.argv[1], [*made], shard, 4)]
    for shard in range(4)
]
print(*map(len, read), read[3][:3])
"""


def test_few_files_are_open_and_few_are_left(tmp_path):
    done = subprocess.run(
        [sys.executable, "-c", _FEW_FILES, tmp_path],
        check=True,
        stdout=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": str(_ROOT)},
        text=True,
    )
    first, second = done.stdout.splitlines()
    left, records = map(int, first.split())
    # 20 records of 1 to 3 bytes: 4,000 bytes are 67 blocks or more.
    assert left == len(list(tmp_path.iterdir())) < 80
    assert records == 300
    assert second == "1500 1500 1500 1500 [3, 7, 11]"


def test_equal_keys_are_in_order_of_their_data():
    rng = np.random.default_rng(0)
    data = [b"%d" % number for number in rng.permutation(60)]
    block = block_records.BlockRecords(
        keys=rng.integers(0, 4, 60, np.uint64),
        tokens=np.arange(60, dtype=np.uint32),
        data=data,
        counts={},
        places=[],
    )
    rows = sorted_rows.of_block(block)
    found = [found for found, _ in rows.in_order(rows.order(1))]
    keys = block.keys.tolist()
    assert found == [d for _, d in sorted(zip(keys, data, strict=True))]
