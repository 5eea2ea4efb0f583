"""Records as google-research/albert writes and reads them."""

import dataclasses

import numpy as np
import pytest
import tensorflow as tf

from data_pipeline.pretraining import batching
from data_pipeline.pretraining import mask_spec
from data_pipeline.pretraining.building import masked_records
from data_pipeline.pretraining.records import examples as examples_lib
from data_pipeline.pretraining.records import layout
from data_pipeline.pretraining.records import randomness
from data_pipeline.pretraining.records import record_sets
from data_pipeline.pretraining.records import tfrecords
from data_pipeline.text import tokenizers

CLS, SEP, MASK, V, S, M = 2, 3, 4, 60, 16, 5
SPEC = mask_spec.MaskSpec(
    starts_word=np.arange(V) < 40,
    ordinary_ids=np.arange(5, V, dtype=np.int32),
    special_ids=(CLS, SEP),
    mask_id=MASK,
    max_predictions=M,
    masked_lm_prob=0.15,
    ngram=3,
    favor_shorter_ngram=True,
    google_quirks=False,
)
# name_to_features of google-research/albert, run_pretraining.py.
SCHEMA = {
    "input_ids": tf.io.FixedLenFeature([S], tf.int64),
    "input_mask": tf.io.FixedLenFeature([S], tf.int64),
    "segment_ids": tf.io.FixedLenFeature([S], tf.int64),
    "token_boundary": tf.io.FixedLenFeature([S], tf.int64),
    "masked_lm_positions": tf.io.FixedLenFeature([M], tf.int64),
    "masked_lm_ids": tf.io.FixedLenFeature([M], tf.int64),
    "masked_lm_weights": tf.io.FixedLenFeature([M], tf.float32),
    "next_sentence_labels": tf.io.FixedLenFeature([1], tf.int64),
}
EXAMPLES = [
    examples_lib.Example([7, 41, 8, 9, 42, 43, 10, 11], 5),
    examples_lib.Example([42, 7, 8, 9], 2, 1),
    examples_lib.Example([7, 8, 9, 10], 2, 0),
    examples_lib.Example([7, 41, 9, 10, 11], 5),  # no second segment
    examples_lib.Example(list(range(7, 7 + S - 3)), 4),
]

GOOGLES_NAMES = {
    "token_ids": "input_ids",
    "padding_mask": "input_mask",
    "segment_ids": "segment_ids",
    "mask_positions": "masked_lm_positions",
    "mask_ids": "masked_lm_ids",
    "mask_weights": "masked_lm_weights",
}


def make(examples=EXAMPLES, seed=0, spec=SPEC):
    keys = randomness.fold(seed, np.arange(len(examples)))
    return masked_records.serialize(examples, spec, keys, max_seq_length=S)


def read(record):
    parsed = tf.io.parse_single_example(record, SCHEMA)
    return {name: value.numpy().tolist() for name, value in parsed.items()}


def unmasked(row):
    ids = list(row["input_ids"])
    for position, original, weight in zip(
        row["masked_lm_positions"],
        row["masked_lm_ids"],
        row["masked_lm_weights"],
        strict=True,
    ):
        if weight:
            ids[position] = original
    return ids


def test_rows_under_googles_schema():
    for seed in range(20):
        rows = [read(record) for record in make(seed=seed)]
        for example, row in zip(EXAMPLES, rows, strict=True):
            label = row["next_sentence_labels"][0]
            first = example.token_ids[: example.first_length]
            second = example.token_ids[example.first_length :]
            if example.sentence_order is not None:
                assert label == example.sentence_order
            elif label and second:
                first, second = second, first
            else:
                assert label == 0
            ids = [CLS, *first, SEP, *([*second, SEP] if second else [])]
            padding = [0] * (S - len(ids))
            assert unmasked(row) == ids + padding
            assert row["input_mask"] == [1] * len(ids) + padding
            assert row["segment_ids"] == (
                [0] * (len(first) + 2)
                + [1] * (len(ids) - len(first) - 2)
                + padding
            )
            starts = [int(i < 40) for i in ids]  # [CLS] and [SEP] are 2 and 3
            assert row["token_boundary"] == starts + padding
            used = int(sum(row["masked_lm_weights"]))
            assert 1 <= used <= max(1, round(0.15 * len(ids)))
            assert row["masked_lm_weights"] == [1] * used + [0] * (M - used)
            for name in ("masked_lm_positions", "masked_lm_ids"):
                assert row[name][used:] == [0] * (M - used)


def test_boundaries_mark_special_tokens_whatever_the_vocabulary_says():
    spec = dataclasses.replace(SPEC, starts_word=np.zeros(V, bool))
    row = read(make(EXAMPLES[2:3], spec=spec)[0])
    assert row["token_boundary"] == [1, 0, 0, 1, 0, 0, 1] + [0] * (S - 7)


def test_exchanges_and_masks_differ_by_key_and_repeat():
    examples = EXAMPLES[:1] * 2000
    labels = [
        read(record)["next_sentence_labels"][0] for record in make(examples)
    ]
    assert np.mean(labels) == pytest.approx(0.5, abs=0.045)  # 4 sd
    assert make(examples[:50]) == make(examples[:50])
    assert make(examples[:50]) != make(examples[:50], seed=1)


def write(path, records):
    with tf.io.TFRecordWriter(str(path)) as writer:
        for record in records:
            writer.write(record)
    return str(path)


@pytest.fixture(scope="module")
def google_files(tmp_path_factory):
    """60 records in three files, without index, manifest or tokenizer."""
    folder = tmp_path_factory.mktemp("google")
    records = [record for seed in range(12) for record in make(seed=seed)]
    write(folder / "a.tfrecord", [])
    write(folder / "b.tfrecord", records[:25])
    write(folder / "c.tfrecord", records[25:])
    return folder, records


