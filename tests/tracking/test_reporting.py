"""--report_to: what trackers are told, and what they cannot stop."""

import sys
import threading

import pytest

import albert_tf
from albert_tf.io import json_file
from albert_tf.tracking import followers
from albert_tf.tracking import reporting
from albert_tf.tracking import tracked_runs
from albert_tf.training import monitor


class Remembering:
    """A tracker that keeps what it is told."""

    def __init__(self):
        self.told = []

    def __getattr__(self, name):
        return lambda *values: self.told.append((name, *values))


class Broken:
    """A server that is away."""

    def begin(self, *values):
        raise ConnectionError("no route to http://me:hush@host/api")

    row = result = end = begin


def test_a_run_is_told_in_order(tmp_path):
    tracker = Remembering()
    sender = reporting.Sender("A tracker", lambda: tracker)
    with followers.following(sender):
        followers.begin("run", {"learning_rate": 0.1})
        report = monitor.Monitor(str(tmp_path), 0, 2, 4, {"loss": "loss"})
        report.start_clock(0)
        report.train(1, {"loss": 2.0, "tokens": 9}, 0.0)
        report.evaluation(2, {"score": 0.5})
        report.close()
        followers.result("run", {"accuracy": 0.5})
    followers.row("other", "eval", 1, {})  # nobody follows any more
    sender.close(True)
    begin, train, evaluation, result, end = tracker.told
    assert begin == ("begin", "run", {"learning_rate": 0.1})
    assert train[:4] == ("row", str(tmp_path), "train", 1)
    assert train[4]["loss"] == 2.0
    assert evaluation == ("row", str(tmp_path), "eval", 2, {"score": 0.5})
    assert result == ("result", "run", {"accuracy": 0.5})
    assert end == ("end", True)


def test_a_server_that_is_away_is_said_once_and_stops_nothing(caplog):
    sender = reporting.Sender("A tracker", Broken)
    sender.begin("run", {})
    for step in range(50):
        sender.row("run", "train", step, {"loss": 1.0})
    sender.close(True)
    (message,) = [record.getMessage() for record in caplog.records]
    assert message.startswith("A tracker did not receive all of the run (Con")
    assert "***@host" in message and "hush" not in message


def test_a_server_that_hangs_is_not_waited_for_without_end(caplog):
    hangs = threading.Event()
    tracker = Remembering()
    tracker.begin = lambda *values: hangs.wait()
    sender = reporting.Sender("A tracker", lambda: tracker, patience=0.1)
    sender.begin("run", {})
    sender.row("run", "train", 1, {"loss": 1.0})
    sender.close(True)
    assert "3 messages were not sent" in caplog.text
    hangs.set()


def test_more_rows_than_can_wait_are_dropped(monkeypatch, caplog):
    monkeypatch.setattr(reporting, "_WAITING", 3)
    hangs = threading.Event()
    tracker = Remembering()
    tracker.begin = lambda *values: hangs.wait()
    sender = reporting.Sender("A tracker", lambda: tracker, patience=0.1)
    sender.begin("run", {})
    for step in range(9):
        sender.row("run", "train", step, {"loss": 1.0})
    hangs.set()
    assert "some numbers were dropped" in caplog.text


def test_names_and_libraries_are_checked_before_the_run(monkeypatch):
    reporting.check(None)
    with pytest.raises(ValueError, match="one or more of mlflow, wandb. Rec"):
        reporting.check(("tensorboard",))
    monkeypatch.setattr(reporting.importlib.util, "find_spec", lambda n: None)
    with pytest.raises(ImportError, match=r"pip install 'albert_tf\[wandb\]'"):
        reporting.check(("wandb",))
    config = albert_tf.FinetuneConfig(
        task_name="rte", output_dir="run", do_train=True, report_to="mlflow"
    )
    with pytest.raises(ImportError, match=r"pip install 'albert_tf\[mlflow\]'"):
        albert_tf.finetune(config)


