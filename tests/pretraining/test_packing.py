"""Plans are valid, packed batches are the unpacked ones laid out otherwise."""

import collections

import hypothesis
import numpy as np
import pytest
import tensorflow as tf
from hypothesis import strategies as st

from data_pipeline.batches import packing
from data_pipeline.commands import command_line
from data_pipeline.pretraining import batching
from data_pipeline.pretraining import packed_rows
from data_pipeline.pretraining.records import layout
from data_pipeline.pretraining.records import record_sets
from data_pipeline.pretraining.records import tfrecords


def test_a_plan_by_hand():
    rows = packing.plan(np.array([3, 6, 4, 3]), 10, max_examples=3)
    assert rows.tolist() == [[1, 2, -1], [0, 3, -1]]
    # Of equal lengths as many as fit, or as may.
    assert len(packing.plan(np.full(20, 5), 10, max_examples=3)) == 10
    assert len(packing.plan(np.full(20, 3), 60, max_examples=3)) == 7
    with pytest.raises(
        ValueError, match="a record of 11 tokens for rows of 10"
    ):
        packing.plan(np.array([3, 11]), 10)


@hypothesis.given(
    st.integers(3, 64).flatmap(
        lambda length: st.tuples(
            st.lists(st.integers(3, length), max_size=300), st.just(length)
        )
    ),
    st.integers(1, 9),
)
def test_every_record_is_in_one_row_and_fits(lengths_and_longest, max_examples):
    lengths, longest = lengths_and_longest
    lengths = np.array(lengths, np.uint32)
    rows = packing.plan(lengths, longest, max_examples)
    assert rows.shape[1] == max_examples and rows.dtype == np.int32
    used = rows >= 0
    assert sorted(rows[used]) == list(range(len(lengths)))
    assert (used[:, 0] & (np.diff(used.astype(int)) <= 0).all(axis=1)).all()
    tokens = np.where(used, np.append(lengths, 0)[rows], 0).sum(axis=1)
    assert (tokens <= longest).all()
    # First-fit-like: no two rows could be one.
    half = (tokens * 2 <= longest) & (used.sum(axis=1) * 2 <= max_examples)
    assert half.sum() <= 1


@hypothesis.given(
    st.lists(st.integers(3, 512), min_size=1, max_size=16),
    st.integers(1, 80),
    st.sampled_from([0.05, 0.15, 0.25, 0.5]),
)
def test_the_mask_slots_hold_the_budgets(lengths, max_predictions, prob):
    # The rule of the masks, in float32.
    shares = np.float32(lengths) * np.float32(prob)
    budgets = np.clip(np.round(shares), 1, max_predictions)
    slots = packed_rows.mask_slots(
        sum(lengths), max_predictions, prob, len(lengths)
    )
    assert budgets.sum() <= slots <= len(lengths) * max_predictions


def test_a_packed_row_by_hand():
    examples = {
        "token_ids": [[2, 7, 3, 0, 0], [2, 8, 3, 9, 3], [2, 4, 3, 0, 0]],
        "segment_ids": [[0, 0, 0, 0, 0], [0, 0, 0, 1, 1], [0, 0, 0, 0, 0]],
        "padding_mask": [[1, 1, 1, 0, 0], [1, 1, 1, 1, 1], [1, 1, 1, 0, 0]],
        "mask_positions": [[1, 0], [1, 3], [1, 0]],
        "mask_ids": [[7, 0], [8, 9], [6, 0]],
        "sentence_order": [-1, 1, -1],
    }
    examples = {k: tf.constant(v, tf.int32) for k, v in examples.items()}
    examples["mask_weights"] = tf.constant([[1.0, 0], [1, 1], [1, 0]])
    rows = packed_rows.pack(
        examples,
        tf.constant([2, 1], tf.int64),
        length=9,
        slots=4,
        max_examples=3,
    )
    assert {name: value.numpy().tolist() for name, value in rows.items()} == {
        "token_ids": [[2, 7, 3, 2, 8, 3, 9, 3, 0], [2, 4, 3] + 6 * [0]],
        "segment_ids": [[0, 0, 0, 0, 0, 0, 1, 1, 0], 9 * [0]],
        "padding_mask": [8 * [1] + [0], 3 * [1] + 6 * [0]],
        "pack_ids": [[1, 1, 1, 2, 2, 2, 2, 2, 0], 3 * [1] + 6 * [0]],
        "position_ids": [[0, 1, 2, 0, 1, 2, 3, 4, 0], [0, 1, 2] + 6 * [0]],
        "mask_positions": [[1, 4, 6, 0], [1, 0, 0, 0]],
        "mask_ids": [[7, 8, 9, 0], [6, 0, 0, 0]],
        "mask_weights": [[1, 1, 1, 0], [1, 0, 0, 0]],
        "first_positions": [[0, 3, 0], [0, 0, 0]],
        "sentence_order": [[-1, 1, -1], [-1, -1, -1]],
    }


def take(record_set, spec, count, **settings):
    dataset = batching.training_batches(record_set, spec, **settings)
    return list(dataset.take(count).as_numpy_iterator())


