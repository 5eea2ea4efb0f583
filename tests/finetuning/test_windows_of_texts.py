"""Texts in windows: their batches, and a loss for each text."""

import numpy as np
import pytest
import tensorflow as tf

import albert_tf
from albert_tf import kinds
from albert_tf.finetuning import multitask
from data_pipeline.tasks import item_features
from data_pipeline.tasks.batches import batch_plan
from data_pipeline.tasks.batches import evaluation_plan
from data_pipeline.tasks.batches import input_pipeline

COUNTS = [1, 3, 2, 1, 5, 4, 1, 2, 5]
S = 8


@pytest.fixture(scope="module")
def features():
    rng = np.random.default_rng(0)
    rows = []
    for count in COUNTS:
        for window in range(count):
            is_last = window == count - 1
            length = int(rng.integers(3, S)) if is_last else S
            ids = rng.integers(5, 70, length).tolist()
            rows.append({"token_ids": ids, "segment_ids": [0] * length})
    labels = {"label": rng.integers(0, 3, len(COUNTS)).astype(np.int32)}
    made = item_features.from_rows(rows, labels, list(range(len(COUNTS))))
    return item_features.Features(
        **{
            **vars(made),
            "window_counts": np.array(COUNTS, np.int32),
            "window_length": S,
        }
    )


def batches_of(features, lengths, batch_size, **options):
    for length, items in evaluation_plan.in_order(
        features.lengths_of_items(False), lengths, batch_size
    ):
        yield from input_pipeline.batches(features, items, length, **options)


def test_lengths_of_windows():
    assert batch_plan.with_windows((16, 32), 6) == (16, 32, 64, 128, 192)
    assert batch_plan.with_windows((16, 32), 4) == (16, 32, 64, 128)
    assert batch_plan.with_windows((32,), 3, any_length=True) == (32, 64, 96)
    assert batch_plan.with_windows((32,), 1) == (32,)


@pytest.mark.parametrize("any_length", [False, True])
def test_batches_have_the_windows_of_their_texts(features, any_length):
    lengths = batch_plan.with_windows((4, S), 5, any_length)
    seen = {}
    for batch in batches_of(features, lengths, 2, any_length=any_length):
        mask = batch["padding_mask"].numpy()
        for row, item in enumerate(batch["item"].numpy()):
            if item < 0:
                assert not mask[row].any()
                continue
            ids = batch["token_ids"][row].numpy()[mask[row] > 0]
            seen[item] = ids, int(mask[row].any(-1).sum())
    first = features.first_rows
    for item, count in enumerate(COUNTS):
        begin, end = features.row_splits[[first[item], first[item] + count]]
        ids, windows = seen[item]
        assert windows == count
        np.testing.assert_array_equal(
            ids, features.sequences["token_ids"][begin:end]
        )


@pytest.mark.parametrize("pooling", ["mean", "max", "attention"])
def test_predictions_do_not_depend_on_the_batch(features, sizes, pooling):
    network = multitask.MultitaskModel(
        tf.distribute.get_strategy(),
        albert_tf.AlbertConfig(**sizes),
        {
            "task": multitask.Head(
                "classification", 3, {"window_pooling": pooling}
            )
        },
    )
    rng = np.random.default_rng(1)
    for weight in network.weights.values():
        weight.assign(weight + rng.normal(0, 0.2, weight.shape))

    def logits(lengths, batch_size):
        found = batches_of(features, lengths, batch_size, any_length=True)
        return network.predict("task", list(found))["logits"]

    whole = logits((5 * S,), 9)
    alone = logits(batch_plan.with_windows((S,), 5, any_length=True), 2)
    np.testing.assert_allclose(alone, whole, atol=1e-5)
    assert np.ptp(whole) > 0.1
    if pooling == "mean":  # the head is linear
        model = network.models["task"]
        (batch,) = batches_of(features, (5 * S,), 9)
        text = {name: batch[name][1, :3] for name in ("token_ids",)}
        text["padding_mask"] = batch["padding_mask"][1, :3]
        mean = tf.reduce_mean(model(text)["logits"], axis=0)
        np.testing.assert_allclose(mean, whole[1], atol=1e-5)


def test_a_text_counts_once(features, sizes):
    model = albert_tf.AlbertClassifier(
        albert_tf.AlbertConfig(**sizes), 3, window_pooling="mean"
    )
    (batch,) = batches_of(features, (5 * S,), 16, training=True)
    objective = kinds.KINDS["classification"].objective
    (sums,) = objective.sums(model, batch, None)
    assert float(sums["weight"]) == len(COUNTS)
    assert objective.weights(batch).numpy().tolist() == [len(COUNTS)]
