"""albert_tf.tune: trials, results, and what it says no to."""

import csv
import json
import pathlib

import commands
import pytest

import albert_tf
from albert_tf.runs import run_folder
from albert_tf.tracking import followers
from albert_tf.training import stopping
from albert_tf.workflows.finetuning import finetune
from albert_tf.workflows.tuning import trial_run

pytest.importorskip("optuna")


@pytest.fixture(scope="module")
def data(tmp_path_factory, sizes, vocabulary):
    """Flags of a run on a few rows."""
    folder = tmp_path_factory.mktemp("tune")
    rows = "".join(
        f"the {'cat king'.split()[n % 2]} {n},{n % 2}\n" for n in range(8)
    )
    for name in ("train", "dev", "test"):
        (folder / f"{name}.csv").write_text(f"text,label\n{rows}")
    (folder / "config.json").write_text(
        json.dumps({**sizes, "initializer_range": 0.1})
    )
    return {
        "task_name": "custom",
        "task_type": "classification",
        "train_file": folder / "train.csv",
        "eval_file": folder / "dev.csv",
        "albert_config_file": folder / "config.json",
        "spm_model_file": vocabulary,
        "max_seq_length": 16,
        "train_batch_size": 4,
        "train_step": 4,
        "eval_steps": 2,
        "strategy": "one_device",
        "search": ["learning_rate=1e-4:1e-2:log", "warmup_step=0,1,2"],
    }


@pytest.fixture
def trained(monkeypatch):
    """Replaces training; returns the configs that were trained."""
    configs = []

    def train(config):
        configs.append(config)
        if config.warmup_step == 2:
            raise OSError("no memory for this")
        score = 1 - 10 * abs(config.learning_rate - 1e-3)
        for step in (2, 4):
            row = {"step": step, "kind": "eval", "score": score}
            folder = pathlib.Path(config.run_dir)
            folder.mkdir(parents=True, exist_ok=True)
            run_folder.add_metrics(config.run_dir, row)
            followers.row(config.run_dir, "eval", step, row)
        for name in (
            "checkpoint",
            "ckpt-4.index",
            "ckpt-4.data-00000-of-00001",
        ):
            text = 'model_checkpoint_path: "ckpt-4"\n'
            text += 'all_model_checkpoint_paths: "ckpt-4"\n'
            (folder / name).write_text(text)
        return finetune.FinetuneResult(
            config.run_dir, None, {"score": score}, None, ()
        )

    monkeypatch.setattr(finetune, "finetune", train)
    return configs


def tune(data, folder, **settings):
    given = {**data, "output_dir": folder, "trials": 8, **settings}
    return albert_tf.tune(albert_tf.TuneConfig(**given))


def test_the_best_trial_is_kept_and_described(data, trained, tmp_path):
    found = tune(data, tmp_path / "tuned")
    assert len(found.trials) == len(trained) == 8
    complete = [row for row in found.trials if row["state"] == "complete"]
    failed = [row for row in found.trials if row["state"] == "failed"]
    assert complete and failed
    assert {row["error"] for row in failed} == {"no memory for this"}
    assert found.score == max(row["score"] for row in complete)
    best = trained[found.best_trial]
    assert {name: getattr(best, name) for name in found.settings} == (
        found.settings
    )
    # Only the best one has checkpoints; all have their metrics.
    kept = [*(tmp_path / "tuned").glob("trial_*/ckpt-*.index")]
    assert [str(path.parent) for path in kept] == [found.checkpoint]
    for row in complete:
        assert (tmp_path / f"tuned/trial_{row['trial']}/metrics.jsonl").exists()
    rows = list(csv.DictReader(open(tmp_path / "tuned/trials.csv")))
    assert [row["state"] for row in rows] == [
        row["state"] for row in found.trials
    ]
    results = json.loads((tmp_path / "tuned/tuning.json").read_text())
    assert results["best"]["folder"] == f"trial_{found.best_trial}"
    assert (tmp_path / "tuned/tuning.png").read_bytes()[:4] == b"\x89PNG"
    assert found.table.splitlines()[1].startswith(f"{found.best_trial}*")
    # The same call does nothing more; with more trials, it goes on.
    assert tune(data, tmp_path / "tuned").trials == found.trials
    assert len(trained) == 8
    assert len(tune(data, tmp_path / "tuned", trials=9).trials) == 9
    flags = pathlib.Path(found.flagfile).read_text().splitlines()
    assert f"--learning_rate={found.settings['learning_rate']}" in flags


def test_a_trial_that_was_stopped_goes_on(data, trained, tmp_path, monkeypatch):
    train = finetune.finetune

    def stopped(config):
        monkeypatch.setattr(finetune, "finetune", train)
        trained.append(config)
        raise stopping.Stopped("Asked to stop.")

    monkeypatch.setattr(finetune, "finetune", stopped)
    with pytest.raises(stopping.Stopped):
        tune(data, tmp_path / "tuned")
    found = tune(data, tmp_path / "tuned")
    assert trained[0] == trained[1]
    assert len(trained) == 9 and len(found.trials) == 8


