"""Records: written once, read back, checked."""

import json

import pytest
import tensorflow as tf

from data_pipeline.pretraining.records import examples as examples_lib
from data_pipeline.pretraining.records import features as records
from data_pipeline.pretraining.records import manifests


def test_serialize_and_parse():
    examples = [
        examples_lib.Example([7, 300, 40000], 2),
        examples_lib.Example([5], 1),
        examples_lib.Example([2**20, 9], 1, sentence_order=1),
    ]
    serialized = [records.serialize(example) for example in examples]
    token_ids, first_length, order = records.parse(tf.constant(serialized))
    assert token_ids.to_list() == [[7, 300, 40000], [5], [2**20, 9]]
    assert first_length.numpy().tolist() == [2, 1, 1]
    assert order.numpy().tolist() == [records.NOT_FIXED, records.NOT_FIXED, 1]
    # The same bytes as TensorFlow's own message.
    theirs = tf.train.Example.FromString(serialized[2])
    assert theirs.SerializeToString(deterministic=True) == serialized[2]


def test_manifests_of_another_kind(tmp_path):
    with pytest.raises(FileNotFoundError, match="manifest.json"):
        manifests.read(str(tmp_path))
    (tmp_path / "manifest.json").write_text(json.dumps({"a": 1}))
    with pytest.raises(ValueError, match="the manifest of a record set"):
        manifests.read(str(tmp_path))
    manifests.write(
        str(tmp_path),
        manifests.Manifest(
            settings={},
            tokenizer="x",
            vocab_size=9,
            inputs={},
            counts={},
            shards=[],
            format_version=99,
        ),
    )
    with pytest.raises(ValueError, match="format 99"):
        manifests.read(str(tmp_path))


SHARD = {"name": "a.tfrecord", "records": 1, "bytes": 9, "sha256": "00"}
WHOLE = {
    "settings": {"max_seq_length": 64},
    "tokenizer": "x",
    "vocab_size": 9,
    "inputs": {},
    "counts": {"records": 1},
    "shards": [SHARD],
    "format_version": 2,
}


def test_a_whole_manifest(tmp_path):
    (tmp_path / "manifest.json").write_text(json.dumps(WHOLE))
    assert manifests.read(str(tmp_path)).shards == [SHARD]


@pytest.mark.parametrize(
    "content",
    [
        {**WHOLE, "settings": 1},
        {**WHOLE, "settings": {}},
        {**WHOLE, "settings": {"max_seq_length": "64"}},
        {**WHOLE, "tokenizer": None},
        {**WHOLE, "vocab_size": 9.5},
        {**WHOLE, "counts": {"records": []}},
        {**WHOLE, "shards": {"a": 1}},
        {**WHOLE, "shards": [7]},
        {**WHOLE, "shards": [{**SHARD, "bytes": "9"}]},
        {**WHOLE, "another": 1},
        {**WHOLE, "format_version": [2]},
        [WHOLE],
        "[" * 100_000,
    ],
)
def test_damaged_manifests_are_named(tmp_path, content):
    text = content if isinstance(content, str) else json.dumps(content)
    (tmp_path / "manifest.json").write_text(text)
    with pytest.raises(ValueError, match="manifest.json"):
        manifests.read(str(tmp_path))
