"""Which items are in the batch of each step: a pure function of the seed.

Every batch is of one kind, a task and a length. Where XLA compiles, there is
one program for each kind, and none for anything else.
"""

import dataclasses
from collections.abc import Sequence

import numpy as np

from data_pipeline.batches import packing

# The shortest length that rows are padded to, if none are given.
_SHORTEST = 16
# With open lengths, the shortest and the least between two.
_EIGHT = 8
# Random streams of a plan.
_TASKS, _ORDER = 0, 1


@dataclasses.dataclass(frozen=True)
class Plan:
    """The batches of a run.

    kinds: (task, length) by number.
    steps: int32 [steps], the kind of each step's batch.
    items: by kind, int32 [batches of it, B], numbers of the items; of packed
        rows [batches, B, K], -1 where there is none.
    """

    kinds: tuple[tuple[str, int], ...]
    steps: np.ndarray
    items: tuple[np.ndarray, ...]

    def done(self, step: int) -> np.ndarray:
        """int64 [kinds]: batches of each kind before `step`."""
        return np.bincount(self.steps[:step], minlength=len(self.kinds))

    def run(self, step: int, most: int) -> int:
        """How many batches from `step` on, at most so many, are of one kind."""
        kinds = self.steps[step : step + most]
        others = np.flatnonzero(kinds != kinds[0])
        return int(others[0]) if len(others) else len(kinds)


def default_lengths(
    max_seq_length: int, any_length: bool = False
) -> tuple[int, ...]:
    """The lengths that rows are padded to, the longest of them S.

    Args:
        any_length: as of `input.batches`. Without it powers of two from 16 on,
            for few programs; with it four to each power of two, in eights: 8,
            16, 24, 32, 40, ..., 64, 80, 96, 112, 128, 160, ...
    """
    lengths = []
    length = _EIGHT if any_length else _SHORTEST
    while length < max_seq_length:
        lengths.append(length)
        if any_length:
            length += max(_EIGHT, 2 ** (length.bit_length() - 3))
        else:
            length *= 2
    return (*lengths, max_seq_length)


def lengths_in_use(
    lengths: np.ndarray, allowed: Sequence[int], batch_size: int
) -> tuple[int, ...]:
    """Of the allowed lengths those that can fill a batch.

    One with fewer items than a batch goes into the next longer one. What is
    longer than all of them has nowhere to go, so the last one is always there.

    Args:
        lengths: int [I], tokens.
        allowed: increasing; the last is at least the largest of `lengths`.
    """
    bucket = np.searchsorted(allowed, lengths)
    counts = np.bincount(bucket, minlength=len(allowed))
    used, waiting = [], 0
    for length, count in zip(allowed, counts, strict=True):
        waiting += count
        if waiting >= batch_size:
            used.append(length)
            waiting = 0
    if waiting or not used:
        used.append(allowed[int(np.flatnonzero(counts).max(initial=0))])
    return tuple(dict.fromkeys(used))


def make(
    lengths: dict[str, np.ndarray],
    buckets: dict[str, tuple[int, ...]],
    *,
    num_steps: int,
    batch_size: int,
    seed: int,
    sampling_power: float = 1.0,
    pack: bool = False,
    parts: int = 1,
) -> Plan:
    """Deals items out to batches, each epoch in another order.

    An epoch is a permutation. An item joins the batch of its length that is
    being filled, and a full batch is the next step's; so no item is left out,
    and none is seen a second time before all of its task were seen.

    Args:
        lengths: by task, int [I], tokens of its items.
        buckets: by task, the lengths that its batches have.
        num_steps: of the run.
        batch_size: items in a batch; of packed ones about so many, as they
            vary: B rows that hold them on average.
        seed: of order and tasks.
        sampling_power: a step's task is drawn in proportion to the number of
            its items to this power.
        pack: put several items in a row of the longest bucket.
        parts: that B rows of packed items must divide into.
    """
    tasks = list(lengths)
    weights = np.array(
        [max(len(lengths[task]), 1) ** sampling_power for task in tasks]
    )
    rng = np.random.default_rng([seed, _TASKS])
    task_of = rng.choice(len(tasks), num_steps, p=weights / weights.sum())
    kinds, items = [], []
    steps = np.zeros(num_steps, np.int32)
    for number, task in enumerate(tasks):
        places = np.flatnonzero(task_of == number)
        if pack:
            order, batches = _packed(
                lengths[task],
                max(buckets[task]),
                len(places),
                batch_size,
                parts,
                [seed, _ORDER, number],
            )
            names = [max(buckets[task])]
        else:
            names = list(buckets[task])
            order, batches = _by_length(
                np.searchsorted(names, lengths[task]),
                len(names),
                len(places),
                batch_size,
                [seed, _ORDER, number],
            )
        steps[places] = order + len(kinds)
        kinds += [(task, length) for length in names]
        items += batches
    return Plan(tuple(kinds), steps, tuple(items))


def _epochs(count: int, least: int, seed: list[int]) -> np.ndarray:
    """Permutations of `count` items, one after the other, at least so many."""
    epochs = -(-least // count)
    return np.concatenate(
        [
            np.random.default_rng([*seed, epoch]).permutation(count)
            for epoch in range(epochs)
        ]
    ).astype(np.int32)


def _by_length(bucket, num_buckets, num_steps, batch_size, seed):
    """int [num_steps], each batch's bucket, and the batches of each bucket."""
    # In the end every bucket may wait with an unfinished batch.
    least = (num_steps + num_buckets) * batch_size
    order = _epochs(len(bucket), least, seed)
    full, batches = [], []
    for number in range(num_buckets):
        places = np.flatnonzero(bucket[order] == number)
        places = places[: len(places) // batch_size * batch_size]
        places = places.reshape(-1, batch_size)
        batches.append(order[places])
        # A batch is ready when its last item has come.
        full += [(last, number) for last in places[:, -1]]
    steps = np.array([number for _, number in sorted(full)[:num_steps]], int)
    used = np.bincount(steps, minlength=num_buckets)
    return steps, [b[:n] for b, n in zip(batches, used, strict=True)]


def _packed(lengths, length, num_steps, batch_size, parts, seed):
    """As _by_length, of rows that hold several items; one bucket."""
    rows = packing.plan(lengths, length)  # [rows, K]
    size = batch_size * len(rows) / len(lengths) / parts
    size = max(1, round(size)) * parts
    order = _epochs(len(rows), num_steps * size, seed)
    order = order[: num_steps * size].reshape(-1, size)
    return np.zeros(num_steps, int), [rows[order]]


def in_order(
    lengths: np.ndarray,
    buckets: tuple[int, ...],
    batch_size: int,
    pack: bool = False,
) -> list[tuple[int, np.ndarray]]:
    """The batches of an evaluation: (length, items [batches, B]), each item
    once, -1 where there is none; packed [batches, B, K]."""
    if pack:
        rows = packing.plan(lengths, max(buckets))
        return [(max(buckets), _filled_up(rows, batch_size))]
    bucket = np.searchsorted(buckets, lengths)
    found = []
    for number, length in enumerate(buckets):
        items = np.flatnonzero(bucket == number).astype(np.int32)
        if len(items):
            found.append((length, _filled_up(items, batch_size)))
    return found


def _filled_up(rows: np.ndarray, batch_size: int) -> np.ndarray:
    missing = -len(rows) % batch_size
    fill = np.full((missing, *rows.shape[1:]), -1, np.int32)
    rows = np.concatenate([rows.astype(np.int32), fill])
    return rows.reshape(-1, batch_size, *rows.shape[1:])
