"""The set-up that both trainings share."""

import random

import numpy as np
import tensorflow as tf

import albert_tf
from albert_tf.finetuning import multitask
from albert_tf.training import set_up


def weights_of(seed, sizes):
    with set_up.initial_weights(seed):
        model = albert_tf.AlbertPretrainer(albert_tf.AlbertConfig(**sizes))
    return model.get_weights()


def test_initial_weights_are_those_of_the_seed(sizes):
    first, again, other = (weights_of(seed, sizes) for seed in (1, 1, 2))
    for one, same in zip(first, again, strict=True):
        np.testing.assert_array_equal(one, same)
    assert any((a != b).any() for a, b in zip(first, other, strict=True))


def test_random_numbers_of_the_caller_go_on(sizes):
    """A notebook's own draws must not repeat after each training."""
    for library in (random, np.random):
        library.seed(3)
    tf.random.set_seed(3)
    expected = random.Random(3).random(), np.random.RandomState(3).rand()
    first = float(tf.random.uniform([]))
    multitask.MultitaskModel(
        tf.distribute.get_strategy(),
        albert_tf.AlbertConfig(**sizes),
        {"task": multitask.Head("classification", 2)},
        seed=9,
    )
    assert (random.random(), np.random.rand()) == expected
    second = float(tf.random.uniform([]))
    tf.random.set_seed(3)
    assert (first, second) == tuple(
        float(tf.random.uniform([])) for _ in range(2)
    )
