"""The order of large sets: complete, mixed, and split between hosts."""

import numpy as np
import pytest
import tensorflow as tf

from data_pipeline.pretraining import row_order
from data_pipeline.pretraining.records import randomness

BATCH = 96


@pytest.fixture
def small(monkeypatch):
    """Windows of 1024 rows and parts of 4, in place of 16,384 and 64."""
    monkeypatch.setattr(row_order, "WHOLE", 1000)
    monkeypatch.setattr(row_order, "WINDOW", 1024)
    monkeypatch.setattr(row_order, "PART", 4)


@pytest.mark.parametrize("size", [1001, 1024, 5000, 5003])
def test_every_row_once_an_epoch(small, size):
    order = row_order.TrainingOrder(size, 1, BATCH)
    epochs, rows = order.rows(np.arange(3 * size))
    np.testing.assert_array_equal(epochs, np.repeat([0, 1, 2], size))
    by_epoch = rows.reshape(3, size)
    for each in by_epoch:
        np.testing.assert_array_equal(np.sort(each), np.arange(size))
    assert np.mean(by_epoch[0] == by_epoch[1]) < 0.01


def test_parts_of_any_size(small):
    sizes = np.random.default_rng(0).integers(1, 40, 300)
    firsts = np.cumsum([0, *sizes])
    order = row_order.TrainingOrder(int(firsts[-1]), 1, BATCH, firsts)
    _, rows = order.rows(np.arange(firsts[-1]))
    np.testing.assert_array_equal(np.sort(rows), np.arange(firsts[-1]))


def test_a_row_depends_on_its_position_only(small):
    order = row_order.TrainingOrder(5003, 1, BATCH)
    _, straight = order.rows(np.arange(15_000))
    again = row_order.TrainingOrder(5003, 1, BATCH)
    for first in (14_000, 0, 5_000, 7_777):
        _, rows = again.rows(np.arange(first, first + 100))
        np.testing.assert_array_equal(rows, straight[first : first + 100])
    _, other = row_order.TrainingOrder(5003, 2, BATCH).rows(np.arange(100))
    assert np.mean(other == straight[:100]) < 0.1


def test_windows_cover_positions(small):
    order = row_order.TrainingOrder(5003, 1, BATCH)
    numbers = order.window(np.arange(15_009))
    assert numbers[0] == 0 and set(np.diff(numbers)) == {0, 1}
    for window in (0, 4, 5, 9, 14):
        np.testing.assert_array_equal(
            order.positions(window), np.flatnonzero(numbers == window)
        )


@pytest.mark.parametrize("hosts", [2, 3, 8])
def test_hosts_need_few_parts_in_common(small, hosts):
    size = 5003
    order = row_order.TrainingOrder(size, 1, BATCH)
    position = np.arange(size)
    _, rows = order.rows(position)
    host = position % BATCH // (BATCH // hosts)
    windows = order.window(position)
    for window in range(4):
        needed = [
            set(rows[(windows == window) & (host == n)] // 4)
            for n in range(hosts)
        ]
        # A part at each border between hosts, and at those of the window.
        assert sum(map(len, needed)) <= 1024 / 4 + 2 * hosts


def test_batches_mix_the_whole_set(small):
    """Rows of a batch come from parts all over the set."""
    order = row_order.TrainingOrder(50_000, 1, BATCH)
    _, rows = order.rows(np.arange(10 * BATCH))
    for batch in rows.reshape(10, BATCH):
        assert len(set(batch // 4)) > 0.75 * BATCH
        assert abs(batch.mean() / 25_000 - 1) < 0.2


def test_small_sets_are_permuted_as_a_whole():
    order = row_order.TrainingOrder(50_000, 3, BATCH)
    position = np.array([0, 49_999, 50_000, 123_456])
    epoch, place = np.divmod(position, 50_000)
    expected = randomness.shuffle(
        tf.constant(place), 50_000, 3, tf.constant(epoch)
    )
    np.testing.assert_array_equal(order.rows(position)[1], expected)
    np.testing.assert_array_equal(order.rows(position)[0], epoch)


def test_nothing_grows_with_the_set():
    """The order of a set that no memory could hold a list of."""
    size = 10**15 + 7
    order = row_order.TrainingOrder(size, 1, 4096)
    _, rows = order.rows(np.arange(size - 4096, size))
    assert len(set(rows)) == 4096 and np.all((rows >= 0) & (rows < size))
