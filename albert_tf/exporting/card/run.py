"""What a model card says of the run that trained its weights."""

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

# Settings of run.json that say how a model was trained, as it names them.
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
    """What a run wrote down.

    settings: of run.json; None where there is none.
    evaluations: of all checkpoints, as of `evaluations.read`.
    has_other_results: whether there are results of an unknown checkpoint.
    """

    settings: dict[str, Any] | None
    evaluations: Sequence[dict[str, Any]] = ()
    has_other_results: bool = False

    @property
    def training_hashes(self) -> list[str]:
        """Hexadecimal SHA-256 of the examples of each task."""
        return list(((self.settings or {}).get("data") or {}).values())


def read(checkpoint: str) -> Run:
    """What the run of a checkpoint wrote down; nothing of other weights."""
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
    """run.json; raises ValueError where it is damaged."""
    settings = json_file.read_object(path)
    data = settings.get("data") or {}
    environment = settings.get("environment") or {}
    if isinstance(data, dict) and isinstance(environment, dict):
        command = environment.get("command") or []
        texts = [*data.values()]
        texts += command if isinstance(command, list) else [None]
        if all(isinstance(text, str) for text in texts):
            return settings
    raise ValueError(
        f"{path} must be as it was written: data and environment objects of "
        f"text. Received: {data!r:.60} and {environment!r:.60}. Copy it from "
        "the run again, or remove it."
    )


def text(checkpoint: str, run: Run) -> str:
    """The section on training.

    Args:
        checkpoint: the one that is exported, relative to its run; "" where
            nothing says it.
    """
    parts = [f"Checkpoint: {_checkpoint(checkpoint)}."] if checkpoint else []
    if run.settings is None:
        parts.append(
            f"Unknown: there was no {run_folder.RUN_FILE} beside the "
            "checkpoint to say how, and on what, it was trained."
        )
        return "\n\n".join(parts)
    if run.settings.get("data"):
        hashes = ", ".join(
            f"{name} (SHA-256 of the training examples {value[:16]}...)"
            for name, value in run.settings["data"].items()
        )
        parts.append(f"Data: {hashes}.")
    rows = [
        (name, card_text.shortened(str(run.settings[name])))
        for name in _SETTINGS
        if name in run.settings
    ]
    parts.append(card_text.table(("setting", "value"), rows))
    command = run.settings.get("environment", {}).get("command")
    if command:
        parts.append(f"By this command:\n\n    {card_text.command(command)}")
    return "\n\n".join(parts)


def _checkpoint(name: str) -> str:
    step = re.search(r"ckpt-(\d+)$", name)
    return card_evaluations.checkpoint(name, int(step[1]) if step else None)
