"""Numbers of a run in TensorBoard."""

import tensorflow as tf
from tensorboard.backend.event_processing import event_accumulator

from albert_tf.training import monitor


def test_tensorboard_has_groups(tmp_path):
    report = monitor.Monitor(str(tmp_path), 0, 2, 8, {"loss": "loss"})
    report.start_clock(0)
    values = {"loss": 1.0, "learning_rate": 0.1, "gradient_norm": 2.0}
    values |= {"tokens": 64, "trust_ratio/encoder/kernel": 1.0}
    report.train(1, values, 0.0)
    report.evaluation(1, {"score": 0.5, "rows": 40, "f1/PER": 0.25})
    report.close()
    events = event_accumulator.EventAccumulator(str(tmp_path / "tensorboard"))
    events.Reload()
    names = {
        "train/loss",
        "optimizer/learning_rate",
        "optimizer/gradient_norm",
        "system/sequences_per_second",
        "system/tokens_per_second",
        "system/input_wait_share",
        "trust_ratio/encoder/kernel",
        "eval/score",
        "eval/rows",
        "eval/f1/PER",
    }
    assert set(events.Tags()["tensors"]) == names
    tf.io.gfile.rmtree(str(tmp_path / "tensorboard"))
