"""Finds the checkpoint to take from a run's folder: the best, or the last."""

import os
import re
from collections.abc import Iterable
from typing import Any

import tensorflow as tf
from absl import logging

from albert_tf.hub import names
from albert_tf.io import literal_paths
from albert_tf.io import log_once
from albert_tf.runs import checkpoint_prefix
from albert_tf.runs import checkpoints
from albert_tf.runs import run_folder
from albert_tf.runs import seeds

WHICH = ("best", "last")
# Of the folders in a cross-validation.
FOLD_PREFIX = "fold_"
_FOLDERS = rf"(seed_|{FOLD_PREFIX})\d+"


def is_run(path: str | os.PathLike) -> bool:
    """Whether a path is the folder of a run, or of several seeds or folds."""
    path = os.fspath(path)
    return tf.io.gfile.isdir(path) and (
        any(
            tf.io.gfile.exists(os.path.join(path, name))
            for name in (run_folder.RUN_FILE, seeds.FILE_NAME)
        )
        or _has_checkpoint(os.path.join(path, checkpoints.BEST_FOLDER))
        or bool(_run_folders(path))
    )


def find(path: str | os.PathLike, which: str | None = None) -> str:
    """Finds the checkpoint that a path stands for, and logs the choice.

    Args:
        path: the folder of a run, or of several seeds, of which the best is
            taken. Any other path is returned as it is.
        which: "best" or "last"; only for the folder of a run. If left out, the
            best, or the last if there is no best one.
    Returns:
        The prefix of the checkpoint's files.
    Raises:
        FileNotFoundError: the run has no such checkpoint.
        ValueError: `which` has another value, or is given with a path that is
            not a run's folder; or a file of the run is damaged.
    """
    path = names.resolve(path)
    if which not in (None, *WHICH):
        raise ValueError(
            f"`which` must be {' or '.join(WHICH)}. Received: {which!r}."
        )
    if not is_run(path):
        if which is not None:
            raise ValueError(
                f"`which` must be used with the folder of a run. Received: "
                f"{which!r} and {path}, which is not the folder of a run. "
                f"Leave {which!r} out, or name the folder."
            )
        return path
    run = _run_of(path)
    best = None if which == "last" else _best(run)
    if best is not None:
        _say(path, "best", best, run)
        return best
    if which == "best":
        raise FileNotFoundError(
            "The run must have a best checkpoint, which it has once it is "
            f"evaluated. Received: {run} without one. Use the last one, with "
            "--which=last."
        )
    last = _last(run)
    if which == "last":
        _say(path, "last", last, run)
    else:
        log_once.info(
            f"{path} has no best checkpoint ({_why(run)}). Taking the last "
            f"one: {os.path.relpath(last, path)}."
        )
    return last


def find_each(
    paths: Iterable[str | None], which: str | None
) -> list[str | None]:
    """Calls `find` for several paths; `which` applies to the folders of runs.

    Raises:
        ValueError: as `find`; or `which` is given, and no path is the folder of
            a run.
    """
    paths = [path and names.resolve(path) for path in paths]
    runs = [path is not None and is_run(path) for path in paths]
    if which is not None and not any(runs):
        raise ValueError(
            "--which must be used with the folder of a run. Received: "
            f"--which={which} with "
            f"{', '.join(filter(None, paths)) or 'no path'}. Leave it out."
        )
    return [
        path and find(path, which if run else None)
        for path, run in zip(paths, runs, strict=True)
    ]


def folders_of(checkpoint: str) -> list[str]:
    """The folders in which a run describes a checkpoint: that of the
    checkpoint, for one in best/ also the run's folder, and for one of several
    seeds also the folder of all seeds."""
    is_folder = tf.io.gfile.isdir(checkpoint)
    folder = checkpoint if is_folder else os.path.dirname(checkpoint)
    folders = [folder.rstrip("/")]
    if os.path.basename(folders[-1]) == checkpoints.BEST_FOLDER:
        folders.append(os.path.dirname(folders[-1]))
    above = os.path.dirname(folders[-1])
    if tf.io.gfile.exists(os.path.join(above, seeds.FILE_NAME)):
        folders.append(above)
    return folders


def is_of_run(path: str) -> bool:
    """Whether a path is a run's folder, or one of its checkpoints."""
    return is_run(path) or any(
        tf.io.gfile.exists(os.path.join(folder, run_folder.RUN_FILE))
        for folder in folders_of(path)
    )


