"""Devices, machines and memory, as the doctor counts and judges them."""

import pytest
from one_finding import only

from albert_tf import config as config_lib
from albert_tf.doctor import devices
from albert_tf.planning import estimate
from albert_tf.planning import length_schedule


def test_batches_and_devices(found):
    tpu = devices.Devices("TPU", 8, 8, None)
    sizes = {"eval_batch_size": 64, "accumulate_steps": 2}
    for batch, level in ((128, "fine"), (96, "warning"), (100, "error")):
        devices.check_batches(found, tpu, train_batch_size=batch, **sizes)
        assert only(found)[:2] == (level, "--train_batch_size")
        found.all.clear()


DEVICES = {
    "strategy": "auto",
    "tpu_name": None,
    "num_cpu_devices": 4,
    "worker_hosts": None,
    "task_index": None,
}


CLUSTER = '{"cluster": {"chief": ["a:1"], "worker": ["b:1", "c:1"]}}'


@pytest.mark.parametrize(
    "given, tf_config, replicas",
    [
        ({}, "", 1),
        ({"worker_hosts": ["a:1", "b:1"], "task_index": 1}, "", 2),
        ({"strategy": "one_device"}, CLUSTER, 1),
        ({"strategy": "mirrored"}, CLUSTER, 4),
        ({"strategy": "multi_worker"}, CLUSTER, 3),
    ],
)
def test_machines_are_counted_and_not_waited_for(given, tf_config, replicas):
    looked = devices.look({**DEVICES, **given}, tf_config)
    assert (looked.kind, looked.replicas) == ("CPU", replicas)


@pytest.mark.parametrize(
    "given, tf_config, rule",
    [
        ({"strategy": "multi_worker"}, "", "--strategy=multi_worker must be"),
        ({"strategy": "multi_worker"}, "{", "Received: TF_CONFIG='{'"),
        ({"worker_hosts": ["a:1"]}, "", "--task_index must be"),
        ({"worker_hosts": ["a:1"], "task_index": 1}, "", "from 0 to 0"),
        (
            {"worker_hosts": ["a:1"], "strategy": "mirrored"},
            "",
            "--worker_hosts must be used with",
        ),
    ],
)
def test_machines_that_are_not_named(given, tf_config, rule):
    with pytest.raises(ValueError, match=rule):
        devices.look({**DEVICES, **given}, tf_config)


def test_no_tpu_is_said_in_plain_words():
    with pytest.raises(ValueError) as refused:
        devices.look({**DEVICES, "strategy": "tpu"}, "")
    message = str(refused.value)
    assert message.startswith("--strategy=tpu must find a TPU. Received: ")
    assert len(message) < 400 and "\n" not in message
    assert "Op" not in message and "tensorflow-tpu" in message


def test_a_step_that_does_not_fit_says_what_would(found):
    shape = estimate.Shape(
        config=config_lib.AlbertConfig.named("base"),
        train_batch_size=256,
        phases=(length_schedule.Phase(512, 0, 10),),
        max_predictions_per_seq=77,
    )
    devices.check_memory(
        found, devices.Devices("CPU", 1, 1, 2 * estimate.GB), shape
    )
    level, flag, text = only(found)
    assert (level, flag) == ("error", "--train_batch_size")
    for remedy in ("--recompute", "--accumulate_steps=", "or less", "2.0 GB"):
        assert remedy in text
    found.all.clear()
    devices.check_memory(
        found, devices.Devices("GPU", 1, 1, 200 * estimate.GB), shape
    )
    assert only(found)[0] == "fine"
