"""tools/tpu, with a gcloud that plays a TPU's life on this machine."""

import json
import os
import shlex
import shutil
import subprocess
import sys
import threading

import fake_gcloud
import pytest

from tools.tpu import __main__ as tpu
from tools.tpu import host

PLACE = ["--name=albert", "--zone=us-west4-a"]
REQUEST = [
    "--accelerator_type=v5litepod-8",
    "--runtime_version=v2-alpha-tpuv5-lite",
]
LOGS = "--logs=gs://bucket/logs"
# Words that a shell would take apart.
TRAINING = [
    "pretrain",
    "--output_dir=gs://bucket/run",
    "--input_file=gs://bucket/records/*.tfrecord",
    '--note=it\'s $HOME;  "quoted" & more\nthan one line',
]
GCLOUD = shutil.which("gcloud")


@pytest.fixture
def gcloud(tmp_path, monkeypatch):
    yield from _on_the_path(tmp_path, monkeypatch, hosts=1)


@pytest.fixture
def pod(tmp_path, monkeypatch):
    yield from _on_the_path(tmp_path, monkeypatch, hosts=2)


def _on_the_path(root, monkeypatch, hosts):
    fake = fake_gcloud.FakeGcloud(root, hosts)
    monkeypatch.setenv("PATH", str(root), prepend=os.pathsep)
    yield fake
    for folder in fake.hosts:
        if (folder / "albert_tf_runs").exists():
            (folder / "end_with").write_text("0")
            do("stop")
    fake.close()


def do(action, *words, training=()):
    """Runs an action in this process."""
    parser = tpu.make_parser()
    extra = ["--", *training] if training else []
    arguments = parser.parse_args([action, *PLACE, *words, *extra])
    arguments.seconds = 0.05
    tpu.main(arguments)


def printed(capfd):
    return capfd.readouterr().out.splitlines()


def test_a_dry_run_prints_commands_and_runs_none(gcloud, capfd):
    do("watch", *REQUEST, "--spot", LOGS, "--dry_run", training=TRAINING)
    commands = shlex.split(
        capfd.readouterr().out.replace("\ngcloud", " gcloud")
    )
    assert gcloud.calls() == []
    assert commands.count("gcloud") == 6
    assert "--spot" in commands
    do("delete", "--dry_run")
    assert printed(capfd) == [
        "gcloud compute tpus queued-resources delete albert "
        "--zone=us-west4-a --force --quiet"
    ]


@pytest.mark.slow
@pytest.mark.skipif(GCLOUD is None, reason="needs gcloud")
def test_gcloud_knows_the_commands(tmp_path, capfd):
    """gcloud checks them against its own tables, without a network."""
    flags = ["--spot", "--valid_until_duration=6h", "--project=my-project"]
    package = "--package=a.whl"
    flags = [*REQUEST, *flags, LOGS, package, "--dry_run"]
    do("watch", *flags, training=TRAINING[:3])
    for action in ("stop", "status", "delete"):
        do(action, "--project=my-project", "--dry_run")
    lines = printed(capfd)
    assert len(lines) == 11
    file = tmp_path / "commands.json"
    file.write_text(json.dumps([{"command_string": line} for line in lines]))
    outcome = subprocess.run(
        [GCLOUD, "meta", "lint-gcloud-commands", f"--commands-file={file}"],
        env={**os.environ, "CLOUDSDK_CONFIG": str(tmp_path / "config")},
        capture_output=True,
        check=True,
    )
    found = json.loads(outcome.stdout)
    assert {check["error_message"] for check in found} == {None}
    assert all(check["success"] for check in found)


def test_secrets_are_not_printed(gcloud, capfd):
    training = [*TRAINING, "--hf_token=abcdef", "--db_password", "ghijkl"]
    do("start", LOGS, "--dry_run", training=training)
    gcloud.fails(1)
    with pytest.raises(ValueError, match="exit code 0. Received: 255") as error:
        do("start", LOGS, training=training)
    shown = capfd.readouterr().out + str(error.value)
    assert "--hf_token=***" in shown
    assert "abcdef" not in shown and "ghijkl" not in shown
    (call,) = gcloud.calls("ssh")
    assert "abcdef" in call[-2] and "ghijkl" in call[-2]


def test_creating_and_deleting_twice_changes_nothing(gcloud, capfd):
    gcloud.plays("NONE", "ACCEPTED", "ACTIVE", "NONE")
    do("create", *REQUEST)
    do("create", *REQUEST)
    assert "albert is there already: ACCEPTED." in printed(capfd)
    do("delete")
    do("delete")
    assert "albert is not there." in printed(capfd)
    assert len(gcloud.calls("create")) == len(gcloud.calls("delete")) == 1


def test_a_request_that_has_ended_is_not_created_over(gcloud):
    gcloud.plays("SUSPENDED")
    with pytest.raises(ValueError, match="must not be FAILED or SUSPENDED"):
        do("create", *REQUEST)
    assert not gcloud.calls("create")


def test_starting_twice_starts_one_training(gcloud, capfd):
    do("install")
    do("start", LOGS, training=TRAINING)
    gcloud.waits_for(gcloud.trainings)
    do("start", LOGS, training=TRAINING)
    assert printed(capfd)[-1] == "already running"
    do("status")
    assert printed(capfd) == ["albert: ACTIVE", "training: running"]
    words = [*TRAINING, "--strategy=tpu", "--tpu=local"]
    assert gcloud.trainings() == [[words, None]]


