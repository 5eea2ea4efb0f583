"""The section of a model card on the run that trained its weights."""

import dataclasses
import os
import re
from collections.abc import Sequence
from typing import Any

import tensorflow as tf

from albert_tf.exporting.card import evaluations as card_evaluations
from albert_tf.exporting.card import text as card_text
from albert_tf.io import json_file
from albert_tf.runs import evaluations
from albert_tf.runs import run_checkpoint
from albert_tf.runs import run_folder

RESULTS_FILE = "eval_results.json"

# Settings in run.json that the card shows.
_SETTINGS = (
    "init_checkpoint",
    "optimizer",
    "learning_rate",
    "batch_size",
    "num_steps",
    "num_warmup_steps",
    "dropout_prob",
    "max_seq_length",
    "random_seed",
    "precision",
)


@dataclasses.dataclass(frozen=True)
class Run:
    """The records of a run.

    Attributes:
        settings: content of run.json; None if there is no such file.
        evaluations: evaluations of all checkpoints, from `evaluations.read`.
        has_other_results: whether there are only results of an unknown
            checkpoint.
    """

    settings: dict[str, Any] | None
    evaluations: Sequence[dict[str, Any]] = ()
    has_other_results: bool = False

    @property
    def training_hashes(self) -> list[str]:
        """SHA-256 of each task's training examples, in hexadecimal."""
        return list(((self.settings or {}).get("data") or {}).values())


def read(checkpoint: str) -> Run:
    """Reads the records of the run that a checkpoint belongs to."""
    places = run_checkpoint.folders_of(checkpoint)
    paths = [os.path.join(place, run_folder.RUN_FILE) for place in places]
    path = next(filter(tf.io.gfile.exists, paths), None)
    found = [each for place in places for each in evaluations.read(place)]
    return Run(
        path and _settings(path),
        found,
        not found
        and any(
            tf.io.gfile.exists(os.path.join(place, RESULTS_FILE))
            for place in places
        ),
    )


def _settings(path: str) -> dict[str, Any]:
    """Reads run.json; raises ValueError if it is damaged."""
    settings = json_file.read_object(path)
    start = settings.get("init_checkpoint") or ""
    data = settings.get("data") or {}
    environment = settings.get("environment") or {}
    if isinstance(data, dict) and isinstance(environment, dict):
        command = environment.get("command") or []
        versions = environment.get("versions") or {}
        texts = [start, *data.values()]
        texts += command if isinstance(command, list) else [None]
        texts += versions.values() if isinstance(versions, dict) else [None]
        if all(isinstance(text, str) for text in texts):
            return settings
    raise ValueError(
        f"init_checkpoint, data and environment in {path} must be text, and "
        f"objects that contain text. Received: {start!r:.60}, {data!r:.60} and "
        f"{environment!r:.60}. Copy the file from the run again, or remove it."
    )


def text(checkpoint: str, run: Run) -> str:
    """Writes the section on training.

    Args:
        checkpoint: the exported checkpoint, relative to its run; "" if unknown.
        run: the records of the run.
    """
    parts = [f"Checkpoint: {_checkpoint(checkpoint)}."] if checkpoint else []
    if run.settings is None:
        parts.append(
            f"Unknown: there was no {run_folder.RUN_FILE} with the checkpoint, "
            "which would say how and on which data it was trained."
        )
        return "\n\n".join(parts)
    if run.settings.get("data"):
        hashes = ", ".join(
            f"{name} (SHA-256 of the training examples {value[:16]}...)"
            for name, value in run.settings["data"].items()
        )
        parts.append(f"Data: {hashes}.")
    rows = [
        (name, card_text.public(str(run.settings[name])))
        for name in _SETTINGS
        if name in run.settings
    ]
    parts.append(card_text.table(("setting", "value"), rows))
    command = (run.settings.get("environment") or {}).get("command")
    if command:
        parts.append(f"Command:\n\n    {card_text.command(command)}")
    return "\n\n".join(parts)


def _checkpoint(name: str) -> str:
    step = re.search(r"ckpt-(\d+)$", name)
    return card_evaluations.checkpoint(name, int(step[1]) if step else None)
