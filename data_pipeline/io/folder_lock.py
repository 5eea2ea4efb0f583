"""Lets one process at a time write to a folder; others are told which one.

The holder writes a note about itself into the folder, and touches it every
HEARTBEAT_SECONDS while it works. If a process ends without removing its note,
its folder may be taken over:

* on the same machine, as soon as no process with that number and start runs;
* from another machine or container, once the note has not been touched for
  STALE_SECONDS, by the clock of the file system. So a machine that sleeps for
  longer may lose its folder; it says so when it wakes.

flock makes reading and replacing a note one step, also on network file systems,
which pass it on to their server. Without flock, as on cloud storage, a process
writes its note, waits SETTLE_SECONDS and checks that it is still there: of two
processes that start at the same moment one stops, unless one of them takes
longer than that to write.
"""

import contextlib
import dataclasses
import fcntl
import json
import os
import socket
import sys
import threading
import time
import uuid
from collections.abc import Iterator
from typing import Any

from absl import logging

from data_pipeline.io import files
from data_pipeline.io import json_file
from data_pipeline.io import outputs
from data_pipeline.io import process_identity

FILE_NAME = ".in_use"
HEARTBEAT_SECONDS = 20
STALE_SECONDS = 300
SETTLE_SECONDS = 2
# Time to wait while another process has the note locked.
_LOOK_SECONDS = 5


@dataclasses.dataclass(frozen=True)
class _Note:
    """Who holds a folder; all fields but `pid` are text."""

    pid: int
    started: str | None
    place: str
    host: str
    since: str
    what: str
    command: str
    token: str


@contextlib.contextmanager
def hold(folder: str | os.PathLike, what: str) -> Iterator[None]:
    """Keeps other processes from writing to a folder while open.

    A folder that does not exist is made, and removed again if it stays empty.
    Calls must not be nested, and only one of several processes that work
    together may call it.

    Args:
        folder: may be a cloud path.
        what: the work there, such as "building records".
    Raises:
        BlockingIOError: another process, which the message names, holds the
            folder; or, at the end, has taken it over in the meantime.
    """
    folder = os.fspath(folder)
    with outputs.made_for_now(folder):
        with _held(folder, os.path.join(folder, FILE_NAME), what):
            yield


@contextlib.contextmanager
def hold_name(path: str | os.PathLike, what: str) -> Iterator[None]:
    """Does the same as `hold` for a path that must not exist yet. The note lies
    beside it."""
    path = os.fspath(path).rstrip("/")
    files.make_folder(os.path.dirname(path) or ".")
    with _held(path, path + FILE_NAME, what):
        yield


@contextlib.contextmanager
def _held(target: str, path: str, what: str) -> Iterator[None]:
    mine = _Note(
        pid=os.getpid(),
        started=process_identity.started(os.getpid()),
        place=process_identity.place(),
        host=socket.gethostname(),
        since=time.strftime("%Y-%m-%d %H:%M:%S UTC", time.gmtime()),
        what=what,
        # Without flags, which may contain secrets.
        command=os.path.basename(sys.argv[0]),
        token=uuid.uuid4().hex,
    )
    _take(target, path, mine)
    ended, lost = threading.Event(), threading.Event()
    heart = threading.Thread(
        target=_beat, args=(target, path, mine, ended, lost), daemon=True
    )
    heart.start()
    try:
        yield
    finally:
        ended.set()
        heart.join()
        if files.exists(path):
            _give_back(path, mine)
    if lost.is_set():
        raise BlockingIOError(_lost(target))


def _take(target: str, path: str, mine: _Note) -> None:
    with _alone(path) as is_alone:
        other = _read(path)
        if other is not None and _is_at_work(path, other):
            raise BlockingIOError(_refusal(target, path, other))
        if files.exists(path) and files.size(path):
            logging.warning(
                "%s was held by %s, which is gone. It is taken over.",
                target,
                f"process {other.pid} on {other.host}" if other else "another",
            )
        _write(path, mine)
    if not is_alone:
        time.sleep(SETTLE_SECONDS)
        other = _read(path)
        if other is not None and other.token != mine.token:
            raise BlockingIOError(_refusal(target, path, other))


