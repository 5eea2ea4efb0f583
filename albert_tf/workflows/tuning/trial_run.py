"""Runs one trial: a fine-tuning that reports its evaluations."""

import os
import time
from collections.abc import Mapping
from typing import Any

import tensorflow as tf
from absl import logging

from albert_tf.io import json_file
from albert_tf.runs import run_folder
from albert_tf.runs import seeds
from albert_tf.tracking import followers
from albert_tf.workflows.configs import finetune as finetune_config
from albert_tf.workflows.finetuning import finetune
from albert_tf.workflows.tuning import outcomes
from data_pipeline.io import errors

# After a kill, another process may still be saving this trial.
_SECONDS, _TRIES = 5.0, 12


class GivenUp(Exception):
    """The trial does worse than others did."""


class _Reporter:
    """A `followers.Follower` that reports scores, and may give up.

    Args:
        report: as in `outcomes.Runner`.
    """

    def __init__(self, report: outcomes.Report) -> None:
        self._report = report

    def begin(self, folder: str, settings: Mapping[str, Any]) -> None:
        """Nothing is done before the first evaluation."""

    def row(
        self, folder: str, kind: str, step: int, values: Mapping[str, float]
    ) -> None:
        if kind != "eval":
            return
        # A resumed run has evaluations that another process has reported.
        steps = {
            row["step"]
            for row in run_folder.read_metrics(folder)
            if row["kind"] == "eval"
        }
        if self._report(len(steps), values["score"]):
            raise GivenUp

    def result(self, folder: str, values: Mapping[str, float]) -> None:
        """The score is in what `finetune` returns."""


class InThisProcess:
    """An `outcomes.Runner` that trains in this process."""

    def run(
        self,
        config: finetune_config.FinetuneConfig,
        report: outcomes.Report,
    ) -> outcomes.Outcome:
        is_one_run = config.num_seeds == 1 and not config.folds
        try:
            with followers.following(
                _Reporter(report if is_one_run else lambda number, score: False)
            ):
                result = _trained(config)
        except GivenUp:
            return outcomes.Outcome()
        except BlockingIOError:
            raise  # the trial did not fail
        except (*errors.USER_ERRORS, tf.errors.OpError) as error:
            logging.warning("The trial failed: %s", error)
            return outcomes.Outcome(error=str(error)[:2000])
        return outcomes.Outcome(score=_score(config, result))


def _trained(
    config: finetune_config.FinetuneConfig,
) -> finetune.FinetuneResult:
    for _ in range(_TRIES - 1):
        try:
            return finetune.finetune(config)
        except BlockingIOError as error:
            logging.info("Waiting for another process: %s", error)
            time.sleep(_SECONDS)
    return finetune.finetune(config)


def _score(
    config: finetune_config.FinetuneConfig, result: finetune.FinetuneResult
) -> float:
    """The score of a run; of several seeds or folds, the mean."""
    if config.num_seeds > 1:
        path = os.path.join(config.run_dir, seeds.FILE_NAME)
        return float(json_file.read_object(path)["mean"])
    assert result.metrics is not None
    return float(result.metrics["score"])