def test_parameters_have_no_secrets():
    found = tracked_runs.parameters(
        {
            "task_name": ("cola", "rte"),
            "tpu_name": None,
            "hf_token": "hush",
            "data_dir": "s3://me:hush@host/data?token=hush",
            "token_column": 3,
        }
    )
    assert found == {
        "task_name": "cola,rte",
        "hf_token": "***",
        "data_dir": "s3://***@host/data?token=***",
        "token_column": "3",
    }


def test_numbers_have_names_that_trackers_accept():
    values = {"f1/C++": 0.5, "loss": float("nan"), "note": "text", "rows": 3}
    assert tracked_runs.numbers("eval", values) == {
        "eval/f1/C__": 0.5,
        "eval/rows": 3.0,
    }


@pytest.mark.parametrize(
    "folder, name",
    [
        ("run", "run"),
        ("/data/runs/cola/", "cola"),
        ("runs/cola/seed_3", "cola/seed_3"),
        ("./tuned/trial_3/fold_1", "tuned/trial_3/fold_1"),
        ("gs://bucket/cola", "cola"),
        ("seed_3", "seed_3"),
    ],
)
def test_names_of_runs(folder, name):
    assert tracked_runs.name_of(folder) == name


@pytest.fixture
def told(tmp_path, monkeypatch):
    """Reports a run in two parts to a tracker, which has it as one."""

    def tell(name, folder=None):
        folder = str(folder or tmp_path)
        for step, part in enumerate(("first", "second"), start=1):
            with reporting.to((name,)):
                followers.begin(folder, {"learning_rate": 0.1, "key": "hush"})
                followers.row(folder, "train", step, {"loss": 1.0 / step})
                followers.row(folder, "eval", step, {"score": step / 4})
                if part == "second":
                    followers.result(folder, {"accuracy": 0.5})
        return json_file.read_object(f"{folder}/tracked.json")[name]

    return tell


@pytest.mark.slow
def test_mlflow_has_the_run(told, tmp_path, monkeypatch, caplog):
    mlflow = pytest.importorskip("mlflow")
    uri = f"sqlite:///{tmp_path}/runs.db"
    monkeypatch.setenv("MLFLOW_TRACKING_URI", uri)
    monkeypatch.setenv("MLFLOW_EXPERIMENT_NAME", "reviews")
    found = told("mlflow")
    assert "did not receive" not in caplog.text
    client = mlflow.MlflowClient(uri)
    experiment = client.get_experiment_by_name("reviews")
    (run,) = client.search_runs([experiment.experiment_id])
    assert run.info.run_id == found
    assert run.info.status == "FINISHED"
    assert run.info.run_name == tmp_path.name
    assert run.data.params == {"learning_rate": "0.1", "key": "***"}
    assert run.data.tags["albert_tf.version"] == albert_tf.__version__
    assert run.data.metrics["result/accuracy"] == 0.5
    history = client.get_metric_history(found, "train/loss")
    assert [(m.step, m.value) for m in history] == [(1, 1.0), (2, 0.5)]
    # Another store does not know the run.
    monkeypatch.setenv("MLFLOW_TRACKING_URI", f"sqlite:///{tmp_path}/other.db")
    assert told("mlflow") != found


@pytest.mark.slow
def test_wandb_has_the_run(told, tmp_path, monkeypatch, caplog):
    pytest.importorskip("wandb")
    monkeypatch.setenv("WANDB_MODE", "offline")
    monkeypatch.setenv("WANDB_DIR", str(tmp_path))
    monkeypatch.setenv("WANDB_SILENT", "true")
    monkeypatch.setattr(sys, "argv", ["albert-tf", "--password=hush"])
    found = told("wandb")
    assert "did not receive" not in caplog.text
    parts = [*tmp_path.glob("wandb/offline-run-*")]
    assert len(parts) == 2 and all(found in part.name for part in parts)
    written = b"".join(
        path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()
    )
    assert b"train/loss" in written and b"hush" not in written
