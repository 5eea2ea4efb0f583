"""Batches: complete, replayable, the same however they are dealt out."""

import numpy as np
import pytest
import tensorflow as tf

from data_pipeline.batches import host_share
from data_pipeline.pretraining import baselines
from data_pipeline.pretraining import batching
from data_pipeline.pretraining.records import features as records
from data_pipeline.pretraining.records import layout
from data_pipeline.pretraining.records import record_sets


def take(dataset, count):
    return list(dataset.take(count).as_numpy_iterator())


def unmasked(batch):
    tokens = batch["token_ids"].copy()
    rows, slots = np.nonzero(batch["mask_weights"])
    tokens[rows, batch["mask_positions"][rows, slots]] = batch["mask_ids"][
        rows, slots
    ]
    return tokens


def original(record_set, tokens, swapped):
    """A row's ids in the order of the text, special tokens left out."""
    special = {record_set.tokenizer.cls_id, record_set.tokenizer.sep_id, 0}
    first_sep = list(tokens).index(record_set.tokenizer.sep_id)
    parts = [tokens[:first_sep], tokens[first_sep:]]
    if swapped:
        parts.reverse()
    return tuple(t for part in parts for t in part if t not in special)


def test_the_contract(record_set, spec):
    (batch,) = take(
        batching.training_batches(record_set, spec, batch_size=4, seed=1), 1
    )
    shapes = {name: (v.shape, v.dtype.name) for name, v in batch.items()}
    assert shapes == {
        "token_ids": ((4, 64), "int32"),
        "segment_ids": ((4, 64), "int32"),
        "padding_mask": ((4, 64), "int32"),
        "mask_positions": ((4, 6), "int32"),
        "mask_ids": ((4, 6), "int32"),
        "mask_weights": ((4, 6), "float32"),
        "sentence_order": ((4,), "int32"),
    }


def test_every_record_once_an_epoch_whole_and_in_another_order(
    record_set, spec
):
    size = len(record_set.files)
    serialized = record_set.files.read(np.arange(size))
    token_ids, _, _ = records.parse(tf.constant(serialized.tolist()))
    expected = sorted(map(tuple, token_ids.to_list()))
    rows = take(
        batching.training_batches(record_set, spec, batch_size=1, seed=1),
        2 * size,
    )
    seen = [
        original(record_set, unmasked(row)[0], row["sentence_order"][0] == 1)
        for row in rows
    ]
    assert sorted(seen[:size]) == sorted(seen[size:]) == expected
    assert seen[:size] != seen[size:]
    # The same text, masked anew.
    first = {
        s: r["token_ids"].tobytes()
        for s, r in zip(seen[:size], rows[:size], strict=True)
    }
    again = [
        first[s] == r["token_ids"].tobytes()
        for s, r in zip(seen[size:], rows[size:], strict=True)
    ]
    assert np.mean(again) < 0.3


@pytest.mark.slow
def test_a_batch_is_a_function_of_seed_and_step(record_set, spec):
    def batches(seed=1, first_step=0, count=1):
        return take(
            batching.training_batches(
                record_set, spec, batch_size=8, seed=seed, first_step=first_step
            ),
            count,
        )

    straight = batches(count=40)  # several epochs
    for step in (0, 1, 17, 39):
        (resumed,) = batches(first_step=step)
        for name, value in resumed.items():
            np.testing.assert_array_equal(value, straight[step][name])
    (other,) = batches(seed=2)
    assert not np.array_equal(other["token_ids"], straight[0]["token_ids"])


