"""Builders: the same bytes however built, finished after a kill, mended."""

import json
import os
import pathlib
import signal
import subprocess
import sys
import time

import numpy as np
import pytest
import tensorflow as tf

from data_pipeline.corpora import blocks
from data_pipeline.corpora import text_sources
from data_pipeline.pretraining.building import block_records
from data_pipeline.pretraining.building import build
from data_pipeline.pretraining.building import build_folder
from data_pipeline.pretraining.building import sorted_rows
from data_pipeline.pretraining.building import spilling
from data_pipeline.pretraining.building import spills
from data_pipeline.pretraining.records import features as records
from data_pipeline.pretraining.records import manifests
from data_pipeline.pretraining.records import record_files
from data_pipeline.pretraining.records import tfrecords
from data_pipeline.text import tokenizers


def paths_under(folder):
    """All paths in a folder that others may be changing."""
    return {os.path.join(at, n) for at, _, ns in os.walk(folder) for n in ns}


def contents(folder):
    return {path.name: path.read_bytes() for path in folder.iterdir()}


@pytest.fixture(scope="module")
def large(tmp_path_factory):
    """Several blocks of text in two files, one of them compressed.

    Most of it are spaces, so that it is read much and worked on little.
    """
    import gzip

    folder = tmp_path_factory.mktemp("large")
    rng = np.random.default_rng(0)
    words = ["cat", "dog", "sees", "the", "river", "in", "winter", "5,000"]
    lines = [
        " ".join(rng.choice(words, 12)) + "." + " " * 1400 for _ in range(6000)
    ]
    paragraphs = ["\n".join(lines[i : i + 9]) for i in range(0, 6000, 9)]
    half = len(paragraphs) // 2
    (folder / "a.txt").write_text("\n\n".join(paragraphs[:half]))
    (folder / "b.txt.gz").write_bytes(
        gzip.compress("\n\n".join(paragraphs[half:]).encode(), 1)
    )
    return folder / "*.*"


@pytest.fixture
def job(large, make_job):
    return make_job(large, {"input_format": "sentences"})


@pytest.fixture(scope="module")
def built(large, make_job, tmp_path_factory):
    """The large text's records, made by one process."""
    folder = tmp_path_factory.mktemp("built") / "records"
    build.build(make_job(large, {"input_format": "sentences"}), str(folder))
    return folder


def test_records_hold_the_corpus_once(corpus, vocabulary, record_folder):
    tokenizer = tokenizers.load(vocabulary)
    lines = [line for line in corpus.read_text().splitlines() if line]
    expected = sum(map(len, tokenizer.encode_batch(lines)))
    files = record_files.RecordFiles(
        sorted(str(p) for p in record_folder.glob("*.tfrecord"))
    )
    serialized = files.read(np.arange(len(files))).tolist()
    token_ids, first, _ = records.parse(tf.constant(serialized))
    assert token_ids.flat_values.shape[0] == expected
    manifest = manifests.read(str(record_folder))
    assert manifest.counts == {
        "documents": 40,
        "sentences": len(lines),
        "tokens": expected,
        "records": len(files),
        "invalid_utf8": 0,
        "bad_documents": 0,
    }
    # One record of each document names it.
    named = [b"document" in record for record in serialized]
    assert sum(named) == 40
    # The index says what the records do.
    index = [
        tfrecords.read_index(str(path))
        for path in sorted(record_folder.glob("*.index"))
    ]
    lengths = token_ids.row_lengths().numpy()
    rows = lengths + 2 + (first.numpy() < lengths)
    np.testing.assert_array_equal(np.concatenate(index)[:, 1], rows)
    assert len(list(record_folder.iterdir())) == 9


def test_any_number_of_workers_and_beam_give_the_same_bytes(
    built, job, tmp_path, monkeypatch
):
    from apache_beam.runners.portability import prism_runner

    from data_pipeline.pretraining.building import beam_build

    downloads = []
    monkeypatch.setattr(prism_runner, "urlopen", downloads.append)
    expected = contents(built)
    counts = json.loads(expected["manifest.json"])["counts"]
    assert counts["sentences"] == 6000 and counts["records"] > 3000
    build.build(job, str(tmp_path / "pool"), num_workers=2)
    assert contents(tmp_path / "pool") == expected
    beam_build.build(
        job,
        str(tmp_path / "beam"),
        "DirectRunner",
        ["--direct_running_mode=multi_processing", "--direct_num_workers=2"],
    )
    assert contents(tmp_path / "beam") == expected
    assert not downloads


