"""What all workers share: settings, the clock, and the memory of a process.

A worker is a module that is run with one argument, a JSON object of settings,
and prints one JSON object. Standard library only: peers run this in
environments of their own.
"""

import json
import os
import statistics
import sys
import time
from collections.abc import Callable


def settings() -> dict:
    """Those that this process was started with."""
    return json.loads(sys.argv[1])


def report(values: dict) -> None:
    print(json.dumps(values))


def random_batch(vocab_size: int, rows: int, length: int, masks: int) -> dict:
    """A batch for pretraining, all of it tokens, with M masks in each row."""
    import numpy as np

    rng = np.random.default_rng(0)
    ids = rng.integers(5, vocab_size, (rows, length)).astype(np.int32)
    return {
        "token_ids": ids,
        "segment_ids": np.zeros_like(ids),
        "padding_mask": np.ones_like(ids),
        "mask_positions": np.tile(np.arange(masks, dtype=np.int32), (rows, 1)),
        "mask_ids": ids[:, :masks],
        "mask_weights": np.ones((rows, masks), np.float32),
        "sentence_order": np.zeros(rows, np.int32),
    }


def seconds(run: Callable[[], object]) -> float:
    begin = time.perf_counter()
    run()
    return time.perf_counter() - begin


def training_steps(
    run: Callable[[], object],
    settings: dict,
    sequences: list[int] | None = None,
) -> dict:
    """Figures of optimizer steps.

    Args:
        run: does one and returns when it is done.
        settings: steps, how many to time after the first; started, when the
            process was, in seconds since the epoch.
        sequences: examples in each step, in order, if steps differ.
    Returns:
        first_step_seconds: from the start of the process, imports included, to
            the end of the first step.
        step_seconds: the median of the later ones.
        seconds_per_sequence: the seconds of the later ones, over the examples
            that they had; with `sequences` only.
        step_memory_gb: what the steps took at most above the process with its
            model and optimizer.
        process_memory_gb: the same with these.
    """
    before = resident_bytes()
    forget_peak()
    run()
    first = time.time() - settings["started"]
    later = [seconds(run) for _ in range(settings["steps"])]
    peak = peak_bytes()
    found = {
        "first_step_seconds": first,
        "step_seconds": statistics.median(later),
        "step_memory_gb": (peak - before) / 1e9,
        "process_memory_gb": peak / 1e9,
    }
    if sequences is not None:
        found["seconds_per_sequence"] = sum(later) / sum(
            sequences[1 : len(later) + 1]
        )
    return found


def calls(run: Callable[[int], object], settings: dict) -> float:
    """Median seconds of run(0), run(1), ...; `warm_up` come before."""
    for number in range(settings["warm_up"]):
        run(number)
    return statistics.median(
        seconds(lambda number=number: run(number))
        for number in range(settings["calls"])
    )


def answers(run: Callable[[int], object], settings: dict) -> dict[str, float]:
    """Figures of a model that answers texts.

    Args:
        run: answers the request of a number, of settings["rows"] texts.
        settings: those of `calls`.
    Returns:
        seconds_per_text: the median of the requests, over their texts.
        texts_per_second: its inverse.
        first_call_seconds: the first request, in which programs are compiled.
        memory_gb: the most that the process held while it answered.
    """
    forget_peak()
    first = seconds(lambda: run(0))
    per_text = calls(run, settings) / settings["rows"]
    return {
        "seconds_per_text": per_text,
        "texts_per_second": 1 / per_text,
        "first_call_seconds": first,
        "memory_gb": peak_bytes() / 1e9,
    }


def resident_bytes() -> int:
    return _status("VmRSS")


def peak_bytes() -> int:
    """Of resident memory since `forget_peak`.

    Not getrusage's: that of a process begins with what the one that started it
    had.
    """
    return _status("VmHWM")


def forget_peak() -> None:
    with open("/proc/self/clear_refs", "w") as file:
        file.write("5")


def read_lines(path: str, column: int | None = None) -> list[str]:
    """Lines of text that are not empty; of a .tsv with a header one column."""
    with open(path, encoding="utf-8") as file:
        lines = [line.rstrip("\n") for line in file if line.strip()]
    if column is None:
        return lines
    return [line.split("\t")[column] for line in lines[1:]]


def batches_of(texts: list[str], size: int) -> list[list[str]]:
    """Whole batches, in order; what is left over is left out."""
    return [
        texts[first : first + size]
        for first in range(0, len(texts) - size + 1, size)
    ]


def parts(texts: list[str], size: int = 32) -> list[list[str]]:
    """A request in parts of at most `size` texts, in order."""
    return [texts[at : at + size] for at in range(0, len(texts), size)]


def threads() -> int:
    return len(os.sched_getaffinity(0))


def _status(name: str) -> int:
    with open("/proc/self/status") as file:
        for line in file:
            if line.startswith(f"{name}:"):
                return int(line.split()[1]) * 1024
    raise OSError(
        f"/proc/self/status must have {name}. Received: no such line."
    )
