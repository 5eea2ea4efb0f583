"""albert_tf.tune: searches for the settings of a fine-tuning run."""

import dataclasses
import functools
import os
import threading
from concurrent import futures
from typing import Any
from typing import NamedTuple

from absl import logging

from albert_tf.runs import checkpoints
from albert_tf.training import stopping
from albert_tf.workflows.configs import devices as devices_config
from albert_tf.workflows.configs import finetune as finetune_config
from albert_tf.workflows.configs import inference as inference_config
from albert_tf.workflows.configs.tuning import tune as tune_config
from albert_tf.workflows.finetuning import evaluate
from albert_tf.workflows.tuning import checks
from albert_tf.workflows.tuning import outcomes
from albert_tf.workflows.tuning import processes
from albert_tf.workflows.tuning import results
from albert_tf.workflows.tuning import search_space
from albert_tf.workflows.tuning import study as study_lib
from albert_tf.workflows.tuning import trial_run
from data_pipeline import config as config_lib
from data_pipeline.io import folder_lock
from data_pipeline.io import outputs


class TuneResult(NamedTuple):
    """The results of a search.

    Attributes:
        output_dir: the folder of the search.
        best_trial: the number of the best trial.
        settings: its values of the settings that were searched, by name.
        score: its score on the evaluation data, from 0 to 1; an optimistic
            one, since the same data chose the trial.
        checkpoint: the folder of its run.
        test: its metrics on the test file; None without one.
        trials: a dict for each trial, with trial, state, score, seconds, error
            and settings.
        importances: the share of each setting in the differences between
            scores; {} if there are too few trials to say.
        command: the fine-tuning command with the best settings.
        flagfile: the file with its flags.
        table: the trials as text.
    """

    output_dir: str
    best_trial: int
    settings: dict[str, Any]
    score: float
    checkpoint: str
    test: dict[str, float] | None
    trials: list[dict[str, Any]]
    importances: dict[str, float]
    command: str
    flagfile: str
    table: str


def tune(config: tune_config.TuneConfig) -> TuneResult:
    """Searches for the settings of a fine-tuning run that do best.

    If `output_dir` holds the same search already, it is resumed: trials that
    had begun go on from their last checkpoints.

    Args:
        config: the settings of the search, and of all trials.
    Returns:
        The best settings, and all trials.
    Raises:
        ValueError: settings and data do not fit together, or all trials failed.
        ImportError: Optuna is not installed.
        FileNotFoundError: data or weights are missing.
        FileExistsError: `output_dir` holds another search, or other files.
        BlockingIOError: another process uses `output_dir`.
        stopping.Stopped: a signal asked to stop; everything is saved, and the
            same call resumes the search.

    Example:
        >>> config = albert_tf.TuneConfig(
        ...     search=["learning_rate=1e-5:1e-3:log"],
        ...     trials=20,
        ...     task_name="custom",
        ...     task_type="classification",
        ...     train_file="train.csv",
        ...     eval_file="dev.csv",
        ...     init_checkpoint="pretrained",
        ...     output_dir="tuned",
        ... )
        >>> result = albert_tf.tune(config)  # doctest: +SKIP
        >>> result.settings  # doctest: +SKIP
        {'learning_rate': 0.00031}
        >>> print(result.command)  # doctest: +SKIP
        albert-tf finetune --do_train --do_eval ...
    """
    space = search_space.parse(config.search or (), config)
    base = _of_trials(config)
    checks.check(config, base, space)
    outputs.check_folder(config.run_dir, "--output_dir")
    with folder_lock.hold(config.run_dir, "tuning"):
        checks.claim(config, base)
        study = study_lib.Study(config.run_dir, space, config)
        _run(config, base, study)
        return _result(config, base, study)


def _of_trials(
    config: tune_config.TuneConfig,
) -> finetune_config.FinetuneConfig:
    """The settings that all trials have."""
    known = finetune_config.FinetuneConfig
    names = {field.name for field, _ in config_lib.fields_of(known)}
    return known(
        **{name: getattr(config, name) for name in names},
        given=config.given & names,
    )


