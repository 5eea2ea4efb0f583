"""Checkpoints of a run: weights and optimizer under names that stay."""

import json
import os
import re

import keras
import tensorflow as tf
from absl import logging

from albert_tf.io import atomic
from albert_tf.io import literal_paths

CHECKPOINT_NAME = "ckpt"
BEST_FOLDER = "best"
_STATE_FILE = "checkpoint"  # of tf.train.get_checkpoint_state


class Checkpoints:
    """Saves and restores a run's model and optimizer in its folder.

    Weights are kept as model/<name>, moments as optimizer/m/<name> and
    optimizer/v/<name>, with `models.named_weights` names, so a file can be read
    without building the objects that wrote it. A save becomes visible once it
    is whole, and TensorFlow keeps a checksum of every tensor, which reading
    checks.

    Args:
        folder: of the run; the best checkpoint is kept in its BEST_FOLDER.
        weights: of the model, by name.
        optimizer: one of ours, built for `trained`.
        keep: how many checkpoints stay beside the best; older ones are removed.
        trained: the variables that the optimizer moves, by name; left out, the
            weights.
        state: other variables to be saved, by name.
    """

    def __init__(
        self,
        folder: str,
        weights: dict[str, keras.Variable],
        optimizer: keras.optimizers.Optimizer,
        keep: int,
        trained: dict[str, keras.Variable] | None = None,
        state: dict[str, keras.Variable] | None = None,
    ):
        parts = {
            "model": _values(weights),
            "optimizer": {
                slot: _values(
                    dict(zip(trained or weights, moments, strict=True))
                )
                for slot, moments in optimizer.slots.items()
            },
            "step": optimizer.iterations.value,
        }
        if state:
            parts["state"] = _values(state)
        self._checkpoint = tf.train.Checkpoint(**parts)
        self._folder, self._keep = folder, keep
        self._best_folder = _best(folder)

    @property
    def latest(self) -> str | None:
        return next(reversed(saved_in(self._folder)), None)

    def save(self, step: int) -> None:
        self._save(self._folder, self._keep, step)

    def save_best(self, step: int) -> None:
        """Replaces the best one."""
        self._save(self._best_folder, 1, step)

    def forget_after(self, step: int) -> None:
        """Removes checkpoints of later steps; there will be one of `step`."""
        if step not in map(step_of, saved_in(self._folder)):
            self.save(step)  # restored from the best
        # After that, since a save removes old ones.
        paths = sorted(saved_in(self._folder), key=step_of)
        kept = [path for path in paths if step_of(path) <= step]
        _keep(self._folder, kept, paths[len(kept) :])

    def _save(self, folder: str, keep: int, step: int) -> None:
        path = os.path.join(folder, f"{CHECKPOINT_NAME}-{step}")
        try:
            self._checkpoint.write(path)
        except tf.errors.OpError as error:
            raise OSError(
                f"A checkpoint must fit where it is saved. Received: {path}, "
                f"and {error.message}. Everything until {self.latest} is "
                "safe: make room, and the same command goes on from there."
            ) from None
        paths = [other for other in saved_in(folder) if other != path] + [path]
        _keep(folder, paths[-keep:], paths[:-keep])

    def restore_latest(self) -> str | None:
        """Goes on from the newest whole checkpoint; None where there is none.

        One that is damaged is named in a warning and the one before it taken.

        Raises:
            ValueError: none is whole, or they are of another model.
        """
        return self._restore(saved_in(self._folder))

    def restore_best(self) -> str | None:
        """Takes the best one; None where there is none."""
        return self._restore(saved_in(self._best_folder))

    def restore_until(self, step: int) -> str | None:
        """The newest of all that are not later than `step`, the best too."""
        paths = saved_in(self._folder) + saved_in(self._best_folder)
        paths = [path for path in paths if step_of(path) <= step]
        return self._restore(sorted(paths, key=step_of))

    def _restore(self, paths: list[str]) -> str | None:
        errors = []
        for path in reversed(paths):
            try:
                readable = literal_paths.readable(path)
                self._checkpoint.read(readable).assert_consumed()
            # TensorFlow's readers also raise IndexError and the like.
            except Exception as error:
                logging.warning(
                    "This checkpoint is damaged or of another model; trying "
                    "the one before it: %s: %s",
                    path,
                    error,
                )
                errors.append(f"{path}: {error}")
                continue
            return path
        if errors:
            raise ValueError(
                "A checkpoint of --output_dir must be whole and of this model. "
                f"Received: {errors[0]}"
            )
        return None


def _values(variables: dict[str, keras.Variable]) -> dict[str, tf.Variable]:
    return {name: variable.value for name, variable in variables.items()}


def saved_in(folder: str) -> list[str]:
    """The finished checkpoints of a folder; the last one is the one to take.

    That is the newest, unless someone named another one in the file.
    """
    state = tf.train.get_checkpoint_state(folder)
    if not state:
        return []
    latest = state.model_checkpoint_path
    paths = [p for p in state.all_model_checkpoint_paths if p != latest]
    return [*paths, latest]


def step_of(path: str) -> int:
    """The step in a checkpoint's name.

    Raises:
        ValueError: there is none, as in a file `checkpoint` of another program.
    """
    found = re.search(rf"{CHECKPOINT_NAME}-(\d+)$", path)
    if found is None:
        raise ValueError(
            f"A run's checkpoints must be named {CHECKPOINT_NAME}-STEP. "
            f"Received: {path}. Name another --output_dir."
        )
    return int(found[1])


def described(path: str) -> str:
    """The name of a checkpoint, or of the one that its folder means, with the
    folder it lies in and no more of where that is: best/ckpt-200."""
    found = saved_in(path)
    parts = os.path.normpath(found[-1] if found else path).split(os.sep)
    return "/".join(parts[-2:])


def remove_unfinished(folder: str) -> None:
    """Removes what killed saves left behind; for who holds the folder."""
    for place in filter(tf.io.gfile.isdir, (folder, _best(folder))):
        atomic.remove_unfinished(place)
        pattern = literal_paths.escape(place)
        for path in tf.io.gfile.glob(f"{pattern}/{CHECKPOINT_NAME}-*_temp*"):
            tf.io.gfile.rmtree(path)


def _best(folder: str) -> str:
    return os.path.join(folder, BEST_FOLDER)


def remove_all(folder: str) -> None:
    """Removes the checkpoints of a run that trained nothing yet."""
    for place in (folder, _best(folder)):
        paths = saved_in(place)
        if paths:
            tf.io.gfile.remove(os.path.join(place, _STATE_FILE))
            _remove(paths)


def _keep(folder: str, kept: list[str], others: list[str]) -> None:
    """Makes `kept` the checkpoints of a folder, then removes the others."""
    # tf.train reads this file and lets only its CheckpointManager write it,
    # which cannot take a checkpoint back. Relative paths: folders may move.
    names = [json.dumps(os.path.basename(path)) for path in kept]
    lines = [f"model_checkpoint_path: {names[-1]}"]
    lines += [f"all_model_checkpoint_paths: {name}" for name in names]
    atomic.write_text(
        os.path.join(folder, _STATE_FILE), "\n".join(lines) + "\n"
    )
    _remove(others)


def _remove(paths: list[str]) -> None:
    for path in paths:
        for file in tf.io.gfile.glob(f"{literal_paths.escape(path)}.*"):
            tf.io.gfile.remove(file)
