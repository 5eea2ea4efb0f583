"""Pairs of random texts for measuring speed: all of one length.

NumPy and the standard library only, as all that peers run.
"""

import time

import numpy as np

from benchmarks import measure

# Ids below are special ones: padding, and the start and end of a text.
_FIRST_ID = 5


def of(settings: dict) -> tuple[list[list[int]], list[list[int]]]:
    """Sources and targets, without starts and ends.

    Args:
        settings: rows, how many; length, of each source; target_length, of each
            target; config, with vocab_size.
    """
    random = np.random.default_rng(0)
    size = settings["config"]["vocab_size"]
    return tuple(
        random.integers(_FIRST_ID, size, (settings["rows"], length)).tolist()
        for length in (settings["length"], settings["target_length"])
    )


def training(run, settings: dict, tokens: int) -> dict:
    """Figures of run(), an optimizer step on so many target tokens.

    Args:
        run: does a step.
        settings: those of `measure.training_steps`.
        tokens: targets that a step predicts.
    """
    work = []

    def step():
        run()
        work.append(time.process_time())

    found = measure.training_steps(step, settings)
    # Without the first step, as in the seconds.
    done = tokens * settings["steps"]
    found["processor_seconds_per_1000_tokens"] = (
        1000 * (work[-1] - work[0]) / done
    )
    return _of_tokens(found, found["step_seconds"], tokens)


def decoding(run, settings: dict) -> dict:
    """Figures of run(), which writes settings["rows"] texts of target_length.

    Args:
        run: decodes a batch.
        settings: those of `measure.calls`.
    """
    measure.forget_peak()
    first = measure.seconds(run)
    tokens = settings["rows"] * settings["target_length"]
    work = time.process_time()
    each = measure.calls(lambda number: run(), settings)
    work = time.process_time() - work
    calls = settings["warm_up"] + settings["calls"]
    return _of_tokens(
        {
            "first_call_seconds": first,
            "memory_gb": measure.peak_bytes() / 1e9,
            # Of all cores; other programs on the machine change it little.
            "processor_seconds_per_1000_tokens": 1000 * work / calls / tokens,
        },
        each,
        tokens,
    )


def _of_tokens(found: dict, seconds: float, tokens: int) -> dict:
    """What a worker reports: its own figures, and those of target tokens."""
    return {
        **found,
        "seconds_per_1000_tokens": 1000 * seconds / tokens,
        "tokens_per_second": tokens / seconds,
    }