def _of_trial(
    base: finetune_config.FinetuneConfig, trial: study_lib.Trial
) -> finetune_config.FinetuneConfig:
    folder = os.path.join(base.run_dir, results.folder_of(trial.number))
    cache = base.cached_dir or os.path.join(base.run_dir, "cache")
    settings = {**trial.settings, "output_dir": folder, "cached_dir": cache}
    return dataclasses.replace(
        base, **settings, given=base.given | settings.keys()
    )


def _run(
    config: tune_config.TuneConfig,
    base: finetune_config.FinetuneConfig,
    study: study_lib.Study,
) -> None:
    """Runs the trials that are left."""
    if config.processes == 1:
        _work(config, base, study, trial_run.InThisProcess())
        return
    runners = [
        processes.InAnotherProcess(number, config.processes)
        for number in range(config.processes)
    ]
    with (
        stopping.requests(),
        futures.ThreadPoolExecutor(config.processes) as threads,
    ):
        try:
            with stopping.interruptible(is_saved=False):
                work = [
                    threads.submit(_work, config, base, study, runner)
                    for runner in runners
                ]
                futures.wait(work, return_when=futures.FIRST_EXCEPTION)
        except stopping.Interrupted:
            pass  # leaving `requests` raises Stopped
        finally:
            if not all(each.done() for each in work):
                for runner in runners:
                    runner.stop()
            futures.wait(work)
            for runner in runners:
                runner.close()
        for each in work:
            each.result()


# Held to remove checkpoints.
_removing = threading.Lock()


def _work(
    config: tune_config.TuneConfig,
    base: finetune_config.FinetuneConfig,
    study: study_lib.Study,
    runner: outcomes.Runner,
) -> None:
    """Runs trials, one after another, until there are enough."""
    while trial := study.next():
        logging.info("Trial %d: %s.", trial.number, trial.settings)
        outcome = runner.run(
            _of_trial(base, trial), functools.partial(study.report, trial)
        )
        if outcome is None:
            return
        study.finish(trial, outcome)
        if config.keep_trials == "best":
            with _removing:
                _remove_others(config.run_dir, study)


def _remove_others(folder: str, study: study_lib.Study) -> None:
    """Removes the checkpoints of finished trials other than the best one, which
    can only give way to a later one."""
    best = study.best
    for row in study.rows():
        if row["state"] != "running" and row["trial"] != best:
            place = os.path.join(folder, results.folder_of(row["trial"]))
            for each, _, _ in os.walk(place):  # of seeds and folds, too
                checkpoints.remove_all(each)


def _result(
    config: tune_config.TuneConfig,
    base: finetune_config.FinetuneConfig,
    study: study_lib.Study,
) -> TuneResult:
    rows = study.rows()
    number = study.best
    if number is None:
        errors = [row["error"] for row in rows if row["error"]]
        raise ValueError(
            "At least one trial must finish. Received: "
            f"{len(rows)} trials without one; the last error was: "
            f"{errors[-1] if errors else 'none'}"
        )
    best = next(row for row in rows if row["trial"] == number)
    folder = os.path.join(config.run_dir, results.folder_of(number))
    test = None
    if config.test_file:
        test = _test(config, folder, config.test_file)
    importances = study.importances()
    command, flagfile = results.write(
        config.run_dir, base, rows, best, importances, test
    )
    return TuneResult(
        config.run_dir,
        number,
        best["settings"],
        best["score"],
        folder,
        test,
        rows,
        importances,
        command,
        flagfile,
        results.table(rows, number),
    )


def _test(
    config: tune_config.TuneConfig, folder: str, file: str
) -> dict[str, float]:
    """The metrics of the best trial on rows that had no part in the search."""
    known = config_lib.fields_of(devices_config.DeviceConfig)
    return evaluate.evaluate(
        inference_config.EvaluateConfig(
            checkpoint=folder,
            file=file,
            eval_batch_size=config.eval_batch_size,
            **{field.name: getattr(config, field.name) for field, _ in known},
        )
    ).metrics
