"""Worker processes: none outlives its parent, none speaks for it."""

import os
import pathlib
import signal
import subprocess
import sys
import time

import pytest

from data_pipeline.io import process_identity
from data_pipeline.io import workers

ROOT = pathlib.Path(__file__).parent.parent.parent

WORK = """
import os, time

def work(number):
    os.write(1, b"%d\\n" % os.getpid())  # at once, unlike print
    time.sleep(60)
"""

PARENT = """
from data_pipeline.commands import command_line
from data_pipeline.io import workers
import busy

def main(argv):
    with workers.pool(2) as run:
        list(run(busy.work, range(8)))

if __name__ == "__main__":
    command_line.run(main)
"""


def fail(number):
    if number == 1:
        raise ValueError("a bad document")
    time.sleep(60)


def end(number):
    os.kill(os.getpid(), signal.SIGKILL)


def use_up(number):
    raise MemoryError


@pytest.mark.parametrize(
    "number, to_group, code",
    [
        (signal.SIGKILL, False, -signal.SIGKILL),
        (signal.SIGINT, True, 130),  # as a terminal sends it
        (signal.SIGTERM, True, 143),
    ],
)
def test_no_worker_outlives_its_parent(tmp_path, number, to_group, code):
    (tmp_path / "busy.py").write_text(WORK)
    (tmp_path / "parent.py").write_text(PARENT)
    parent = subprocess.Popen(
        [sys.executable, tmp_path / "parent.py"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        start_new_session=True,
    )
    pids = [int(parent.stdout.readline()) for _ in range(2)]
    assert len({*pids, parent.pid}) == 3
    if to_group:
        os.killpg(parent.pid, number)
    else:
        parent.send_signal(number)
    assert parent.wait(timeout=20) == code
    deadline = time.monotonic() + 2
    while any(process_identity.started(pid) for pid in pids):
        assert time.monotonic() < deadline, "a worker still runs"
        time.sleep(0.02)
    errors = parent.stderr.read()
    assert "Traceback" not in errors and "worker" not in errors


@pytest.mark.parametrize(
    "work, error, message",
    [
        (fail, ValueError, "a bad document"),
        (end, OSError, "A worker process was killed.*--num_workers"),
        (use_up, MemoryError, None),
    ],
)
def test_an_error_does_not_wait_for_other_workers(work, error, message):
    begun = time.monotonic()
    with pytest.raises(error, match=message):
        with workers.pool(2) as run:
            list(run(work, range(3)))
    assert time.monotonic() - begun < 20


def test_a_script_runs_once(tmp_path):
    """Also one that does not ask for `__name__ == "__main__"`."""
    script = tmp_path / "script.py"
    script.write_text(
        "from data_pipeline.io import workers\n"
        "print('begun')\n"
        "with workers.pool(2) as run:\n"
        "    print(sorted(run(abs, [-1, 2, -3])))\n"
    )
    done = subprocess.run(
        [sys.executable, script],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.stdout == "begun\n[1, 2, 3]\n"
    assert not done.stderr
