"""Lengths and packing change no prediction."""

import numpy as np
import pytest
import tensorflow as tf

import albert_tf
from albert_tf.finetuning import multitask
from data_pipeline.tasks import item_features
from data_pipeline.tasks.batches import batch_plan
from data_pipeline.tasks.batches import evaluation_plan
from data_pipeline.tasks.batches import input_pipeline


@pytest.fixture(scope="module")
def features():
    rng = np.random.default_rng(0)
    rows = []
    for _ in range(37):
        length = int(rng.integers(3, 60))
        rows.append(
            {
                "token_ids": rng.integers(5, 70, length).tolist(),
                "segment_ids": rng.integers(0, 2, length).tolist(),
            }
        )
    labels = {"label": rng.integers(0, 3, 37).astype(np.int32)}
    return item_features.from_rows(rows, labels, list(range(37)))


@pytest.mark.parametrize("kind", ["classification", "tagging"])
def test_same_predictions(features, sizes, kind):
    network = multitask.MultitaskModel(
        tf.distribute.get_strategy(),
        albert_tf.AlbertConfig(**sizes),
        {"task": multitask.Head(kind, 3)},
    )
    rng = np.random.default_rng(1)
    for weight in network.weights.values():
        weight.assign(weight + rng.normal(0, 0.2, weight.shape))

    def logits(lengths, pack=False):
        batches = []
        for length, items in evaluation_plan.in_order(
            features.lengths, lengths, 4, pack
        ):
            batches += list(input_pipeline.batches(features, items, length))
        found = network.predict("task", batches)["logits"]
        if kind == "tagging":  # what padding says is of no use
            return np.concatenate(
                [
                    row[:n]
                    for row, n in zip(found, features.lengths, strict=True)
                ]
            )
        return found

    whole = logits((64,))
    np.testing.assert_allclose(logits((16, 32, 64)), whole, atol=1e-5)
    np.testing.assert_allclose(logits((64,), pack=True), whole, atol=1e-5)
    assert np.ptp(whole) > 0.1


def test_programs_have_the_lengths_of_the_set_and_no_other(features):
    plan = batch_plan.make(
        {"task": features.lengths},
        {"task": (16, 32, 64)},
        num_steps=40,
        batch_size=4,
        seed=0,
    )
    for kind, (_, length) in enumerate(plan.kinds):
        dataset = input_pipeline.batches(
            features, plan.items[kind], length, training=True
        )
        shapes = {k: v.shape for k, v in dataset.element_spec.items()}
        assert shapes["token_ids"] == (4, length)
        assert all(shape.is_fully_defined() for shape in shapes.values())


def test_open_lengths_share_a_program(features):
    items = np.arange(4)[None]
    traced = []

    @tf.function
    def run(iterator):
        batch = next(iterator)
        traced.append(batch["token_ids"].shape)
        return tf.shape(batch["token_ids"])[1]

    for length in (60, 64, 80):
        dataset = input_pipeline.batches(
            features, items, length, training=True, any_length=True
        )
        assert run(iter(dataset)) == length
    assert traced == [[4, None]]
