"""Runs training for commands: a run that stops early ends the process.

    exit code 75   the run was asked to stop and has saved; the same command
                   resumes it

If another machine of the run was lost, this process is replaced by a new one
with the same command.
"""

import contextlib
import os
import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING

from absl import logging

from albert_tf.training import distribution
from albert_tf.training import stopping
from albert_tf.workflows.configs import finetune as finetune_config
from albert_tf.workflows.configs import pretrain as pretrain_config
from albert_tf.workflows.configs.tuning import tune as tune_config

if TYPE_CHECKING:
    from albert_tf.workflows.common.estimates import EstimateResult
    from albert_tf.workflows.finetuning.finetune import FinetuneResult
    from albert_tf.workflows.pretraining.pretrain import PretrainResult
    from albert_tf.workflows.tuning.tune import TuneResult


def pretrain(
    config: pretrain_config.PretrainConfig,
) -> "PretrainResult | EstimateResult":
    """`albert_tf.pretrain`, or `estimate`, for a command."""
    from albert_tf.workflows.pretraining import estimate
    from albert_tf.workflows.pretraining import pretrain

    if config.estimate:
        return estimate.estimate(config)
    with of_run():
        return pretrain.pretrain(config)


def finetune(config: finetune_config.FinetuneConfig) -> "FinetuneResult":
    """`albert_tf.finetune` for a command."""
    from albert_tf.workflows.finetuning import finetune

    with of_run():
        return finetune.finetune(config)


def tune(config: tune_config.TuneConfig) -> "TuneResult":
    """`albert_tf.tune` for a command."""
    from albert_tf.workflows.tuning import tune

    with of_run():
        return tune.tune(config)


@contextlib.contextmanager
def of_run() -> Iterator[None]:
    """Ends or replaces the process if the run inside stops early."""
    try:
        with stopping.owning_process():
            yield
    except stopping.Stopped as stopped:
        logging.warning("%s", stopped)
        if not stopped.is_alone:
            sys.exit(stopping.RESUME_EXIT_CODE)
        # Everything is written. TensorFlow's cleanup would take seconds, which
        # the sender of the signal may not wait for.
        _flush()
        os._exit(stopping.RESUME_EXIT_CODE)
    except distribution.MachineLost as lost:
        logging.warning(
            "%s Restarting from the last checkpoint, and waiting until all "
            "machines are back.",
            lost,
        )
        # The folder is unlocked by now, so the new process can use it.
        _flush()
        os.execv(sys.executable, [sys.executable, *sys.orig_argv[1:]])


def _flush() -> None:
    sys.stdout.flush()
    sys.stderr.flush()