def test_a_process_that_still_saves_is_waited_for(
    data, trained, tmp_path, monkeypatch
):
    train, calls = finetune.finetune, []

    def busy(config):
        calls.append(config)
        if len(calls) < 3:
            raise BlockingIOError("Another process uses the folder.")
        return train(config)

    monkeypatch.setattr(finetune, "finetune", busy)
    monkeypatch.setattr(trial_run, "_SECONDS", 0.0)
    found = tune(data, tmp_path / "tuned", trials=1, search=data["search"][:1])
    assert [row["state"] for row in found.trials] == ["complete"]


def test_the_command_prints_the_table_and_the_best_settings(
    data, trained, tmp_path, capsys
):
    given = {**data, "trials": 3, "output_dir": tmp_path / "tuned"}
    assert commands.run("albert-tf tune", **given) is None
    shown = capsys.readouterr().out
    assert shown.startswith("trial  state")
    assert "which makes it an optimistic one" in shown
    assert "Check it on other rows with --test_file." in shown
    assert "albert-tf finetune \\\n    --do_train" in shown


def test_trials_with_seeds_have_the_mean(data, tmp_path, monkeypatch):
    def train(config):
        folder = pathlib.Path(config.run_dir)
        folder.mkdir(parents=True)
        (folder / "seeds.json").write_text('{"mean": 0.25}')
        return finetune.FinetuneResult(
            config.run_dir, None, {"score": 0.9}, None, ()
        )

    monkeypatch.setattr(finetune, "finetune", train)
    found = tune(data, tmp_path / "tuned", trials=1, num_seeds=2)
    assert found.score == 0.25


@pytest.mark.parametrize(
    "changes, error, message",
    [
        ({"do_train": False}, ValueError, "--do_train must be on"),
        ({"do_predict": True}, ValueError, "--do_predict must be off"),
        ({"eval_file": None}, FileNotFoundError, "There must be data to evalu"),
        ({"train_file": "no.csv"}, FileNotFoundError, "--train_file must name"),
        ({"test_file": "no.csv"}, FileNotFoundError, "--test_file must name"),
        ({"sampler": "grid"}, ValueError, "must have values or a step"),
        ({"output_dir": "gs://a/b"}, ValueError, "must be a local folder"),
        ({"strategy": "multi_worker"}, ValueError, "must run on one machine"),
        ({"num_train_epochs": 3.0}, ValueError, "Only one of --train_step and"),
        (
            {"test_file": "dev.csv", "num_seeds": 2},
            ValueError,
            "--test_file must be used with trials of one model",
        ),
        ({"search": ["seed=1,2"]}, ValueError, "no setting of albert-tf"),
    ],
)
def test_errors_before_the_first_trial(
    changes, error, message, data, trained, tmp_path
):
    with pytest.raises(error, match=message):
        tune(data, tmp_path / "tuned", **changes)
    assert not trained and not (tmp_path / "tuned").exists()


def test_folders_of_others(data, trained, tmp_path):
    tune(data, tmp_path / "tuned", trials=1)
    for changes in (
        {"search": data["search"][:1]},
        {"max_seq_length": 8},
        {"sampler": "random"},
    ):
        name = next(iter(changes))
        with pytest.raises(FileExistsError, match=f"started with.*{name}: "):
            tune(data, tmp_path / "tuned", **changes)
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "notes.txt").write_text("")
    with pytest.raises(FileExistsError, match="which holds notes.txt"):
        tune(data, tmp_path / "other")


def test_all_trials_failed(data, tmp_path, monkeypatch):
    def train(config):
        raise ValueError("a row is wrong")

    monkeypatch.setattr(finetune, "finetune", train)
    with pytest.raises(ValueError, match="2 trials without one.*a row is wr"):
        tune(data, tmp_path / "tuned", trials=2)


@pytest.mark.slow
def test_a_search_in_two_processes_has_a_test_score(data, tmp_path):
    test = data["train_file"].parent / "test.csv"
    found = tune(
        data,
        tmp_path / "tuned",
        trials=3,
        processes=2,
        test_file=test,
        search=["learning_rate=1e-4,1e-3", "warmup_step=0,9"],
        sampler="grid",
    )
    # More steps of warm-up than of training: such trials fail or not, but the
    # others finish.
    assert len(found.trials) == 3
    assert found.test["rows"] == 8
    again = finetune.finetune(
        albert_tf.FinetuneConfig(
            **{k: v for k, v in data.items() if k != "search"},
            **found.settings,
            do_train=True,
            do_eval=True,
            output_dir=tmp_path / "again",
        )
    )
    assert again.metrics["score"] == pytest.approx(found.score)
