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

from data_pipeline.pretraining.building import build
from data_pipeline.pretraining.records import features as records
from data_pipeline.pretraining.records import manifests
from data_pipeline.pretraining.records import record_files
from data_pipeline.pretraining.records import tfrecords
from data_pipeline.text import tokenizers

_ROOT = pathlib.Path(__file__).parent.parent.parent


def paths_under(folder):
    """All paths in a folder that others may be changing."""
    return {os.path.join(at, n) for at, _, ns in os.walk(folder) for n in ns}


def contents(folder):
    return {path.name: path.read_bytes() for path in folder.iterdir()}


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
        "PYTHONPATH": str(_ROOT),
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
