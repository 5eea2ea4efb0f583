"""A request to stop is heard wherever a run is."""

import os
import signal
import sys
import threading
import time

import commands
import pytest
import tensorflow as tf

from albert_tf.commands import ending
from albert_tf.training import pretraining
from albert_tf.training import steps as steps_lib
from albert_tf.training import stopping


def send(number=signal.SIGTERM):
    os.kill(os.getpid(), number)


@pytest.mark.parametrize("number", stopping.SIGNALS)
def test_it_interrupts_what_can_be_done_again(number):
    before = signal.getsignal(number)
    with pytest.raises(stopping.Interrupted), stopping.requests():
        with stopping.interruptible(is_saved=True):
            send(number)
            time.sleep(5)
            raise AssertionError
    assert signal.getsignal(number) is before


def test_elsewhere_it_is_told_and_waits():
    with pytest.raises(stopping.Stopped), stopping.requests() as asked:
        assert stopping.asked() is asked
        send()
        time.sleep(0.2)
        assert float(asked) == 1
        with pytest.raises(stopping.Interrupted):
            with stopping.interruptible(is_saved=False):
                raise AssertionError
    assert stopping.asked() is None


def test_of_several_machines_none_is_interrupted():
    with pytest.raises(stopping.Stopped), stopping.requests(False) as asked:
        with stopping.interruptible(is_saved=True):
            send()
            time.sleep(0.2)
        assert float(asked) == 1


def test_without_requests_nothing_is_caught():
    with stopping.interruptible(is_saved=True):
        pass
    with stopping.requests():
        pass


@pytest.mark.parametrize("is_saved", [True, False])
def test_a_compiler_that_does_not_come_back(monkeypatch, is_saved):
    """Python's handlers wait for it; a thread does not."""
    ended = []
    monkeypatch.setattr(stopping, "GRACE_SECONDS", 0.1)
    monkeypatch.setattr(stopping.os, "_exit", ended.append)
    monkeypatch.setattr(stopping.os, "write", lambda *_: None)
    monkeypatch.setattr(stopping._Requests, "handle", lambda *_: None)
    with (
        stopping.owning_process(),
        stopping.requests(),
        stopping.interruptible(is_saved),
    ):
        send()
        time.sleep(0.5)
    assert ended == [75] * is_saved


def test_an_evaluation_ends_after_the_batch_that_it_is_in():
    steps = steps_lib.make_eval_steps(
        tf.distribute.get_strategy(),
        None,
        Counted,
        stop=(asked := tf.Variable(0.0)),
    )
    batches = tf.data.Dataset.range(10)
    sums, is_asked = steps(iter(batches), tf.constant(10))
    assert sums[0] == 10 and not is_asked
    asked.assign(1.0)
    sums, is_asked = steps(iter(batches), tf.constant(10))
    assert sums[0] == 1 and is_asked


class Counted:
    """An objective of which each batch counts as one."""

    names = ("loss", "correct", "weight")

    @staticmethod
    def sums(model, batch, dropout_seed):
        return [dict.fromkeys(Counted.names, tf.constant(1.0))]


@pytest.fixture(autouse=True)
def ends_softly(monkeypatch):
    """Without the process of the tests."""
    monkeypatch.setattr(ending.os, "_exit", sys.exit)


@pytest.fixture(scope="module")
def pretrain(config_file, record_folder):
    def run(folder, **flags):
        given = {
            "albert_config_file": config_file,
            "input_file": f"{record_folder}/*.tfrecord",
            "eval_input_file": f"{record_folder}/part-00000*.tfrecord",
            "output_dir": folder,
            "max_seq_length": 64,
            "max_predictions_per_seq": 6,
            "train_batch_size": 8,
            "eval_batch_size": 8,
            "learning_rate": 0.005,
            "num_train_steps": 6,
            "num_warmup_steps": 2,
            "iterations_per_loop": 2,
            "save_checkpoints_steps": 6,
            "eval_steps": 4,
            "flops_per_second": 1e9,
            "strategy": "one_device",
            **flags,
        }
        return commands.run("run_pretraining.py", **given)

    return run


def slowly(number):
    """Sends a signal to this process and takes longer than it may."""
    threading.Timer(0.3, send, [number]).start()
    time.sleep(60)


@pytest.mark.parametrize(
    "number",
    [signal.SIGTERM, pytest.param(signal.SIGINT, marks=pytest.mark.slow)],
)
@pytest.mark.parametrize(
    "where, saved",
    [
        ("trace", 0),
        pytest.param("evaluation", 4, marks=pytest.mark.slow),
    ],
)
def test_a_run_saves_and_ends(
    pretrain, tmp_path, monkeypatch, caplog, where, saved, number
):
    evaluate, make = pretraining.Evaluator.__call__, steps_lib.make_train_steps
    came = []

    def slow_evaluation(self):
        came.append(time.monotonic())
        if len(came) == 2:
            slowly(number)
        return evaluate(self)

    class SlowTrace:
        def trace(self, batches):
            came.append(time.monotonic())
            slowly(number)

    with monkeypatch.context() as patched:
        if where == "trace":
            patched.setattr(
                steps_lib, "make_train_steps", lambda *_: SlowTrace()
            )
        else:
            patched.setattr(pretraining.Evaluator, "__call__", slow_evaluation)
        assert pretrain(tmp_path / "run") == stopping.RESUME_EXIT_CODE
    # What was slow took longer; a crowded machine may be slow to save.
    assert time.monotonic() - came[-1] < 25
    assert f"Asked to stop; saved after step {saved}." in caplog.text
    assert (tmp_path / f"run/ckpt-{saved}.index").exists()
    assert not (tmp_path / "run/.in_use").exists()
    assert steps_lib.make_train_steps is make
    assert pretrain(tmp_path / "run") is None


@pytest.mark.slow
def test_what_was_stopped_in_an_evaluation_ends_the_same(
    pretrain, tmp_path, monkeypatch, runs
):
    assert pretrain(tmp_path / "whole") is None
    evaluate = pretraining.Evaluator.__call__
    with monkeypatch.context() as patched:

        def slow(self):
            if (tmp_path / "run/ckpt-0.index").exists():
                if "4" in (tmp_path / "run/metrics.jsonl").read_text():
                    slowly(signal.SIGTERM)
            return evaluate(self)

        patched.setattr(pretraining.Evaluator, "__call__", slow)
        assert pretrain(tmp_path / "run") == stopping.RESUME_EXIT_CODE
    assert pretrain(tmp_path / "run") is None
    expected = runs.checkpoint(tmp_path / "whole")
    for name, value in runs.checkpoint(tmp_path / "run").items():
        assert (value == expected[name]).all(), name
    assert runs.rows(tmp_path / "run") == runs.rows(tmp_path / "whole")
