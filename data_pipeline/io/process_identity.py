"""The identity of a process: its number, its start, and its machine."""

import os
import pathlib
import socket
import subprocess

_PROC = pathlib.Path("/proc")


def place() -> str:
    """The scope in which the number of this process is unique.

    That is one boot of a machine, and one of its namespaces of process numbers:
    containers have their own, and some have the host name of the machine.
    """
    try:
        boot = (_PROC / "sys/kernel/random/boot_id").read_text().strip()
        return f"{boot} {os.readlink(_PROC / 'self/ns/pid')}"
    except OSError:  # not Linux
        return socket.gethostname()


def started(pid: int) -> str | None:
    """When a process of this `place` started, in the notation of its system.

    Process numbers are reused; pairs of number and start are not.

    Returns:
        None if no such process runs; one that has ended and waits to be reaped
        does not run.
    """
    if (_PROC / "self/stat").exists():
        try:
            stat = (_PROC / str(pid) / "stat").read_bytes()
        except OSError:
            return None
        # man 5 proc: state is the third field, starttime the 22nd; the second
        # is a name in parentheses, which may hold anything.
        state, *rest = stat.rpartition(b")")[2].split()
        return None if state in (b"Z", b"X") else rest[18].decode()
    # macOS and the BSDs.
    shown = subprocess.run(
        ["ps", "-o", "stat=,lstart=", "-p", str(pid)],
        capture_output=True,
        text=True,
    ).stdout.split(maxsplit=1)
    return shown[1].strip() if shown and shown[0][0] != "Z" else None