def test_stopping_lets_the_training_save(gcloud, capfd):
    do("install")
    do("start", LOGS, training=TRAINING)
    gcloud.waits_for(gcloud.trainings)
    do("stop")
    assert printed(capfd)[-1] == "exited 75"
    (log,) = (gcloud.root / "storage").iterdir()
    assert log.name.startswith("host-0-")
    assert log.read_text() == "step 1\nExit code 75.\n"
    (copy,) = gcloud.calls("storage")
    assert copy[-1] == f"gs://bucket/logs/{log.name}"
    do("stop")
    assert printed(capfd)[-1] == "exited 75"


def test_one_host_of_a_pod_drives_the_others(pod):
    do("install")
    do("start", LOGS, training=TRAINING)
    pod.waits_for(lambda: all((x / "server").exists() for x in pod.hosts))
    pod.waits_for(pod.trainings)
    devices = "--tpu=grpc://10.0.0.0:8470,grpc://10.0.0.1:8470"
    assert pod.trainings() == [[[*TRAINING, "--strategy=tpu", devices], "0"]]


def test_a_log_that_cannot_be_copied_ends_nothing(tmp_path, monkeypatch, capfd):
    log = tmp_path / "host-0.log"
    log.write_text("step 1")
    for code in ("exit 3", ""):
        monkeypatch.setenv("PATH", str(tmp_path / "none"))
        if code:
            program = tmp_path / "none/gcloud"
            program.parent.mkdir()
            program.write_text(f"#!/bin/sh\necho no bucket >&2\n{code}\n")
            program.chmod(0o755)
        else:
            program.unlink()
        host._upload(str(log), "gs://bucket/logs")
        assert printed(capfd)[0].startswith("The log was not copied:")


@pytest.mark.timeout(60)
def test_watching_lasts_through_a_preemption(gcloud, capfd):
    gcloud.plays(
        *("NONE", "WAITING_FOR_RESOURCES", "PROVISIONING", "ACTIVE", "ACTIVE"),
        *("SUSPENDING", "SUSPENDED", "CREATING", "ACTIVE"),
    )
    gcloud.fails(1)
    ending = threading.Thread(target=_end_the_third, args=[gcloud])
    ending.start()
    do("watch", *REQUEST, "--spot", LOGS, training=TRAINING)
    ending.join()
    assert len(gcloud.calls("create", "--spot")) == 2
    assert len(gcloud.calls("delete")) == 1
    # The first by the request, the second by its next one, the third by 75.
    assert len(gcloud.trainings()) == 3
    assert len({str(training) for training in gcloud.trainings()}) == 1
    lines = printed(capfd)
    assert any("Connection refused Trying again" in line for line in lines)
    assert lines[-1].endswith("training: exited 0")


def _end_the_third(gcloud):
    """The second training asks to be resumed, and the third one is done."""
    for number, code in ((2, 75), (3, 0)):
        gcloud.waits_for(lambda n=number: len(gcloud.trainings()) == n)
        gcloud.ends(code)


def test_watching_ends_with_a_training_that_fails(gcloud):
    do("install")
    do("start", LOGS, training=TRAINING)
    gcloud.ends(1)
    with pytest.raises(ValueError, match="exit code 0, or 75 .*Received: 1"):
        do("watch", *REQUEST, LOGS, training=TRAINING)
    assert len(gcloud.trainings()) == 1


def test_watching_does_not_ask_for_ever(gcloud):
    gcloud.plays("FAILED")
    with pytest.raises(ValueError, match="must not fail 3 times in a row"):
        do("watch", *REQUEST, LOGS, training=TRAINING)
    assert len(gcloud.calls("create")) == 2
    gcloud.plays("ACTIVE")
    gcloud.fails(99)
    with pytest.raises(ValueError, match="gcloud must end with exit code 0"):
        do("watch", *REQUEST, LOGS, training=TRAINING)


@pytest.mark.parametrize(
    "words, message",
    [
        (["--name=Albert"], "--name must look like"),
        (["--name=albert_1"], "--name must look like"),
        (["--name=-a"], "--name must look like"),
        (["--name=" + "a" * 64], "--name must look like"),
        (["--name=albert-"], "--name must look like"),
        (["--zone=us-west4"], "--zone must look like"),
        (["--logs=/tmp/logs"], "--logs must look like"),
        (["--logs=gs://bucket/a b"], "--logs must look like"),
        (["--package=-r x"], "--package must look like"),
        (["--", "pretrain", "--output_dir=run"], "must begin with gs://"),
        (["--", "pretrain"], "must begin with gs://"),
        (["--", "serve"], "`-- pretrain ...` or `-- finetune ...`"),
        ([], "`-- pretrain ...` or `-- finetune ...`"),
        (["--", "pretrain", "--tpu=a"], "--tpu must be left out"),
        (["--", "pretrain", "--strategy", "tpu"], "--strategy must be left"),
    ],
)
def test_what_cannot_work_is_refused_before(gcloud, words, message):
    with pytest.raises(ValueError, match=message):
        do("start", LOGS, *words)
    assert gcloud.calls() == []


def test_an_action_says_what_it_needs(gcloud):
    for action, name in [("create", "accelerator_type"), ("start", "logs")]:
        with pytest.raises(ValueError, match=f"{action} needs --{name}"):
            do(action)
    with pytest.raises(ValueError, match="Only `start` and `watch` take"):
        do("stop", training=TRAINING)


def test_without_gcloud_there_is_one_message(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    outcome = subprocess.run(
        [sys.executable, "-m", "tools.tpu", "status", *PLACE],
        capture_output=True,
        text=True,
    )
    assert outcome.returncode == 1
    assert outcome.stderr.startswith("Error: gcloud must be installed")
