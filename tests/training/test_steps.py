"""A train step: the same in parts, and never by what is no number."""

import itertools
import types

import keras
import numpy as np
import pytest
import tensorflow as tf

import albert_tf
from albert_tf import models
from albert_tf.training import steps

SIZES = {
    "vocab_size": 50,
    "embedding_size": 6,
    "hidden_size": 8,
    "num_hidden_layers": 2,
    "num_attention_heads": 2,
    "intermediate_size": 12,
    "max_position_embeddings": 16,
    "initializer_range": 0.2,
}
ROWS, LENGTH, MASKS = 8, 16, 3


def make_batches(count):
    """Rows of unequal weight: masks and questions differ from row to row."""
    rng = np.random.default_rng(0)
    for _ in range(count):
        ids = rng.integers(5, 50, (ROWS, LENGTH)).astype(np.int32)
        yield {
            "token_ids": ids,
            "segment_ids": (ids % 2).astype(np.int32),
            "padding_mask": np.ones_like(ids),
            "mask_positions": rng.integers(1, LENGTH, (ROWS, MASKS), np.int32),
            "mask_ids": rng.integers(5, 50, (ROWS, MASKS), np.int32),
            "mask_weights": rng.integers(0, 2, (ROWS, MASKS)).astype("float32"),
            "sentence_order": rng.integers(-1, 2, ROWS, np.int32),
        }


def make(accumulate_steps=1):
    """A model, its optimizer and its compiled loop of steps."""
    keras.utils.set_random_seed(1)
    model = albert_tf.AlbertPretrainer(albert_tf.AlbertConfig(**SIZES))
    optimizer = albert_tf.create_optimizer(
        "lamb", learning_rate=0.01, num_train_steps=100
    )
    optimizer.build(model.trainable_variables)
    strategy = tf.distribute.get_strategy()
    step = steps.make_train_step(
        strategy, model, optimizer, seed=0, accumulate_steps=accumulate_steps
    )
    return (
        model,
        optimizer,
        steps.make_train_steps(strategy, step, tf.Variable(0.0)),
    )


def weights_of(model):
    named = models.named_weights(model)
    return {name: weight.numpy() for name, weight in named.items()}


def train(run, count):
    """The totals of each of `count` steps."""
    batches = list(make_batches(count))
    stacked = {
        name: np.stack([batch[name] for batch in batches])
        for name in batches[0]
    }
    iterator = iter(tf.data.Dataset.from_tensor_slices(stacked))
    outcomes = [run(iterator, tf.constant(1)) for _ in range(count)]
    return np.stack(
        [[*each["sums"], each["gradient_norm"]] for each in outcomes]
    )


@pytest.mark.parametrize("parts", [2, pytest.param(8, marks=pytest.mark.slow)])
def test_a_batch_in_parts_trains_as_the_whole(parts):
    model, _, run = make()
    expected = train(run, 5)
    other, _, run_in_parts = make(accumulate_steps=parts)
    found = train(run_in_parts, 5)
    np.testing.assert_allclose(found, expected, rtol=1e-5)
    for name, value in weights_of(model).items():
        np.testing.assert_allclose(
            weights_of(other)[name], value, atol=1e-5, err_msg=name
        )


def test_dropout_differs_between_steps_replicas_and_seeds():
    def seed_of(seed, step, replica):
        context = types.SimpleNamespace(replica_id_in_sync_group=replica)
        return tuple(steps._dropout_seed(seed, tf.constant(step), context))

    where = list(itertools.product((0, 1), range(20), range(4)))
    seeds = [tuple(map(int, seed_of(*each))) for each in where]
    assert len(set(seeds)) == len(seeds)
    assert seeds == [tuple(map(int, seed_of(*each))) for each in where]


def test_what_is_no_number_reaches_no_weight():
    model, optimizer, run = make()
    train(run, 2)
    before = weights_of(model)
    kernel = model.encoder.pooler.kernel
    kernel.assign(kernel.value * np.nan)
    broken = weights_of(model)
    totals = train(run, 3)
    assert not np.isfinite(totals[0]).all()
    assert float(optimizer.rate_scale.numpy()) == 0
    after = weights_of(model)
    for name, value in broken.items():
        np.testing.assert_array_equal(after[name], value, err_msg=name)
    # Nor in later steps, whose numbers are fine again.
    for name, weight in models.named_weights(model).items():
        weight.assign(before[name])
    assert np.isfinite(train(run, 2)).all()
    for name, value in before.items():
        np.testing.assert_array_equal(
            weights_of(model)[name], value, err_msg=name
        )
