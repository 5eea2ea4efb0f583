"""Runs on each host of a TPU: one training at a time, with its log in storage.

    python host.py start --logs=gs://bucket/logs -- pretrain --output_dir=...
    python host.py status
    python host.py stop

Host 0 trains. If the TPU has several hosts, each also runs a TensorFlow server
that holds its devices, and the training drives them all. `status` prints
"running", "not started", or "exited" and the exit code. Python's library is all
that this file imports, since it is copied to the hosts alone.
"""

import argparse
import fcntl
import os
import pathlib
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request

FOLDER = pathlib.Path.home() / "albert_tf_runs"
LOCK = FOLDER / "lock"
GROUP = FOLDER / "group"
EXIT_CODE = FOLDER / "exit_code"
PORT = 8470
UPLOAD_SECONDS = 60
# How long servers stay for a training that saves: a preempted machine has 30 s.
SAVE_SECONDS = 25
STOP_SECONDS = 600
_SERVER = """
import signal, sys, tensorflow as tf
signal.signal(signal.SIGTERM, signal.SIG_IGN)
cluster = {"worker": ["localhost:" + sys.argv[1]]}
tf.distribute.Server(cluster, job_name="worker", task_index=0).join()
"""


def start(logs: str, training: list[str]) -> None:
    """Starts `run` in the background, unless it is running."""
    FOLDER.mkdir(exist_ok=True)
    with LOCK.open("a") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            print("already running")
            return
        EXIT_CODE.unlink(missing_ok=True)
        stamp = time.strftime("%Y%m%d-%H%M%S", time.gmtime())
        log = FOLDER / f"host-{metadata('agent-worker-number')}-{stamp}.log"
        held = str(lock.fileno())
        with log.open("ab") as output:
            process = subprocess.Popen(
                [sys.executable, os.path.abspath(__file__), "run"]
                + [f"--logs={logs}", f"--log={log}", f"--lock={held}", "--"]
                + training,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
                # A file stays locked while any process has it open.
                pass_fds=[lock.fileno()],
            )
        GROUP.write_text(str(process.pid))
        print("started")


def status() -> str:
    if _is_held():
        return "running"
    if EXIT_CODE.exists():
        return f"exited {EXIT_CODE.read_text()}"
    return "not started"


def stop() -> None:
    """Asks the training to save and end, and waits for it."""
    if _is_held():
        # Only once: a second signal ends a training without saving.
        os.killpg(int(GROUP.read_text()), signal.SIGTERM)
    end = time.monotonic() + STOP_SECONDS
    while _is_held():
        if time.monotonic() > end:
            sys.exit(f"The training must end within {STOP_SECONDS} s.")
        time.sleep(0.2)
    print(status())


def run(logs: str, log: str, lock: int, training: list[str]) -> None:
    """Runs the server and, on host 0, the training, until it ends.

    SIGTERM, from `stop` or from a machine that shuts down, reaches the training
    without help: this only has to stay and copy the log.
    """
    asked: list[float] = []
    signal.signal(signal.SIGTERM, lambda *_: asked.append(time.monotonic()))
    endpoints = metadata("worker-network-endpoints").split(",")
    addresses = [endpoint.split(":")[2] for endpoint in endpoints]
    trains = metadata("agent-worker-number") == "0"
    processes = []
    if trains:
        processes.append(_train(addresses, lock, training))
    if len(addresses) > 1:
        server = [sys.executable, "-c", _SERVER, str(PORT)]
        processes.append(subprocess.Popen(server))
    copied = time.monotonic()
    while processes[0].poll() is None:
        if time.monotonic() > copied + UPLOAD_SECONDS:
            _upload(log, logs)
            copied = time.monotonic()
        if not trains and asked and time.monotonic() > asked[0] + SAVE_SECONDS:
            processes[0].kill()
        time.sleep(0.2)
    for process in processes:
        process.kill()
        process.wait()
    print(f"Exit code {processes[0].returncode}.", flush=True)
    EXIT_CODE.write_text(str(processes[0].returncode))
    _upload(log, logs)


def _train(
    addresses: list[str], lock: int, training: list[str]
) -> subprocess.Popen[bytes]:
    environment, tpu = dict(os.environ), "local"
    if len(addresses) > 1:
        tpu = ",".join(f"grpc://{address}:{PORT}" for address in addresses)
        # The devices are the server's.
        environment["TPU_LOAD_LIBRARY"] = "0"
    program = os.path.join(os.path.dirname(sys.executable), "albert-tf")
    devices = ["--strategy=tpu", f"--tpu={tpu}"]
    return subprocess.Popen(
        [program, *training, *devices], env=environment, pass_fds=[lock]
    )


def _upload(log: str, logs: str) -> None:
    """Copies the log to storage; a failure only leaves a line in the log."""
    target = f"{logs.rstrip('/')}/{os.path.basename(log)}"
    command = ["gcloud", "storage", "cp", "--quiet", log, target]
    try:
        subprocess.run(command, capture_output=True, check=True)
    except subprocess.CalledProcessError as error:
        print(f"The log was not copied: {error.stderr.decode()}", flush=True)
    except OSError as error:
        print(f"The log was not copied: {error}", flush=True)


def metadata(name: str) -> str:
    """What Google's metadata server knows of this host."""
    server = os.environ.get("GCE_METADATA_HOST", "metadata.google.internal")
    request = urllib.request.Request(
        f"http://{server}/computeMetadata/v1/instance/attributes/{name}",
        headers={"Metadata-Flavor": "Google"},
    )
    try:
        with urllib.request.urlopen(request, timeout=30) as response:
            return response.read().decode().strip()
    except urllib.error.URLError as error:
        sys.exit(f"This must be a host of a TPU. Received: {error}.")


def _is_held() -> bool:
    if not LOCK.exists():
        return False
    with LOCK.open("a") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
    return False


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("action", choices=["start", "status", "stop", "run"])
    parser.add_argument("--logs")
    parser.add_argument("--log")
    parser.add_argument("--lock", type=int)
    words, training = sys.argv[1:], []
    if "--" in words:
        at = words.index("--")
        words, training = words[:at], words[at + 1 :]
    arguments = parser.parse_args(words)
    if arguments.action == "start":
        start(arguments.logs, training)
    elif arguments.action == "run":
        run(arguments.logs, arguments.log, arguments.lock, training)
    elif arguments.action == "stop":
        stop()
    else:
        print(status())


if __name__ == "__main__":
    main()