def examples_of(batch):
    """The examples of packed or unpacked rows: ids, segments, masks, label."""
    packed = "pack_ids" in batch
    for row in range(len(batch["token_ids"])):
        packs = batch["padding_mask"][row]
        if packed:
            packs = batch["pack_ids"][row]
        for pack in range(1, packs.max() + 1):
            here = packs == pack
            first, n = np.argmax(here), here.sum()
            assert here[first : first + n].all()
            at = batch["mask_positions"][row]
            masks = (batch["mask_weights"][row] > 0) & here[at]
            order = batch["sentence_order"][row]
            if packed:
                assert first == batch["first_positions"][row, pack - 1]
                positions = batch["position_ids"][row, here]
                assert positions.tolist() == list(range(n))
                order = order[pack - 1]
            yield (
                tuple(batch["token_ids"][row, here].tolist()),
                tuple(batch["segment_ids"][row, here].tolist()),
                tuple((at[masks] - first).tolist()),
                tuple(batch["mask_ids"][row, masks].tolist()),
                int(order),
            )


# Records made for 64: none, some and all of them are short for their row.
@pytest.mark.parametrize(
    "length",
    [
        pytest.param(64, marks=pytest.mark.slow),
        144,
        pytest.param(256, marks=pytest.mark.slow),
    ],
)
def test_packing_changes_the_layout_only(record_folder, spec, length):
    """Over two epochs, the same examples with the same masks and labels."""
    record_set = record_sets.open_records(
        f"{record_folder}/*.tfrecord", length, pack=True
    )
    size = len(record_set.files)
    rows = len(
        packing.plan(
            record_set.lengths(np.arange(len(record_set.files))), length
        )
    )
    assert rows < size
    for epochs in (1, 2):
        single, packed = (
            collections.Counter(
                example
                for batch in take(
                    record_set, spec, epochs * n, batch_size=1, seed=1, pack=p
                )
                for example in examples_of(batch)
            )
            for n, p in ((size, False), (rows, True))
        )
        assert packed == single
        assert packed.total() == epochs * size


def test_rows_longer_than_the_records_are_for_packing_only(record_folder):
    for length, pack in ((144, False), (32, True)):
        with pytest.raises(ValueError, match=f"Received: {length}, and .* 64"):
            record_sets.open_records(
                f"{record_folder}/*.tfrecord", length, pack=pack
            )


def test_the_contract_of_packed_batches(record_set, spec):
    (batch,) = take(record_set, spec, 1, batch_size=4, seed=1, pack=True)
    k, m = packing.MAX_EXAMPLES, packed_rows.mask_slots(64, 6, 0.15)
    shapes = {name: (v.shape, v.dtype.name) for name, v in batch.items()}
    assert shapes == {
        **{
            name: ((4, 64), "int32")
            for name in (
                "token_ids",
                "segment_ids",
                "padding_mask",
                "pack_ids",
                "position_ids",
            )
        },
        "mask_positions": ((4, m), "int32"),
        "mask_ids": ((4, m), "int32"),
        "mask_weights": ((4, m), "float32"),
        "first_positions": ((4, k), "int32"),
        "sentence_order": ((4, k), "int32"),
    }
    unused = batch["sentence_order"][batch["first_positions"] == 0]
    assert (unused == layout.NO_EXAMPLE).mean() > 0.5


@pytest.mark.slow
def test_packed_batches_are_a_function_of_seed_and_step(record_set, spec):
    settings = {"batch_size": 8, "seed": 1, "pack": True}
    straight = take(record_set, spec, 40, **settings)  # several epochs
    for step in (0, 1, 17, 39):
        (resumed,) = take(record_set, spec, 1, first_step=step, **settings)
        for name, value in resumed.items():
            np.testing.assert_array_equal(value, straight[step][name])


def test_lengths_without_an_index_are_those_of_the_index(
    record_set, record_folder, tmp_path
):
    for path in record_folder.iterdir():
        if path.suffix != ".index":
            (tmp_path / path.name).write_bytes(path.read_bytes())
    foreign = record_sets.open_records(f"{tmp_path}/*.tfrecord", 64)
    assert not foreign.files.index.has_lengths
    np.testing.assert_array_equal(
        foreign.lengths(np.arange(len(foreign.files))),
        record_set.lengths(np.arange(len(record_set.files))),
    )


def test_wrong_lengths_in_an_index_of_earlier_versions(
    record_folder, spec, tmp_path
):
    """Which has no checksum: rows of other records, or cut, would be made."""
    for path in record_folder.iterdir():
        (tmp_path / path.name).write_bytes(path.read_bytes())
    index = sorted(tmp_path.glob("*.index"))[1]
    rows = tfrecords.read_index(str(index)).copy()
    rows[:, 1] = np.maximum(rows[:, 1] - 1, 3)
    index.write_bytes(rows.tobytes())
    damaged = record_sets.open_records(f"{tmp_path}/*.tfrecord", 64)
    with pytest.raises(tf.errors.OpError, match=index.name) as error:
        take(damaged, spec, 3, batch_size=8, seed=1, pack=True)
    message = command_line._message(error.value)
    assert message.startswith("The index of a record file must say how long")
