"""The trials of a search, with Optuna and without training."""

import json
import os

import pytest

import albert_tf
from albert_tf.workflows.tuning import outcomes
from albert_tf.workflows.tuning import search_space
from albert_tf.workflows.tuning import study as study_lib
from albert_tf.workflows.tuning import tuning_libraries

pytest.importorskip("optuna")

SEARCH = ("learning_rate=1e-5:1e-1:log", "warmup_step=0,10,20")


def study_of(folder, search=SEARCH, **settings):
    config = albert_tf.TuneConfig(search=search, **settings)
    return study_lib.Study(
        str(folder), search_space.parse(search, config), config
    )


def score(settings):
    return (
        1
        - abs(settings["learning_rate"] - 0.01)
        - settings["warmup_step"] / 1000
    )


def run(study, most=100):
    """Finishes up to so many trials; returns their settings."""
    found = []
    while len(found) < most and (trial := study.next()):
        found.append(trial.settings)
        study.finish(trial, outcomes.Outcome(score(trial.settings)))
    return found


@pytest.mark.parametrize("sampler", ["tpe", "random"])
def test_an_interrupted_search_chooses_what_it_would_have(sampler, tmp_path):
    (tmp_path / "whole").mkdir()
    (tmp_path / "parts").mkdir()
    settings = {"trials": 14, "sampler": sampler}
    whole = run(study_of(tmp_path / "whole", **settings))
    parts = run(study_of(tmp_path / "parts", **settings), 4)
    begun = study_of(tmp_path / "parts", **settings)
    trial = begun.next()  # a kill leaves it running
    with open(tmp_path / "parts" / "study.journal", "a") as file:
        file.write('{"op_code": 4, "half a li')
    os.symlink("study.journal", tmp_path / "parts" / "study.journal.lock")
    again = study_of(tmp_path / "parts", **settings)
    resumed = again.next()
    assert (resumed.number, resumed.settings) == (4, trial.settings)
    again.finish(resumed, outcomes.Outcome(score(resumed.settings)))
    parts += [resumed.settings, *run(again)]
    assert parts == whole
    assert again.next() is None
    more = study_of(tmp_path / "parts", **{**settings, "trials": 15})
    assert len(run(more)) == 1
    other = study_of(tmp_path, search_seed=1, **settings)
    assert run(other, 1) != whole[:1]


def test_a_grid_is_covered_once(tmp_path):
    search = ("warmup_step=0:10:5", "learning_rate=0.1,0.01")
    study = study_of(tmp_path, search, sampler="grid")
    found = run(study, 2) + run(study_of(tmp_path, search, sampler="grid"))
    assert len(found) == 6
    assert len({tuple(each.values()) for each in found}) == 6


def test_failed_and_given_up_trials_do_not_end_the_search(tmp_path):
    study = study_of(tmp_path, trials=7)
    for number in range(5):
        trial = study.next()
        assert not study.report(trial, 1, 0.5 + number / 10)
        study.finish(trial, outcomes.Outcome(0.5 + number / 10))
    trial = study.next()
    study.finish(trial, outcomes.Outcome(error="no memory"))
    trial = study.next()
    assert study.report(trial, 1, 0.1)  # below the median of the others
    study.finish(trial, outcomes.Outcome())
    assert study.next() is None
    rows = study.rows()
    states = [row["state"] for row in rows]
    assert states == ["complete"] * 5 + ["failed", "given up"]
    assert rows[5]["error"] == "no memory"
    assert (rows[6]["score"], study.best) == (0.1, 4)
    assert json.dumps(rows)
    found = study.importances()
    assert set(found) == {"learning_rate", "warmup_step"}


def test_nothing_is_given_up_without_a_pruner(tmp_path):
    study = study_of(tmp_path, trials=8, pruner="none")
    for _ in range(7):
        trial = study.next()
        study.report(trial, 1, 0.9)
        study.finish(trial, outcomes.Outcome(0.9))
    assert not study.report(study.next(), 1, 0.1)


def test_another_file_is_not_a_study(tmp_path):
    (tmp_path / "study.journal").write_text('{"a": 1}\n')
    with pytest.raises(ValueError, match="must be the file of a search"):
        study_of(tmp_path)


def test_the_extra_is_named_when_optuna_is_missing(monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "optuna", None)
    with pytest.raises(ImportError, match=r"pip install 'albert_tf\[tune\]'"):
        tuning_libraries.optuna()
