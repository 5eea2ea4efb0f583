"""Runs with several seeds: their folders, and the report of their scores."""

import os
import statistics
from typing import Any

from absl import logging

from albert_tf.io import json_file
from albert_tf.runs import run_folder

FILE_NAME = "seeds.json"


def folders(output_dir: str, first_seed: int, count: int) -> dict[int, str]:
    """The folder of each seed; for a single seed, `output_dir` itself."""
    if count == 1:
        return {first_seed: output_dir}
    seeds = range(first_seed, first_seed + count)
    return {seed: os.path.join(output_dir, f"seed_{seed}") for seed in seeds}


def report(
    output_dir: str,
    folders: dict[int, str],
    results: dict[int, dict[str, Any]],
    failures: dict[int, str],
) -> int:
    """Writes seeds.json: all scores, their mean and deviation, and the best.

    Args:
        output_dir: the folder of all seeds.
        folders: the folder of each seed.
        results: the results of at least one seed, by seed, with `score`.
        failures: why runs were given up, by seed.
    Returns:
        The best seed; the first one if there are no scores.
    """
    scores = {seed: result["score"] for seed, result in results.items()}
    best = next(iter(scores))
    content: dict[str, Any] = {"seeds": results, "failed": failures}
    if None not in scores.values():
        best = max(scores, key=scores.__getitem__)
        values = list(scores.values())
        deviation = statistics.stdev(values) if len(values) > 1 else None
        content |= {
            "mean": statistics.mean(values),
            "standard_deviation": deviation,
            "best": {
                "seed": best,
                "score": scores[best],
                "folder": os.path.basename(folders[best]),
            },
        }
        logging.info(
            "%d seeds: %s; mean %.4f, standard deviation %s, best %.4f "
            "(seed %d); %d failed.",
            len(values),
            ", ".join(f"{value:.4f}" for value in values),
            content["mean"],
            "unknown" if deviation is None else f"{deviation:.4f}",
            scores[best],
            best,
            len(failures),
        )
    run_folder.write_json(os.path.join(output_dir, FILE_NAME), content)
    return best


def best_of(path: str) -> str | None:
    """The name of the best seed's folder; None if no seed is the best.

    Args:
        path: path of a seeds.json.
    Raises:
        ValueError: the file is damaged.
    """
    best = json_file.read_object(path).get("best")
    return None if best is None else _folder_of(best, path)


def _folder_of(best: Any, path: str) -> str:
    name = best.get("folder") if isinstance(best, dict) else None
    if not isinstance(name, str) or os.path.basename(name) != name:
        raise ValueError(
            f"{path} must name the best seed's folder, which lies beside it. "
            f"Received: {best!r:.60}. Give the folder with --init_checkpoint."
        )
    return name
