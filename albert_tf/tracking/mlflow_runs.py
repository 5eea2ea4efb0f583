"""Runs in MLflow, on the server or store of MLFLOW_TRACKING_URI."""

import os
import time
from collections.abc import Mapping
from typing import Any

import mlflow
from absl import logging
from mlflow import entities
from mlflow import exceptions

import albert_tf
from albert_tf.runs import secrets
from albert_tf.tracking import tracked_runs

_NAME = "mlflow"
# MLflow takes at most so many in one call.
_MOST = 100


class Tracker:
    """A `reporting.Tracker` for MLflow."""

    def __init__(self) -> None:
        self._client = mlflow.MlflowClient()
        self._run: str | None = None

    def begin(self, folder: str, settings: Mapping[str, Any]) -> None:
        self.end(is_finished=True)  # the one before, of several seeds
        known = tracked_runs.known_id(folder, _NAME)
        if known is not None and self._resumes(known):
            return
        run = self._client.create_run(
            self._experiment(),
            run_name=tracked_runs.name_of(folder),
            tags={
                "albert_tf.version": albert_tf.__version__,
                "albert_tf.folder": folder,
            },
        )
        self._run = run.info.run_id
        tracked_runs.keep_id(folder, _NAME, self._run)
        logging.info(
            "MLflow: run %s at %s.",
            self._run,
            secrets.without_logins(mlflow.get_tracking_uri()),
        )
        found = [
            entities.Param(name, value)
            for name, value in tracked_runs.parameters(settings).items()
        ]
        for start in range(0, len(found), _MOST):
            self._client.log_batch(
                self._run, params=found[start : start + _MOST]
            )

    def row(
        self, folder: str, kind: str, step: int, values: Mapping[str, float]
    ) -> None:
        self._log(tracked_runs.numbers(kind, values), step)

    def result(self, folder: str, values: Mapping[str, float]) -> None:
        self._log(tracked_runs.numbers("result", values), 0)

    def end(self, is_finished: bool) -> None:
        if self._run is not None:
            self._client.set_terminated(
                self._run, "FINISHED" if is_finished else "KILLED"
            )
            self._run = None

    def _resumes(self, run: str) -> bool:
        try:
            self._client.update_run(run, status="RUNNING")
        except exceptions.MlflowException:
            return False  # it is on another server
        self._run = run
        return True

    def _experiment(self) -> str:
        if experiment := os.environ.get("MLFLOW_EXPERIMENT_ID"):
            return experiment
        name = (
            os.environ.get("MLFLOW_EXPERIMENT_NAME") or tracked_runs.EXPERIMENT
        )
        found = self._client.get_experiment_by_name(name)
        if found is None:
            try:
                return self._client.create_experiment(name)
            except exceptions.MlflowException:  # another process was faster
                found = self._client.get_experiment_by_name(name)
                if found is None:
                    raise
        return found.experiment_id

    def _log(self, numbers: Mapping[str, float], step: int) -> None:
        if self._run is None:
            return  # it could not begin
        now = int(time.time() * 1000)
        found = [
            entities.Metric(name, value, now, step)
            for name, value in numbers.items()
        ]
        for start in range(0, len(found), _MOST):
            self._client.log_batch(
                self._run, metrics=found[start : start + _MOST]
            )
