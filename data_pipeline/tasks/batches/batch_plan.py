"""Plans which items the batch of each step has, as a function of the seed.

Every batch is of one kind: one task and one length. XLA compiles one program
for each kind.
"""

import dataclasses
from collections.abc import Mapping
from collections.abc import Sequence

import numpy as np

from data_pipeline.batches import packing
from data_pipeline.tasks.batches import class_sampling

# The shortest default length.
_SHORTEST = 16
# With a dynamic length, the shortest default, and the smallest step between
# two of them.
_EIGHT = 8
# Random streams of a plan.
_TASKS, _ORDER = 0, 1


@dataclasses.dataclass(frozen=True)
class Plan:
    """The batches of a run.

    Attributes:
        kinds: (task, length) of each kind of batch.
        steps: int32 [steps], the kind of each step's batch.
        items: for each kind, int32 [batches, B], the numbers of the items; for
            packed rows, [batches, B, K], with -1 in unused slots.
    """

    kinds: tuple[tuple[str, int], ...]
    steps: np.ndarray
    items: tuple[np.ndarray, ...]

    def done(self, step: int) -> np.ndarray:
        """int64 [kinds]: the number of batches of each kind before `step`."""
        return np.bincount(self.steps[:step], minlength=len(self.kinds))

    def run(self, step: int, most: int) -> int:
        """How many consecutive batches, from `step` on and at most `most`, are
        of one kind."""
        kinds = self.steps[step : step + most]
        others = np.flatnonzero(kinds != kinds[0])
        return int(others[0]) if len(others) else len(kinds)


def default_lengths(
    max_seq_length: int, any_length: bool = False
) -> tuple[int, ...]:
    """The default lengths that rows are padded to.

    Args:
        max_seq_length: S, the last of them.
        any_length: as in `input_pipeline.batches`. If false, powers of two
            from 16 on, so that few programs are compiled; if true, multiples
            of 8, at most four for each power of two: 8, 16, 24, 32, 40, ...,
            64, 80, 96, 112, 128, 160, ...
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


def with_windows(
    lengths: tuple[int, ...], max_windows: int, any_length: bool = False
) -> tuple[int, ...]:
    """The lengths of texts of one window, and those of several windows.

        lengths (16, 32), max_windows 6 -> (16, 32, 64, 128, 192)

    Args:
        lengths: the lengths that rows are padded to; the last is S.
        max_windows: the most windows of a text.
        any_length: as in `input_pipeline.batches`. If false, the numbers of
            windows are powers of two and `max_windows`, so that few programs
            are compiled; if true, all numbers.
    Returns:
        `lengths`, and W S for each number of windows W.
    """
    counts = [*range(2, max_windows), max_windows]
    if not any_length:
        powers = (2**power for power in range(1, max_windows.bit_length()))
        counts = sorted({*powers, max_windows})
    several = (count * lengths[-1] for count in counts if count > 1)
    return (*lengths, *several)


def lengths_in_use(
    lengths: np.ndarray, allowed: Sequence[int], batch_size: int
) -> tuple[int, ...]:
    """The allowed lengths that have enough items to fill a batch.

    Too few items for a batch join those of the next longer length. The length
    of the longest items is always kept, since they fit no shorter one.

    Args:
        lengths: int [I], the number of tokens in each item.
        allowed: increasing lengths; the last is at least the largest of
            `lengths`.
        batch_size: B.
    """
    bucket = np.searchsorted(allowed, lengths)
    counts = np.bincount(bucket, minlength=len(allowed))
    used: list[int] = []
    waiting = 0
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
    classes: Mapping[str, np.ndarray] | None = None,
    class_sampling_power: float = 1.0,
    pack: bool = False,
    parts: int = 1,
) -> Plan:
    """Assigns items to batches, in another order in each epoch.

    An epoch is a permutation of a task's items. Each item joins the unfinished
    batch of its length, and the next step gets the batch that is full first.
    So no item is left out, and no item repeats before all items of its task
    have been used. With `classes`, `class_sampling` draws an epoch instead.

    Args:
        lengths: by task, int [I], the number of tokens in each item.
        buckets: by task, the lengths of its batches.
        num_steps: number of steps of the run.
        batch_size: number of items in a batch. A packed batch has as many rows
            as hold about this number on average.
        seed: seed of the order of items and the choice of tasks.
        sampling_power: tasks are drawn in proportion to their numbers of
            items, raised to this power.
        classes: by task, int [I], the class of each item; None: items are not
            drawn by class.
        class_sampling_power: as in `class_sampling.epoch`.
        pack: whether to pack several items into a row of the longest bucket.
        parts: the number of rows of a packed batch is a multiple of this.
    """
    tasks = list(lengths)
    weights = np.array(
        [max(len(lengths[task]), 1) ** sampling_power for task in tasks]
    )
    rng = np.random.default_rng([seed, _TASKS])
    task_of = rng.choice(len(tasks), num_steps, p=weights / weights.sum())
    kinds: list[tuple[str, int]] = []
    items: list[np.ndarray] = []
    steps = np.zeros(num_steps, np.int32)
    for number, task in enumerate(tasks):
        places = np.flatnonzero(task_of == number)
        draw = class_sampling.drawer(
            len(lengths[task]),
            None if classes is None else classes[task],
            class_sampling_power,
        )
        if pack:
            order, batches = _packed(
                lengths[task],
                max(buckets[task]),
                len(places),
                batch_size,
                parts,
                [seed, _ORDER, number],
                None if classes is None else draw,
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
                draw,
            )
        steps[places] = order + len(kinds)
        kinds += [(task, length) for length in names]
        items += batches
    return Plan(tuple(kinds), steps, tuple(items))


def _epochs(
    draw: class_sampling.Draw, count: int, least: int, seed: list[int]
) -> np.ndarray:
    """Epochs of `count` items, one after another, with at least `least` numbers
    in total."""
    epochs = -(-least // count)
    return np.concatenate(
        [draw(np.random.default_rng([*seed, epoch])) for epoch in range(epochs)]
    ).astype(np.int32)


def _by_length(
    bucket: np.ndarray,
    num_buckets: int,
    num_steps: int,
    batch_size: int,
    seed: list[int],
    draw: class_sampling.Draw,
) -> tuple[np.ndarray, list[np.ndarray]]:
    """The bucket of each batch, int [num_steps], and each bucket's batches."""
    # At the end, every bucket may have an unfinished batch.
    least = (num_steps + num_buckets) * batch_size
    order = _epochs(draw, len(bucket), least, seed)
    full, batches = [], []
    for number in range(num_buckets):
        places = np.flatnonzero(bucket[order] == number)
        used = len(places) // batch_size * batch_size
        slots = places[:used].reshape(-1, batch_size)
        batches.append(order[slots])
        # A batch is full when its last item arrives.
        full += [(last, number) for last in slots[:, -1]]
    steps = np.array([number for _, number in sorted(full)[:num_steps]], int)
    counts = np.bincount(steps, minlength=num_buckets)
    return steps, [b[:n] for b, n in zip(batches, counts, strict=True)]


