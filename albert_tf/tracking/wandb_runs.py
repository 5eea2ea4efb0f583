"""Runs in Weights & Biases, as WANDB_MODE, WANDB_PROJECT and others say."""

import os
from collections.abc import Mapping
from typing import Any

import wandb

import albert_tf
from albert_tf.tracking import tracked_runs

_NAME = "wandb"


class Tracker:
    """A `reporting.Tracker` for Weights & Biases."""

    def __init__(self) -> None:
        self._run: Any = None
        # Without a key, the library would ask for one and wait.
        is_online = wandb.setup().settings.mode in ("online", "shared")
        if is_online and not wandb.login(prompt=False, verify=False):
            raise ValueError("run wandb login, or set WANDB_MODE=offline")

    def begin(self, folder: str, settings: Mapping[str, Any]) -> None:
        self.end(is_finished=True)  # the one before, of several seeds
        self._run = wandb.init(
            project=os.environ.get("WANDB_PROJECT") or tracked_runs.EXPERIMENT,
            name=os.environ.get("WANDB_NAME") or tracked_runs.name_of(folder),
            id=tracked_runs.known_id(folder, _NAME),
            resume="allow",
            reinit="create_new",
            config={
                **tracked_runs.parameters(settings),
                "albert_tf": albert_tf.__version__,
            },
            settings=wandb.Settings(
                # The command line, which may hold a password, stays here, and
                # so does what is printed.
                x_disable_meta=True,
                disable_code=True,
                disable_git=True,
                console="off",
            ),
        )
        # A run that resumes repeats steps, which the library's own count of
        # steps does not allow.
        self._run.define_metric("step", hidden=True)
        self._run.define_metric("*", step_metric="step")
        tracked_runs.keep_id(folder, _NAME, self._run.id)

    def row(
        self, folder: str, kind: str, step: int, values: Mapping[str, float]
    ) -> None:
        if self._run is not None:
            self._run.log({"step": step, **tracked_runs.numbers(kind, values)})

    def result(self, folder: str, values: Mapping[str, float]) -> None:
        if self._run is not None:
            self._run.summary.update(tracked_runs.numbers("result", values))

    def end(self, is_finished: bool) -> None:
        if self._run is not None:
            self._run.finish(exit_code=0 if is_finished else 1)
            self._run = None
