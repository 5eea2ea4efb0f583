"""Splits a replica's batch into equal parts, computed one after another."""

from collections.abc import Callable
from typing import Any

import tensorflow as tf

# A batch, or a part of one, by name.
Batch = dict[str, Any]


def splitter(batch: Batch, parts: int) -> Callable[[Any], Batch]:
    """A function from the number of a part to that part of the rows."""

    def part(value, number):
        rows, *others = value.shape
        sizes = tf.shape(value)
        shape = tf.concat([[parts, sizes[0] // parts], sizes[1:]], axis=0)
        return tf.ensure_shape(
            tf.reshape(value, shape)[number],
            [None if rows is None else rows // parts, *others],
        )

    return lambda number: {
        name: part(value, number) for name, value in batch.items()
    }


def add_up(
    function: Callable[[Batch, Any], list[tf.Tensor]], batch: Batch, parts: int
) -> list[tf.Tensor]:
    """Sums function(part, number) over equal parts of a batch."""
    if parts == 1:
        return function(batch, 0)
    part_of = splitter(batch, parts)
    # The first part is computed outside of the loop, to which it gives shapes.
    return tf.while_loop(
        lambda number, *sums: number < parts,
        lambda number, *sums: [
            number + 1,
            *map(tf.add, sums, function(part_of(number), number)),
        ],
        [tf.constant(1), *function(part_of(0), 0)],
        parallel_iterations=1,
        maximum_iterations=parts - 1,
    )[1:]