def name_of(checkpoint: str) -> str:
    """A checkpoint's path relative to its run, such as best/ckpt-600; outside a
    run, the name that it was fetched by, or the last part of the path."""
    run = [
        folder
        for folder in folders_of(checkpoint)
        if tf.io.gfile.exists(os.path.join(folder, run_folder.RUN_FILE))
    ]
    if not run and names.is_fetched(checkpoint):
        return names.name_of(checkpoint)
    if not run:
        return os.path.basename(checkpoint.rstrip("/"))
    return os.path.relpath(checkpoint, run[0]).replace(os.sep, "/")


def _run_of(path: str) -> str:
    """The folder of a run: `path` itself, or the best of several seeds.

    Raises:
        FileNotFoundError: no seed is known to be the best.
    """
    report = os.path.join(path, seeds.FILE_NAME)
    if tf.io.gfile.exists(report):
        best = seeds.best_of(report)
        if best is not None:
            return os.path.join(path, best)
        reason = "without an evaluation, none is known to be the best"
    elif tf.io.gfile.exists(os.path.join(path, run_folder.RUN_FILE)):
        return path
    elif any(name.startswith(FOLD_PREFIX) for name in _run_folders(path)):
        raise FileNotFoundError(
            "A model must be named. Received: "
            f"{path}, a cross-validation with one in each of "
            f"{', '.join(_run_folders(path))}. Name one of these folders, or "
            "train on all rows, without --folds."
        )
    elif _run_folders(path):
        reason = f"without {seeds.FILE_NAME}, they have not all finished"
    else:
        return path
    raise FileNotFoundError(
        "One of several seeds must be known to be the best. Received: "
        f"{path} with {', '.join(_run_folders(path)) or 'no seeds'}; {reason}."
        " Name the folder of one seed."
    )


def _run_folders(path: str) -> list[str]:
    if not tf.io.gfile.isdir(path):
        return []
    names = [name.rstrip("/") for name in tf.io.gfile.listdir(path)]
    return sorted(
        name
        for name in names
        if re.fullmatch(_FOLDERS, name)
        and tf.io.gfile.exists(os.path.join(path, name, run_folder.RUN_FILE))
    )


def _has_checkpoint(folder: str) -> bool:
    """Whether a folder has a checkpoint, even a damaged one."""
    pattern = os.path.join(
        literal_paths.escape(folder), f"{checkpoints.CHECKPOINT_NAME}-*"
    )
    return bool(checkpoints.saved_in(folder) or tf.io.gfile.glob(pattern))


def _best(run: str) -> str | None:
    """The best checkpoint; None if there is none. Raises ValueError if it is
    damaged."""
    folder = os.path.join(run, checkpoints.BEST_FOLDER)
    if not _has_checkpoint(folder):
        return None
    return _whole(folder, "Copy it again, or use --which=last.")


def _last(run: str) -> str:
    if not _has_checkpoint(run):
        raise FileNotFoundError(
            "The run must have a checkpoint. Received: "
            f"{run} without one. Train it first, or name a checkpoint."
        )
    return _whole(run, "Name another checkpoint.")


def _whole(folder: str, remedy: str) -> str:
    """The prefix of a folder's checkpoint. Raises ValueError unless all of its
    files exist."""
    try:
        prefix = checkpoint_prefix.find(folder)
    except FileNotFoundError:
        prefix = next(reversed(checkpoints.saved_in(folder)), folder)
        ends = []
    else:
        pattern = f"{literal_paths.escape(prefix)}.data-*"
        ends = tf.io.gfile.glob(pattern)
    if not ends:
        raise ValueError(
            "A checkpoint must have an .index file and its .data files. "
            f"Received: {prefix}, some of whose files are missing. {remedy}"
        )
    return prefix


def _why(run: str) -> str:
    if _evaluations(run):
        return f"its {checkpoints.BEST_FOLDER}/ is empty or was removed"
    return "it was not evaluated"


def _evaluations(run: str) -> list[dict[str, Any]]:
    try:
        rows = run_folder.read_metrics(run)
    except (OSError, ValueError) as error:  # the weights may be intact
        logging.warning("%s", error)
        return []
    return [row for row in rows if row["kind"] == "eval"]


def _say(path: str, which: str, prefix: str, run: str) -> None:
    """Logs the chosen checkpoint, its step and its held-out score."""
    facts = []
    found = re.search(r"-(\d+)$", prefix)
    if found:
        step = int(found[1])
        facts.append(f"step {step:,}")
        rows = [row for row in _evaluations(run) if row["step"] == step]
        facts += [
            f"held-out {name} {rows[-1][name]:.4f}"
            for name in ("score", "mlm_loss")
            if rows and isinstance(rows[-1].get(name), int | float)
        ]
    name = os.path.relpath(prefix, path)
    log_once.info(
        f"Taking the {which} checkpoint of {path}: {name} ({', '.join(facts)})."
    )