def test_seed_and_shards_decide_where_records_lie(
    large, make_job, built, tmp_path
):
    text = {"input_format": "sentences"}
    for name, changes in (
        ("seed", {"random_seed": 2}),
        ("shards", {"num_shards": 5}),
    ):
        build.build(make_job(large, text, **changes), str(tmp_path / name))
    sets = []
    for folder in (built, tmp_path / "shards"):
        paths = sorted(str(path) for path in folder.glob("*.tfrecord"))
        files = record_files.RecordFiles(paths)
        sets.append(sorted(files.read(np.arange(len(files)))))
    assert sets[0] == sets[1]
    first = "part-00000-of-00003.tfrecord"
    assert (tmp_path / "seed" / first).read_bytes() != (
        built / first
    ).read_bytes()
    # Shuffled: the shards differ in size by chance only.
    sizes = [s["records"] for s in manifests.read(str(built)).shards]
    assert max(sizes) - min(sizes) < 6 * np.sqrt(np.mean(sizes))


_BUILD = """
import sys
from data_pipeline.pretraining.building import build_records, records_config
if __name__ == "__main__":
    text, vocabulary, folder, workers = sys.argv[1:]
    build_records.build_records(records_config.RecordsConfig(
        input_file=text, input_format="sentences", spm_model_file=vocabulary,
        output_dir=folder, max_seq_length=64, num_shards=3, random_seed=1,
        num_workers=int(workers)))
"""


@pytest.mark.parametrize(
    "workers", [1, pytest.param(2, marks=pytest.mark.slow)]
)
def test_killed_anywhere_it_goes_on(
    workers, built, large, vocabulary, tmp_path
):
    script = tmp_path / "build_records.py"
    script.write_text(_BUILD)
    folder = tmp_path / "records"
    command = [sys.executable, script, large, vocabulary, folder, workers]
    environment = {
        **os.environ,
        "PYTHONPATH": str(pathlib.Path(__file__).parent.parent.parent),
    }
    kills = 0
    finished = False
    while not finished:
        process = subprocess.Popen(
            list(map(str, command)),
            env=environment,
            start_new_session=True,
            stderr=subprocess.PIPE,
        )
        before = paths_under(folder)
        while process.poll() is None:
            # Not before something new is there, and then at some moment.
            if kills < 6 and paths_under(folder) - before:
                time.sleep(0.02 * kills)
                # Together with its workers, as a machine that goes down.
                os.killpg(process.pid, signal.SIGKILL)
                kills += 1
            time.sleep(0.01)
        errors = process.communicate()[1].decode()
        finished = process.returncode == 0
        assert finished or process.returncode == -signal.SIGKILL, errors
    assert kills >= 3
    assert contents(folder) == contents(built)


def test_only_what_is_missing_is_made(job, built, tmp_path, caplog):
    folder = tmp_path / "records"
    folder.mkdir()
    for name, content in contents(built).items():
        (folder / name).write_bytes(content)
    untouched = (folder / "manifest.json").stat().st_mtime_ns
    # Killed when only the cleaning up was left.
    (folder / "unfinished/blocks").mkdir(parents=True)
    (folder / "unfinished/blocks/0.spill").touch()
    (folder / "part-00000-of-00003.tfrecord").with_suffix(
        ".tfrecord.0123456789abcdef0123456789abcdef.tmp"
    ).touch()
    (folder / "notes.tmp").touch()  # not ours
    build.build(job, str(folder))  # complete: nothing to make
    assert (folder / "manifest.json").stat().st_mtime_ns == untouched
    (folder / "notes.tmp").unlink()
    assert contents(folder) == contents(built)

    shards = sorted(folder.glob("*.tfrecord"))
    content = bytearray(shards[1].read_bytes())
    content[1000] ^= 1
    shards[1].write_bytes(content)
    shards[2].with_suffix(".index").unlink()
    untouched = shards[0].stat().st_mtime_ns
    build.build(job, str(folder))
    assert f"Corrupt: {shards[1]}" in caplog.text
    assert f"Missing: {shards[2].with_suffix('.index')}" in caplog.text
    assert shards[0].stat().st_mtime_ns == untouched
    assert contents(folder) == contents(built)


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
    monkeypatch.setattr(spills, "HELD_BYTES", 10_000)  # over 50 parts
    read = list(spills.read_shard(str(tmp_path), names, 1, 3))
    assert read == [(data, tokens) for _, data, tokens in expected]


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