def _give_back(path: str, mine: _Note) -> None:
    with _alone(path):
        note = _read(path)
        if note is not None and note.token == mine.token:
            files.remove(path)


def _beat(
    target: str,
    path: str,
    mine: _Note,
    ended: threading.Event,
    lost: threading.Event,
) -> None:
    """Touches the note until the work has ended."""
    while not ended.wait(HEARTBEAT_SECONDS):
        try:
            note = _read(path)
            if note is not None and note.token != mine.token:
                lost.set()
                logging.error("%s", _lost(target))
                return
            if files.is_local(path):
                os.utime(path)
            else:
                _write(path, mine)
        except Exception as error:  # of storage, which may recover
            logging.warning("%s could not be touched: %s", path, error)


@contextlib.contextmanager
def _alone(path: str) -> Iterator[bool]:
    """Yields whether this process has the note to itself."""
    if not files.is_local(path):
        yield False
        return
    while True:
        opened = os.open(path, os.O_RDWR | os.O_CREAT, 0o666)
        try:
            is_alone = _lock(opened)
            if is_alone and not _is_file(opened, path):
                continue  # removed by its holder before it was locked here
            yield is_alone
            return
        finally:
            os.close(opened)


def _lock(opened: int) -> bool:
    deadline = time.monotonic() + _LOOK_SECONDS
    while True:
        try:
            fcntl.flock(opened, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return True
        except BlockingIOError:
            if time.monotonic() > deadline:
                return False
            time.sleep(0.05)
        except OSError:  # the file system has no such locks
            return False


def _is_file(opened: int, path: str) -> bool:
    try:
        return os.path.samestat(os.fstat(opened), os.stat(path))
    except FileNotFoundError:
        return False


def _read(path: str) -> _Note | None:
    """The note; None if it is missing or cannot be read."""
    if not files.exists(path):
        return None
    try:
        values = json_file.read_object(path)
    except ValueError:
        return None
    known: dict[str, Any] = {
        f.name: values.get(f.name) for f in dataclasses.fields(_Note)
    }
    return _Note(**known) if isinstance(known["pid"], int) else None


def _write(path: str, note: _Note) -> None:
    content = json.dumps(dataclasses.asdict(note)).encode() + b"\n"
    # Written in place, since flock would not cover a renamed file.
    try:
        with files.open(path, "wb") as file:
            file.write(content)
    except OSError as error:  # of a full disk, which names no file
        raise OSError(error.errno, error.strerror, path) from None


def _is_at_work(path: str, note: _Note) -> bool:
    """Whether the process that wrote a note is still at work."""
    if note.place == process_identity.place():
        return process_identity.started(note.pid) == note.started
    return _seconds_since_touched(path) < STALE_SECONDS


def _seconds_since_touched(path: str) -> float:
    """By the clock of the file system, which may be that of another machine."""
    probe = files.unfinished_name(path)
    with files.open(probe, "wb") as file:
        file.write(b"now")
    try:
        return files.changed(probe) - files.changed(path)
    finally:
        files.remove(probe)


def _refusal(target: str, path: str, other: _Note) -> str:
    message = (
        "A folder must be written by one process at a time. Received: "
        f"{target}, held by process {other.pid} on {other.host} since "
        f"{other.since} ({other.command}: {other.what}). Wait for it, stop it, "
        "or name another folder."
    )
    if other.place == process_identity.place():
        return message
    return message + (
        " If it is gone, the same command takes the folder over "
        f"{STALE_SECONDS // 60} minutes after its last sign of life, which was "
        f"{_seconds_since_touched(path):.0f} s ago."
    )


def _lost(target: str) -> str:
    return (
        f"{target} must be written by one process at a time. Received: another "
        "process took it over, since this one gave no sign of life for "
        f"{STALE_SECONDS // 60} minutes (perhaps the machine slept). Run the "
        "same command again once the other process has ended."
    )
