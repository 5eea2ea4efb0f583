"""Ctrl-C and SIGTERM end a command by one line and its code, wherever it is."""

import pathlib
import signal
import subprocess
import sys
import time

import pytest

ROOT = pathlib.Path(__file__).parent.parent.parent

COMMAND = """
import hashlib, signal, sys, time
from data_pipeline.commands import command_line
from data_pipeline.io import interrupts

def main(argv):
    print("ready", flush=True)
    WORK

interrupts.GRACE_SECONDS = 0.2
command_line.run(main, resumes=RESUMES)
"""
SLEEPS = "time.sleep(60)"
# No handler of Python's runs before it is done.
COMPUTES = "hashlib.pbkdf2_hmac('sha256', b'', b'', 2**31 - 1)"
SWALLOWS = """
    while True:
        try:
            time.sleep(60)
        except KeyboardInterrupt:
            pass
"""
# As an error that comes of the signal would say something else.
FAILS = """
    try:
        time.sleep(60)
    except KeyboardInterrupt:
        raise ValueError("a worker is gone")
"""
CLEARS = """
    import os
    act = lambda: os.write(1, b"cleared")
    with interrupts.at_end(act), interrupts.at_end(lambda: 1 / 0):
        print("ready", flush=True)
        hashlib.pbkdf2_hmac('sha256', b'', b'', 2**31 - 1)
"""
# As while TensorFlow is imported, whose messages are kept back.
IMPORTS = """
    from data_pipeline.commands import quiet_start
    with quiet_start.importing():
        hashlib.pbkdf2_hmac('sha256', b'', b'', 2**31 - 1)
"""
HAS_ITS_OWN = """
    signal.signal(signal.SIGTERM, lambda *_: None)
    print("ready", flush=True)
    end = time.monotonic() + 0.5
    while time.monotonic() < end:
        time.sleep(0.05)
    sys.exit(7)
"""
STARTS = """
import sys
sys.argv[0] = "-m"
import data_pipeline
print("ready", flush=True)
import time
time.sleep(60)
"""


def started(script, *, ready=1):
    process = subprocess.Popen(
        [sys.executable, "-c", script],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=ROOT,
    )
    for _ in range(ready):
        assert process.stdout.readline() == "ready\n"
    return process


@pytest.mark.parametrize(
    "number, resumes, work, code, line",
    [
        (signal.SIGINT, False, SLEEPS, 130, "Stopped by Ctrl-C."),
        (signal.SIGTERM, False, SLEEPS, 143, "Stopped by SIGTERM."),
        (
            signal.SIGTERM,
            True,
            SLEEPS,
            75,
            "Run the same command again to finish.",
        ),
        (
            signal.SIGINT,
            True,
            SLEEPS,
            130,
            "Run the same command again to finish.",
        ),
        (signal.SIGINT, False, COMPUTES, 130, "Stopped by Ctrl-C."),
        (signal.SIGTERM, False, SWALLOWS, 143, "Stopped by SIGTERM."),
        (signal.SIGTERM, False, IMPORTS, 143, "Stopped by SIGTERM."),
        (signal.SIGINT, False, FAILS, 130, "Stopped by Ctrl-C."),
    ],
)
def test_a_signal_ends_a_command(number, resumes, work, code, line):
    script = COMMAND.replace("WORK", work).replace("RESUMES", str(resumes))
    process = started(script)
    begun = time.monotonic()
    process.send_signal(number)
    _, errors = process.communicate(timeout=20)
    assert time.monotonic() - begun < 5
    assert process.returncode == code, errors
    assert line in errors and len(errors.splitlines()) == 1


def test_handlers_of_the_work_come_first():
    script = COMMAND.replace("WORK", HAS_ITS_OWN).replace("RESUMES", "False")
    process = started(script, ready=2)
    process.send_signal(signal.SIGTERM)
    _, errors = process.communicate(timeout=20)
    assert process.returncode == 7 and not errors


def test_a_signal_before_the_command_runs():
    process = started(STARTS)
    process.send_signal(signal.SIGTERM)
    _, errors = process.communicate(timeout=20)
    assert (process.returncode, errors) == (143, "Stopped by SIGTERM.\n")


def test_a_signal_while_a_subcommand_is_imported(tmp_path):
    slow = "import time; print('ready', flush=True); time.sleep(60)"
    (tmp_path / "slow.py").write_text(slow)
    process = started(
        f"import sys; sys.path.insert(0, {str(tmp_path)!r}); "
        "from albert_tf import commands; "
        "row = commands.Command('slow', 'slow', ''); "
        "commands.COMMANDS['slow'] = row; "
        "sys.argv = ['albert-tf', 'slow']; commands.main()"
    )
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=20)
    assert (process.returncode, errors) == (130, "Stopped by Ctrl-C.\n")


def test_handlers_are_as_before_when_a_command_ends():
    from data_pipeline.io import interrupts

    before = [signal.getsignal(n) for n in (signal.SIGINT, signal.SIGTERM)]
    with interrupts.handled(resumes=False):
        assert signal.getsignal(signal.SIGTERM) != before[1]
    after = [signal.getsignal(n) for n in (signal.SIGINT, signal.SIGTERM)]
    assert after == before and signal.set_wakeup_fd(-1) == -1


def test_what_is_left_to_do_is_done():
    script = COMMAND.replace("WORK", CLEARS).replace("RESUMES", "False")
    process = started(script, ready=2)
    time.sleep(0.5)  # until it computes
    process.send_signal(signal.SIGTERM)
    output, errors = process.communicate(timeout=10)
    assert process.returncode == 143, errors
    assert output == "cleared"