def test_records_of_anyone_are_read_as_they_are(google_files):
    folder, records = google_files
    record_set = record_sets.open_records(
        f"{folder}/*.tfrecord", S, max_predictions=M
    )
    assert record_set.tokenizer is None
    assert len(record_set.files) == 60
    dataset, count = batching.evaluation_batches(
        record_set, None, batch_size=16, seed=0, max_batches=100
    )
    assert count == 4
    batches = list(dataset.as_numpy_iterator())
    rows = {
        name: np.concatenate([batch[name] for batch in batches])
        for name in batches[0]
    }
    assert {name: (v.shape, v.dtype.name) for name, v in rows.items()} == {
        "token_ids": ((64, S), "int32"),
        "segment_ids": ((64, S), "int32"),
        "padding_mask": ((64, S), "int32"),
        "mask_positions": ((64, M), "int32"),
        "mask_ids": ((64, M), "int32"),
        "mask_weights": ((64, M), "float32"),
        "sentence_order": ((64,), "int32"),
    }
    for number, record in enumerate(records):
        row = read(record)
        for ours, theirs in GOOGLES_NAMES.items():
            assert rows[ours][number].tolist() == row[theirs]
        order = row["next_sentence_labels"][0]
        if 1 not in row["segment_ids"]:
            order = layout.NO_EXAMPLE
        assert rows["sentence_order"][number] == order
    assert not rows["mask_weights"][60:].any()
    assert (rows["sentence_order"][60:] == layout.NO_EXAMPLE).all()


def test_training_shuffles_and_replays_them(google_files):
    folder, records = google_files
    record_set = record_sets.open_records(f"{folder}/*", S)

    def batches(first_step, count):
        dataset = batching.training_batches(
            record_set, None, batch_size=12, seed=3, first_step=first_step
        )
        return list(dataset.take(count).as_numpy_iterator())

    whole = batches(0, 10)
    rows = [row.tolist() for batch in whole for row in batch["token_ids"]]
    expected = sorted(read(record)["input_ids"] for record in records)
    assert sorted(rows[:60]) == sorted(rows[60:]) == expected
    assert rows[:60] != rows[60:]
    for name, value in batches(7, 1)[0].items():
        np.testing.assert_array_equal(value, whole[7][name])
    with pytest.raises(ValueError, match="--pack must be used with records"):
        batching.training_batches(
            record_set, None, batch_size=12, seed=3, pack=True
        )


@pytest.mark.parametrize(
    "length, settings, message",
    [
        (32, {}, "--max_seq_length=16"),
        (S, {"max_predictions": 20}, "--max_predictions_per_seq=5"),
    ],
)
def test_other_sizes_are_refused(google_files, length, settings, message):
    with pytest.raises(ValueError, match=f"Received: .*Pass {message}"):
        record_sets.open_records(f"{google_files[0]}/*", length, **settings)


def test_records_that_lack_something_are_refused(tmp_path):
    record = tfrecords.example({"input_ids": [1], "segment_ids": [0]})
    path = write(tmp_path / "a.tfrecord", [record])
    with pytest.raises(ValueError, match="no input_mask, masked_lm"):
        record_sets.open_records(path, 1)


def test_a_vocabulary_for_them(
    google_files, vocabulary, record_folder, tmp_path
):
    path = f"{google_files[0]}/*"
    opened = record_sets.open_records(path, S, vocabulary=str(vocabulary))
    tokenizer = tokenizers.load(vocabulary)
    assert opened.tokenizer.fingerprint == tokenizer.fingerprint
    assert opened.manifest.vocab_size == 70
    # Records of ours may be evaluated on by such a run.
    path_of_ours = f"{record_folder}/*.tfrecord"
    record_sets.open_records(path_of_ours, 64, vocabulary=str(vocabulary))
    other = tmp_path / "vocab.txt"
    other.write_text("\n".join(["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]))
    with pytest.raises(ValueError, match="vocabulary that made the records"):
        record_sets.open_records(path_of_ours, 64, vocabulary=str(other))
    big = examples_lib.Example([75, 7, 8, 9], 2)
    spec = dataclasses.replace(SPEC, starts_word=np.ones(80, bool))
    path = write(tmp_path / "big.tfrecord", make([big], spec=spec))
    with pytest.raises(ValueError, match="70 pieces, .* with id 75"):
        record_sets.open_records(path, S, vocabulary=str(vocabulary))


@pytest.mark.shared
def test_batches_of_googles_own_training(shared, tmp_path):
    arrays = np.load(shared / "fixtures/google_tf1_lamb/batches.npz")
    rows = {
        name: values.reshape(-1, values.shape[-1])
        for name, values in arrays.items()
    }
    records = []
    for number in range(len(rows["input_ids"])):
        feature = {}
        for name, values in rows.items():
            if values.dtype.kind == "f":
                kind = {"float_list": tf.train.FloatList(value=values[number])}
            else:
                kind = {"int64_list": tf.train.Int64List(value=values[number])}
            feature[name] = tf.train.Feature(**kind)
        records.append(
            tf.train.Example(
                features=tf.train.Features(feature=feature)
            ).SerializeToString()
        )
    path = write(tmp_path / "tf_examples.tfrecord", records)
    record_set = record_sets.open_records(path, 32, max_predictions=6)
    dataset, _ = batching.evaluation_batches(
        record_set, None, batch_size=len(records), seed=0, max_batches=1
    )
    (batch,) = dataset.as_numpy_iterator()
    for ours, theirs in GOOGLES_NAMES.items():
        np.testing.assert_array_equal(batch[ours], rows[theirs])
    np.testing.assert_array_equal(
        batch["sentence_order"], rows["next_sentence_labels"][:, 0]
    )
