"""Records: written once, read back, checked."""

import json
import pathlib

import numpy as np
import pytest
import tensorflow as tf

from data_pipeline.pretraining import corpora
from data_pipeline.pretraining import create_pretraining_data
from data_pipeline.pretraining import record_files
from data_pipeline.pretraining import records
from data_pipeline.pretraining import segments
from data_pipeline.text import tokenizer as tokenizer_lib


def create(corpus, vocabulary, folder, **settings):
    return create_pretraining_data.create(
        corpora.read(str(corpus)),
        tokenizer_lib.load(vocabulary),
        str(folder),
        create_pretraining_data.Settings(max_seq_length=64, **settings),
        num_shards=2,
    )


def test_serialize_and_parse():
    examples = [segments.Example([7, 300, 40000], 2), segments.Example([5], 1)]
    token_ids, first_length = records.parse(
        tf.constant([records.serialize(example) for example in examples])
    )
    assert token_ids.to_list() == [[7, 300, 40000], [5]]
    assert first_length.numpy().tolist() == [2, 1]


def test_records_hold_the_corpus_once(corpus, vocabulary, tmp_path):
    manifest = create(corpus, vocabulary, tmp_path / "set")
    tokenizer = tokenizer_lib.load(vocabulary)
    lines = [line for line in corpus.read_text().splitlines() if line]
    expected = sum(map(len, tokenizer.encode_batch(lines)))
    files = record_files.RecordFiles(
        sorted(str(p) for p in (tmp_path / "set").glob("*.tfrecord"))
    )
    token_ids, _ = records.parse(
        tf.constant(files.read(np.arange(len(files))).tolist())
    )
    assert token_ids.flat_values.shape[0] == expected
    assert manifest.counts == {
        "documents": 40,
        "sentences": len(lines),
        "tokens": expected,
        "records": len(files),
    }
    assert manifest == records.read_manifest(str(tmp_path / "set"))


def test_same_input_same_bytes(corpus, vocabulary, tmp_path):
    manifests = [
        create(corpus, vocabulary, tmp_path / name, random_seed=seed)
        for name, seed in (("a", 1), ("b", 1), ("c", 2))
    ]
    assert manifests[0].shards == manifests[1].shards
    assert manifests[0].shards != manifests[2].shards


def test_nothing_is_overwritten(corpus, vocabulary, tmp_path):
    create(corpus, vocabulary, tmp_path / "set")
    before = (tmp_path / "set/manifest.json").read_bytes()
    with pytest.raises(FileExistsError, match="Nothing is overwritten"):
        create(corpus, vocabulary, tmp_path / "set")
    assert (tmp_path / "set/manifest.json").read_bytes() == before


def test_an_empty_corpus_leaves_no_records(vocabulary, tmp_path):
    (tmp_path / "empty.txt").write_text("\n\n")
    with pytest.raises(ValueError, match="0 documents"):
        create(tmp_path / "empty.txt", vocabulary, tmp_path / "set")
    assert not list((tmp_path / "set").iterdir())


def test_manifests_of_another_kind(tmp_path):
    with pytest.raises(FileNotFoundError, match="manifest.json"):
        records.read_manifest(str(tmp_path))
    (tmp_path / "manifest.json").write_text(json.dumps({"a": 1}))
    with pytest.raises(ValueError, match="record set's manifest"):
        records.read_manifest(str(tmp_path))
    records.write_manifest(
        str(tmp_path), records.Manifest({}, "x", 9, {}, [], format_version=99)
    )
    with pytest.raises(ValueError, match="format 99"):
        records.read_manifest(str(tmp_path))


def test_random_access(tmp_path):
    paths = []
    for file, count in enumerate((3, 0, 4)):
        paths.append(str(tmp_path / f"{file}.tfrecord"))
        with tf.io.TFRecordWriter(paths[-1]) as writer:
            for number in range(count):
                writer.write(f"{file}-{number}" * (number + 1))
    files = record_files.RecordFiles(paths)
    assert len(files) == 7
    assert files.read(np.array([6, 0, 2, 3, 6])).tolist() == [
        b"2-3" * 4,
        b"0-0",
        b"0-2" * 3,
        b"2-0",
        b"2-3" * 4,
    ]


@pytest.mark.parametrize("keep", [5, 14, 30])
def test_a_file_cut_short_is_named(tmp_path, keep):
    path = tmp_path / "a.tfrecord"
    with tf.io.TFRecordWriter(str(path)) as writer:
        writer.write("some record")
        writer.write("another one")
    whole = path.read_bytes()
    path.write_bytes(whole[: keep if keep < 27 else len(whole) - 2])
    with pytest.raises(ValueError, match="a.tfrecord, which ends inside"):
        record_files.RecordFiles([str(path)])
    assert pathlib.Path(path).exists()