def _packed(
    lengths: np.ndarray,
    length: int,
    num_steps: int,
    batch_size: int,
    parts: int,
    seed: list[int],
    draw: class_sampling.Draw | None,
) -> tuple[np.ndarray, list[np.ndarray]]:
    """As `_by_length`, with several items in a row and a single bucket.

    Without `draw`, each epoch has the same rows in another order; with it, the
    items of each epoch are packed.
    """
    rows = packing.plan(lengths, length)  # [rows, K]
    size = batch_size * len(rows) / len(lengths) / parts
    size = max(1, round(size)) * parts
    needed = num_steps * size
    if draw is None:
        count = len(rows)
        order = _epochs(lambda rng: rng.permutation(count), count, needed, seed)
        rows = rows[order]
    else:
        rows = _drawn_rows(lengths, length, needed, seed, draw)
    rows = rows[:needed].reshape(num_steps, size, -1)
    return np.zeros(num_steps, int), [rows]


def _drawn_rows(
    lengths: np.ndarray,
    length: int,
    least: int,
    seed: list[int],
    draw: class_sampling.Draw,
) -> np.ndarray:
    """At least `least` packed rows, epoch after epoch: int32 [rows, K]."""
    found: list[np.ndarray] = []
    while sum(map(len, found)) < least:
        rng = np.random.default_rng([*seed, len(found)])
        items = draw(rng)
        rows = packing.plan(lengths[items], length)
        rows = np.where(rows >= 0, items[rows], -1).astype(np.int32)
        found.append(rng.permutation(rows))
    width = max((rows.shape[1] for rows in found), default=1)
    return np.concatenate(
        [
            np.pad(
                rows, ((0, 0), (0, width - rows.shape[1])), constant_values=-1
            )
            for rows in found
        ]
        or [np.zeros([0, width], np.int32)]
    )
