"""The trials of a search, which Optuna chooses and keeps in a file.

The file, study.journal, has a line for each event, and each line is on the disk
before the search goes on. Only one process writes it. After a kill, trials
that had begun go on where their last checkpoint is.
"""

import os
import random
import threading
from typing import Any
from typing import NamedTuple

from absl import logging

from albert_tf.workflows.configs.tuning import tune as tune_config
from albert_tf.workflows.tuning import outcomes
from albert_tf.workflows.tuning import search_space
from albert_tf.workflows.tuning import tuning_libraries

FILE_NAME = "study.journal"
_NAME = "albert_tf"
_ERROR = "error"
# Trials without --trials.
_TRIALS = 20
# The median of fewer trials says little.
_TRIALS_BEFORE_PRUNING = 5


class Trial(NamedTuple):
    """A trial that has begun.

    Attributes:
        number: its number, from 0 on.
        settings: values of the settings that are searched, by name.
        handle: Optuna's trial.
    """

    number: int
    settings: dict[str, Any]
    handle: Any


class Study:
    """The trials of a search; all threads of a process may use it.

    Args:
        folder: the folder of the search, which no other process uses.
        space: the settings to search.
        config: the settings of the search.
    Raises:
        ImportError: Optuna is not installed.
        ValueError: a grid has ranges without steps, or the file is damaged.
    """

    def __init__(
        self,
        folder: str,
        space: search_space.Space,
        config: tune_config.TuneConfig,
    ) -> None:
        self._optuna = optuna = tuning_libraries.optuna()
        optuna.logging.set_verbosity(optuna.logging.WARNING)
        self._space, self._config = space, config
        self._distributions = {
            name: _distribution(optuna, values)
            for name, values in space.items()
        }
        self._lock = threading.Lock()
        self._pruner = (
            optuna.pruners.MedianPruner(n_startup_trials=_TRIALS_BEFORE_PRUNING)
            if config.pruner == "median"
            else optuna.pruners.NopPruner()
        )
        self._study = self._open(os.path.join(folder, FILE_NAME))
        self._limit = config.trials or _TRIALS
        if config.sampler == "grid":
            grid = [*search_space.combinations(space)]
            self._limit = config.trials or len(grid)
            # If there are fewer trials, they are spread over the grid.
            random.Random(config.search_seed).shuffle(grid)
            for combination in grid:
                self._study.enqueue_trial(combination, skip_if_exists=True)
            self._limit = min(self._limit, len(grid))
        running = optuna.trial.TrialState.RUNNING
        self._to_resume = [
            trial.number for trial in self._study.get_trials(states=(running,))
        ]

    def _open(self, path: str) -> Any:
        optuna = self._optuna
        _repair(path)
        journal = optuna.storages.journal
        try:
            return optuna.create_study(
                storage=optuna.storages.JournalStorage(
                    journal.JournalFileBackend(path)
                ),
                study_name=_NAME,
                direction="maximize",
                load_if_exists=True,
                pruner=self._pruner,
            )
        except (ValueError, KeyError, TypeError) as error:
            raise ValueError(
                f"{path} must be the file of a search. Received: a file that "
                f"Optuna cannot read ({error!s:.200}). Start the search in "
                "another folder."
            ) from None

    def next(self) -> Trial | None:
        """Begins a trial, or goes on with one; None if there are enough."""
        with self._lock:
            if self._to_resume:
                handle = self._resumed(self._to_resume.pop(0))
                logging.info("Trial %d goes on.", handle.number)
            else:
                begun = [
                    trial
                    for trial in self._study.get_trials(deepcopy=False)
                    if trial.state != self._optuna.trial.TrialState.WAITING
                ]
                if len(begun) >= self._limit:
                    return None
                # A sampler of its own for each trial: the same values are
                # chosen whether or not the search was interrupted.
                self._study.sampler = self._sampler(len(begun))
                handle = self._study.ask(self._distributions)
        return Trial(
            handle.number,
            search_space.settings(self._space, handle.params),
            handle,
        )

    def _resumed(self, number: int) -> Any:
        optuna = self._optuna
        (frozen,) = (
            trial
            for trial in self._study.get_trials(deepcopy=False)
            if trial.number == number
        )
        self._study.sampler = self._sampler(number)
        handle = optuna.trial.Trial(self._study, frozen._trial_id)
        # A kill may have come before all values were chosen.
        for name, distribution in self._distributions.items():
            handle._suggest(name, distribution)
        return handle

    def _sampler(self, number: int) -> Any:
        samplers = self._optuna.samplers
        seed = self._config.search_seed * 100_003 + number
        if self._config.sampler == "tpe":
            return samplers.TPESampler(
                seed=seed, constant_liar=self._config.processes > 1
            )
        return samplers.RandomSampler(seed=seed)

    def report(self, trial: Trial, number: int, score: float) -> bool:
        """Keeps the score of an evaluation; returns whether to give up.

        Args:
            trial: a trial of `next`.
            number: of the evaluation in its run, from 1 on.
            score: the higher, the better.
        """
        with self._lock:
            frozen = self._frozen(trial)
            if number not in frozen.intermediate_values:
                trial.handle.report(score, number)
            return trial.handle.should_prune()

    def finish(self, trial: Trial, outcome: outcomes.Outcome) -> None:
        """Keeps how a trial ended."""
        states = self._optuna.trial.TrialState
        with self._lock:
            if outcome.error is not None:
                trial.handle.set_user_attr(_ERROR, outcome.error)
                self._study.tell(trial.handle, state=states.FAIL)
            elif outcome.score is None:
                self._study.tell(trial.handle, state=states.PRUNED)
            else:
                self._study.tell(trial.handle, outcome.score)

    def _frozen(self, trial: Trial) -> Any:
        return self._study.get_trials(deepcopy=False)[trial.number]

    @property
    def best(self) -> int | None:
        """The number of the best trial; the earliest of equal ones."""
        rows = [row for row in self.rows() if row["state"] == "complete"]
        return (
            max(rows, key=lambda row: row["score"])["trial"] if rows else None
        )

    def rows(self) -> list[dict[str, Any]]:
        """The trials that have begun: trial (the number), state, score (if it
        was given up, of its last evaluation), seconds, error, and settings,
        by name."""
        states = self._optuna.trial.TrialState
        found = []
        for trial in self._study.get_trials(deepcopy=False):
            if trial.state == states.WAITING:
                continue
            score = trial.value
            if trial.state == states.PRUNED and trial.intermediate_values:
                score = trial.intermediate_values[trial.last_step]
            found.append(
                {
                    "trial": trial.number,
                    "state": _STATES.get(trial.state.name, "running"),
                    "score": score,
                    "seconds": trial.duration
                    and round(trial.duration.total_seconds(), 1),
                    "error": trial.user_attrs.get(_ERROR),
                    "settings": search_space.settings(self._space, trial.params)
                    if len(trial.params) == len(self._space)
                    else {},
                }
            )
        return found

    def importances(self) -> dict[str, float]:
        """The share of each setting in the differences between scores; {} if
        there are too few trials to say."""
        complete = [row for row in self.rows() if row["state"] == "complete"]
        scores = {row["score"] for row in complete}
        if len(self._space) < 2 or len(complete) < 4 or len(scores) < 2:
            return {}
        return dict(self._optuna.importance.get_param_importances(self._study))


_STATES = {"COMPLETE": "complete", "PRUNED": "given up", "FAIL": "failed"}


def _distribution(
    optuna: Any, values: search_space.Range | search_space.Choices
) -> Any:
    if isinstance(values, search_space.Choices):
        return optuna.distributions.CategoricalDistribution(values.texts)
    is_whole = isinstance(values.low, int)
    kind = "IntDistribution" if is_whole else "FloatDistribution"
    step = values.step
    if is_whole and step is None:
        step = 1
    return getattr(optuna.distributions, kind)(
        values.low, values.high, log=values.is_log, step=step
    )


def _repair(path: str) -> None:
    """Removes what a kill has left: half a line, and Optuna's own lock. The
    folder is locked by this process."""
    if not os.path.exists(path):
        return
    with open(path, "rb+") as file:
        content = file.read()
        file.truncate(content.rfind(b"\n") + 1)
    for name in os.listdir(os.path.dirname(path) or "."):
        if name.startswith(f"{FILE_NAME}.lock"):
            os.remove(os.path.join(os.path.dirname(path), name))
