"""Saves and restores the checkpoints of a run."""

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
_STATE_FILE = "checkpoint"  # read by tf.train.get_checkpoint_state


class Checkpoints:
    """Saves and restores a run's model and optimizer in its folder.

    Weights are saved as model/<name>, moments as optimizer/m/<name> and
    optimizer/v/<name>, with the names of `models.named_weights`, so that a file
    can be read without building the objects that wrote it. A checkpoint becomes
    visible once it is complete. TensorFlow saves a checksum with every tensor
    and verifies it when reading.

    Args:
        folder: the run's folder; the best checkpoint is in its BEST_FOLDER.
        weights: the model's weights by name.
        optimizer: one of ours, built for `trained`.
        keep: number of checkpoints to keep in addition to the best one.
        trained: the variables that the optimizer updates, by name; if left out,
            all weights.
        state: other variables to save, by name.
    """

    def __init__(
        self,
        folder: str,
        weights: dict[str, keras.Variable],
        optimizer: keras.optimizers.Optimizer,
        keep: int,
        trained: dict[str, keras.Variable] | None = None,
        state: dict[str, keras.Variable] | None = None,
    ) -> None:
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
        """The prefix of the newest checkpoint; None if there is none."""
        return next(reversed(saved_in(self._folder)), None)

    def save(self, step: int) -> None:
        """Saves a checkpoint, and removes the oldest ones.

        Raises:
            OSError: it does not fit on the disk.
        """
        self._save(self._folder, self._keep, step)

    def save_best(self, step: int) -> None:
        """Replaces the best checkpoint. Raises: as `save`."""
        self._save(self._best_folder, 1, step)

    def forget_after(self, step: int) -> None:
        """Removes the checkpoints of later steps, and saves one of `step` if
        there is none."""
        if step not in map(step_of, saved_in(self._folder)):
            self.save(step)  # the weights were restored from the best one
        # Saving removes old checkpoints, so the folder is listed only now.
        paths = sorted(saved_in(self._folder), key=step_of)
        kept = [path for path in paths if step_of(path) <= step]
        _keep(self._folder, kept, paths[len(kept) :])

    def _save(self, folder: str, keep: int, step: int) -> None:
        path = os.path.join(folder, f"{CHECKPOINT_NAME}-{step}")
        try:
            self._checkpoint.write(path)
        except tf.errors.OpError as error:
            raise OSError(
                "A checkpoint must fit into its folder. Received: "
                f"{path}, and {error.message}. Checkpoints up to {self.latest} "
                "are safe. Make room, and rerun the same command to resume."
            ) from None
        paths = [other for other in saved_in(folder) if other != path] + [path]
        _keep(folder, paths[-keep:], paths[:-keep])

    def restore_latest(self) -> str | None:
        """Restores the newest intact checkpoint.

        A damaged one is skipped with a warning.

        Returns:
            Its prefix; None if there are no checkpoints.
        Raises:
            ValueError: all are damaged, or they are of another model.
        """
        return self._restore(saved_in(self._folder))

    def restore_best(self) -> str | None:
        """Restores the best checkpoint. Returns and raises: as
        `restore_latest`."""
        return self._restore(saved_in(self._best_folder))

    def restore_until(self, step: int) -> str | None:
        """Restores the newest checkpoint, the best one included, that is not
        later than `step`. Returns and raises: as `restore_latest`."""
        paths = saved_in(self._folder) + saved_in(self._best_folder)
        paths = [path for path in paths if step_of(path) <= step]
        return self._restore(sorted(paths, key=step_of))

    def _restore(self, paths: list[str]) -> str | None:
        errors = []
        for path in reversed(paths):
            try:
                readable = literal_paths.readable(path)
                self._checkpoint.read(readable).assert_consumed()
            # TensorFlow's readers raise many kinds of errors, even IndexError.
            except Exception as error:
                logging.warning(
                    "This checkpoint is damaged or of another model, so the "
                    "one before it is tried: %s: %s",
                    path,
                    error,
                )
                errors.append(f"{path}: {error}")
                continue
            return path
        if errors:
            raise ValueError(
                "A checkpoint in --output_dir must be intact and of this model."
                f" Received: {errors[0]}"
            )
        return None


def _values(variables: dict[str, keras.Variable]) -> dict[str, tf.Variable]:
    return {name: variable.value for name, variable in variables.items()}


def saved_in(folder: str) -> list[str]:
    """The prefixes of the finished checkpoints in a folder.

    The last one is the checkpoint to use: the newest, unless someone has named
    another one in the file `checkpoint`.
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
        ValueError: the name has no step, since another program wrote it.
    """
    found = re.search(rf"{CHECKPOINT_NAME}-(\d+)$", path)
    if found is None:
        raise ValueError(
            f"A run's checkpoints must be named {CHECKPOINT_NAME}-STEP. "
            f"Received: {path}. Name another --output_dir."
        )
    return int(found[1])


def described(path: str) -> str:
    """The last two parts of a checkpoint's path, such as best/ckpt-200.

    Args:
        path: a checkpoint, or a folder with checkpoints.
    """
    found = saved_in(path)
    parts = os.path.normpath(found[-1] if found else path).split(os.sep)
    return "/".join(parts[-2:])


def remove_unfinished(folder: str) -> None:
    """Removes the remains of interrupted saves; call it with the folder
    locked."""
    for place in filter(tf.io.gfile.isdir, (folder, _best(folder))):
        atomic.remove_unfinished(place)
        pattern = literal_paths.escape(place)
        for path in tf.io.gfile.glob(f"{pattern}/{CHECKPOINT_NAME}-*_temp*"):
            tf.io.gfile.rmtree(path)


def _best(folder: str) -> str:
    return os.path.join(folder, BEST_FOLDER)


def remove_all(folder: str) -> None:
    """Removes the checkpoints of a run that has not trained yet."""
    for place in (folder, _best(folder)):
        paths = saved_in(place)
        if paths:
            tf.io.gfile.remove(os.path.join(place, _STATE_FILE))
            _remove(paths)


def _keep(folder: str, kept: list[str], others: list[str]) -> None:
    """Lists `kept` as the checkpoints of a folder, then removes the others."""
    # tf.train reads this file. Its CheckpointManager, which writes it, cannot
    # remove the newest checkpoint. Paths are relative, since folders may move.
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
