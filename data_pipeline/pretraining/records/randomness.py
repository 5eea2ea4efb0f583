"""Random numbers as a pure function of keys, equal in numpy and TensorFlow.

A run draws millions of small, independent sets of numbers, each belonging to
one (seed, epoch, record). `tf.random.stateless_*` takes one seed per call, so
it cannot draw for a batch of records at once. Hashing the keys can, and gives a
record the same numbers in any batch, worker or library.

The hash is splitmix64's finalizer (Steele, Lea, Flood 2014, "Fast splittable
pseudorandom number generators", figure 14).
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
import tensorflow as tf

_GAMMA = 0x9E3779B97F4A7C15
_MIX_1 = 0xBF58476D1CE4E5B9
_MIX_2 = 0x94D049BB133111EB


def fold(*keys: Any) -> Any:
    """Hashes whole numbers into one uint64 key.

    Args:
        *keys: numpy or Python integers, or integer tensors; their shapes
            broadcast. Their order matters.
    Returns:
        uint64 of the broadcast shape; a tensor if any key is one.
    """
    key = _uint64(0, keys)
    for other in keys:
        key = _mix(key + _uint64(other, keys) + _uint64(_GAMMA, keys))
    return key


def uniform(key: Any, stream: int, count: Any) -> Any:
    """Uniform numbers in [0, 1) for every key.

    Args:
        key: uint64 [B], from `fold`.
        stream: number of one of the sequences of a key; each use has its own.
        count: how many numbers to draw for each key.
    Returns:
        float32 [B, count]; entry [b, i] depends on key[b], stream and i only.
    """
    if _is_tensor(key):
        index = tf.range(count, dtype=tf.int64)[None, :]
        bits = fold(key[:, None], stream, index)
        top = tf.bitwise.right_shift(bits, tf.constant(40, tf.uint64))
        return tf.cast(tf.cast(top, tf.int32), tf.float32) * 2.0**-24
    bits = fold(key[:, None], stream, np.arange(count)[None, :])
    # The 24 bits that a float32 holds exactly.
    return (bits >> np.uint64(40)).astype(np.float32) * np.float32(2.0**-24)


def _uint64(value: Any, keys: Sequence[Any]) -> Any:
    if any(_is_tensor(key) for key in keys):
        if not _is_tensor(value):
            value = tf.constant(np.asarray(value).astype(np.uint64))
        return tf.cast(value, tf.uint64)
    return np.atleast_1d(np.asarray(value)).astype(np.uint64)


def _mix(z: Any) -> Any:
    z = _xor_shift(z, 30) * _uint64(_MIX_1, [z])
    z = _xor_shift(z, 27) * _uint64(_MIX_2, [z])
    return _xor_shift(z, 31)


def _xor_shift(z: Any, bits: int) -> Any:
    if _is_tensor(z):
        shifted = tf.bitwise.right_shift(z, tf.constant(bits, tf.uint64))
        return tf.bitwise.bitwise_xor(z, shifted)
    return z ^ (z >> np.uint64(bits))


def _is_tensor(value: Any) -> bool:
    # This is ten times as fast as tf.is_tensor.
    return isinstance(value, tf.Tensor)


def shuffle(
    index: Any, size: int, seed: int, epoch: Any, rounds: int = 4
) -> tf.Tensor:
    """int64 [B]: where each epoch's permutation of `size` sends `index` [B].

    tf.random.experimental.index_shuffle is the same operation, but its wrapper
    does not accept a seed for each index (tensorflow 2.21), which a block of
    rows that spans two epochs needs.

    Args:
        index, epoch: int64 [B].
        size: number of indexes.
        seed: seed of the permutations.
        rounds: rounds of the cipher. With 4, permutations of two epochs are
            alike: indexes that are close in one are often close in the other.
            With 8 they are not.
    """
    zero = tf.zeros_like(epoch)
    return tf.raw_ops.RandomIndexShuffle(
        index=index,
        seed=tf.stack([zero + seed, epoch, zero], axis=1),
        max_index=tf.constant(size - 1, tf.int64),
        rounds=rounds,
    )
