"""Measures how long one call of an exported model takes."""

import dataclasses
import statistics
import time
from collections.abc import Iterable

import numpy as np

from albert_tf.exporting import ids_function

# Calls that are not timed, in which programs are compiled and memory allocated.
_WARM_UP = 3


@dataclasses.dataclass(frozen=True, kw_only=True)
class Latency:
    """Latency of calls with one row (for multiple choice, one row per choice).

    Attributes:
        format: name of the format.
        max_seq_length: S, without padding.
        milliseconds: median time of a call.
    """

    format: str
    max_seq_length: int
    milliseconds: float


def measure(
    name: str,
    runner: ids_function.Runner,
    input_names: Iterable[str],
    *,
    max_seq_length: int,
    num_choices: int | None = None,
    num_masks: int = 1,
    calls: int = 30,
) -> Latency:
    """Calls a format repeatedly with one row and takes the median time.

    Args:
        name: name of the format.
        runner: runs the format.
        input_names: names of its inputs, from ids_function.input_names.
        max_seq_length: S.
        num_choices: N, for multiple choice.
        num_masks: M, for a pretrainer.
        calls: number of timed calls.
    """
    shape: tuple[int, ...] = (1, max_seq_length)
    if num_choices is not None:
        shape = (1, num_choices, max_seq_length)
    # Ones are tokens, in segment 1, without padding.
    batch = {name: np.ones(shape, np.int32) for name in input_names}
    if "mask_positions" in batch:
        batch["mask_positions"] = np.ones((1, num_masks), np.int32)
    seconds = []
    for _ in range(_WARM_UP + calls):
        start = time.perf_counter()
        runner(batch)
        seconds.append(time.perf_counter() - start)
    return Latency(
        format=name,
        max_seq_length=max_seq_length,
        milliseconds=1e3 * statistics.median(seconds[_WARM_UP:]),
    )