@pytest.mark.parametrize("hosts, replicas", [(1, 2), (2, 2), (2, 4), (3, 3)])
def test_dealing_out_loses_nothing(record_set, spec, hosts, replicas):
    steps, batch_size = 5, 12
    whole = take(
        batching.training_batches(
            record_set, spec, batch_size=batch_size, seed=1, first_step=3
        ),
        steps,
    )
    parts = [
        take(
            batching.training_batches(
                record_set,
                spec,
                batch_size=batch_size,
                seed=1,
                first_step=3,
                share=host_share.HostShare(host, hosts, replicas),
            ),
            steps * replicas // hosts,
        )
        for host in range(hosts)
    ]
    per_host = replicas // hosts
    for step in range(steps):
        rows = [
            parts[host][step * per_host + local]["token_ids"]
            for host in range(hosts)
            for local in range(per_host)
        ]
        np.testing.assert_array_equal(
            np.concatenate(rows), whole[step]["token_ids"]
        )


def test_evaluation_is_every_record_once_and_fixed(record_set, spec):
    size = len(record_set.files)

    def evaluate(batch_size, seed=0, max_batches=10**6):
        dataset, count = batching.evaluation_batches(
            record_set,
            spec,
            batch_size=batch_size,
            seed=seed,
            max_batches=max_batches,
        )
        batches = list(dataset.as_numpy_iterator())
        assert len(batches) == count
        return batches

    def scores(batches):
        return baselines.score(batches, record_set.tokenizer.vocab_size)

    assert size % 7  # the last batch of 7 is filled up
    assert scores(evaluate(7)) == scores(evaluate(7)) == scores(evaluate(5))
    assert scores(evaluate(7)) != scores(evaluate(7, seed=1))
    assert len(evaluate(7, max_batches=2)) == 2
    last = evaluate(7)[-1]
    filled = 7 - size % 7
    assert (last["sentence_order"][-filled:] == layout.NO_EXAMPLE).all()
    assert not last["mask_weights"][-filled:].any()


def test_sentence_order_is_balanced_and_asks_about_pairs_only(record_set, spec):
    batches = take(
        batching.training_batches(record_set, spec, batch_size=64, seed=3), 100
    )
    for batch in batches[:5]:
        pairs = batch["segment_ids"].any(axis=1)
        np.testing.assert_array_equal(batch["sentence_order"] >= 0, pairs)
    labels = np.concatenate([batch["sentence_order"] for batch in batches])
    labels = labels[labels >= 0]
    # Over 5,000 draws: a standard deviation below 0.0071.
    assert len(labels) > 5000 and abs(labels.mean() - 0.5) < 0.025


def test_baselines_by_hand():
    batch = {
        "mask_weights": np.array([[1.0, 1.0, 0.0], [1.0, 1.0, 0.0]]),
        "mask_ids": np.array([[3, 3, 0], [3, 1, 0]]),
        "sentence_order": np.array([1, 0, 1, -1]),
    }
    scores = baselines.score([batch], vocab_size=5)
    entropy = -(0.75 * np.log(0.75) + 0.25 * np.log(0.25))
    assert scores["unigram_loss"] == pytest.approx(entropy)
    assert scores["most_frequent_accuracy"] == 0.75
    assert scores["label_majority"] == pytest.approx(2 / 3)
    assert (scores["masked_tokens"], scores["examples"]) == (4, 3)


def test_wrong_records(record_folder, tmp_path):
    files = f"{record_folder}/*.tfrecord"
    with pytest.raises(FileNotFoundError, match="matches none"):
        record_sets.open_records(f"{tmp_path}/*.tfrecord", 64)
    with pytest.raises(ValueError, match="Pass --max_seq_length=64"):
        record_sets.open_records(files, 40)
    copy = tmp_path / "copy"
    copy.mkdir()
    for path in record_folder.iterdir():
        (copy / path.name).write_bytes(path.read_bytes())
    with pytest.raises(ValueError, match="in one folder"):
        record_sets.open_records(f"{files},{copy}/*.tfrecord", 64)
    shard = sorted(copy.glob("*.tfrecord"))[1]
    shard.write_bytes(shard.read_bytes()[:-20])
    with pytest.raises(ValueError, match=shard.name):
        record_sets.open_records(f"{copy}/*.tfrecord", 64)
