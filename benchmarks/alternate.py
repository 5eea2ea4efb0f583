"""Workers in turn, A B A B, and what their figures say."""

import json
import os
import statistics
import subprocess
import time
from typing import Any


class WorkerError(ValueError):
    """A worker ended without a result; says what it wrote last."""


def run_worker(
    python: str, module: str, settings: dict[str, Any], threads: int
) -> dict[str, Any]:
    """Runs a worker in a process of its own, on the first `threads` cores.

    Args:
        python: its interpreter.
        module: of the worker.
        settings: its argument; `started` is added.
        threads: cores, and the threads that libraries make.
    Raises:
        WorkerError: it failed.
    """
    cores = sorted(os.sched_getaffinity(0))[:threads]
    count = str(threads)
    environment = {
        **os.environ,
        "KERAS_BACKEND": "tensorflow",
        "TF_CPP_MIN_LOG_LEVEL": "2",
        "OMP_NUM_THREADS": count,
        "RAYON_NUM_THREADS": count,
        "TF_NUM_INTRAOP_THREADS": count,
        "TF_NUM_INTEROP_THREADS": count,
        # Nothing is fetched; without this transformers waits for a network.
        "HF_HUB_OFFLINE": "1",
    }
    settings = {**settings, "started": time.time()}
    outcome = subprocess.run(
        [python, "-m", module, json.dumps(settings)],
        capture_output=True,
        text=True,
        env=environment,
        preexec_fn=lambda: os.sched_setaffinity(0, cores),
    )
    lines = outcome.stdout.strip().splitlines()
    if outcome.returncode or not lines:
        raise WorkerError(
            f"{module} in {python} ended with code {outcome.returncode}: "
            f"...{outcome.stderr.strip()[-600:]}"
        )
    return json.loads(lines[-1])


def alternate(workers: dict[str, Any], rounds: int) -> dict[str, list | str]:
    """Runs all, then all again: what slows the machine down meets everyone.

    Args:
        workers: functions without arguments, by name.
        rounds: of each.
    Returns:
        The results of each; of one that failed the message: it is not run
        again.
    """
    found: dict[str, list | str] = {name: [] for name in workers}
    for _ in range(rounds):
        for name, run in workers.items():
            if isinstance(found[name], str):
                continue
            try:
                found[name].append(run())
            except WorkerError as error:
                found[name] = str(error)
    return found


def summary(values: list[float]) -> dict[str, Any]:
    """median; rounds, all of them; spread, (most - least) / median."""
    median = statistics.median(values)
    spread = (max(values) - min(values)) / median if median else 0.0
    return {"median": median, "spread": spread, "rounds": values}


def lines(
    case: str, figure: str, found: dict[str, list | str]
) -> list[dict[str, Any]]:
    """A row for each contestant.

    Fields: case, contestant, figure (its name); median, spread, rounds;
    ratio_to_ours, median / that of ours; floor_share, median of `floor` /
    median; details, other values of the last round. Of one that failed: error
    instead of these.
    """
    medians = {
        name: statistics.median(result[figure] for result in results)
        for name, results in found.items()
        if not isinstance(results, str)
    }
    rows = []
    for name, results in found.items():
        row = {"case": case, "contestant": name, "figure": figure}
        if isinstance(results, str):
            rows.append({**row, "error": results})
            continue
        row |= summary([result[figure] for result in results])
        if medians.get("ours") and name != "floor":
            row["ratio_to_ours"] = row["median"] / medians["ours"]
        if "floor" in medians and name != "floor":
            row["floor_share"] = medians["floor"] / row["median"]
        details = {k: v for k, v in results[-1].items() if k != figure}
        rows.append({**row, "details": details})
    return rows
