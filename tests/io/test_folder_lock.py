"""One process at a time in a folder, and none that is gone keeps others out."""

import json
import os
import signal
import subprocess
import sys
import threading
import time

import pytest

from data_pipeline.io import files
from data_pipeline.io import folder_lock
from data_pipeline.io import process_identity

# Holds a folder until it is killed.
HOLDS = """
import sys, time
from data_pipeline.io import folder_lock
with folder_lock.hold(sys.argv[1], "trying things"):
    print("held", flush=True)
    time.sleep(60)
"""


@pytest.fixture
def holder(tmp_path):
    """Another process, which holds tmp_path/out."""
    process = subprocess.Popen(
        [sys.executable, "-c", HOLDS, str(tmp_path / "out")],
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout.readline() == "held\n"
    yield process
    process.kill()
    process.wait()


def note_of(folder, **changed):
    """Writes the note of another process into a folder; returns its path."""
    folder.mkdir(exist_ok=True)
    path = folder / folder_lock.FILE_NAME
    note = {
        "pid": os.getpid(),
        "started": process_identity.started(os.getpid()),
        "place": process_identity.place(),
        "host": "there",
        "since": "2020-01-01 00:00:00 UTC",
        "what": "building records",
        "command": "create_pretraining_data.py",
        "token": "theirs",
        **changed,
    }
    path.write_text(json.dumps(note))
    return path


def test_the_second_is_told_who_the_first_is(tmp_path, holder):
    with pytest.raises(BlockingIOError) as refused:
        with folder_lock.hold(tmp_path / "out", "building"):
            pytest.fail("two hold it")
    for part in (
        f"process {holder.pid} on ",
        "since 20",
        "-c: trying things",
        str(tmp_path / "out"),
    ):
        assert part in str(refused.value)


def test_the_folder_of_a_killed_process_is_taken_over(tmp_path, holder, caplog):
    os.kill(holder.pid, signal.SIGKILL)
    # Not collected yet: a zombie, which has its number still.
    while process_identity.started(holder.pid) is not None:
        time.sleep(0.01)
    with folder_lock.hold(tmp_path / "out", "building"):
        assert (tmp_path / "out" / folder_lock.FILE_NAME).exists()
    assert f"held by process {holder.pid}" in caplog.text
    assert os.listdir(tmp_path / "out") == []


def test_a_number_that_is_used_again_is_another_process(tmp_path):
    note_of(tmp_path, started="1")
    with folder_lock.hold(tmp_path, "building"):
        pass


@pytest.mark.parametrize("hold", [folder_lock.hold, folder_lock.hold_name])
def test_nothing_is_left_behind(tmp_path, hold):
    with hold(tmp_path / "a/new", "building"):
        with pytest.raises(BlockingIOError, match="new, held by process"):
            with hold(tmp_path / "a/new", "building"):
                pytest.fail("held twice")
    assert not [path for path in (tmp_path / "a").rglob("*") if path.is_file()]
    with hold(tmp_path / "a/new", "building"):
        (tmp_path / "a/new").mkdir(exist_ok=True)
        (tmp_path / "a/new/file").touch()
    assert os.listdir(tmp_path / "a/new") == ["file"]
    assert os.listdir(tmp_path / "a") == ["new"]


@pytest.mark.parametrize("seconds, is_gone", [(30, False), (301, True)])
def test_another_machine_is_gone_when_it_gives_no_sign(
    tmp_path, seconds, is_gone
):
    # The number runs here, which says nothing of the other machine.
    path = note_of(tmp_path, place="another machine", pid=2**30)
    os.utime(path, (time.time() - seconds,) * 2)
    if is_gone:
        with folder_lock.hold(tmp_path, "building"):
            pass
        return
    with pytest.raises(BlockingIOError, match="on there.*5 minutes after"):
        with folder_lock.hold(tmp_path, "building"):
            pytest.fail("two hold it")
    assert path.exists() and len(os.listdir(tmp_path)) == 1


@pytest.mark.parametrize(
    "content", ["", "{", "[1]", '{"pid": "x"}', "[" * 9999]
)
def test_a_note_that_nobody_can_read_holds_nothing(tmp_path, content):
    (tmp_path / folder_lock.FILE_NAME).write_text(content)
    with folder_lock.hold(tmp_path, "building"):
        pass
    assert os.listdir(tmp_path) == []


def test_a_note_is_touched_while_its_process_works(tmp_path, monkeypatch):
    monkeypatch.setattr(folder_lock, "HEARTBEAT_SECONDS", 0.01)
    path = tmp_path / folder_lock.FILE_NAME
    with folder_lock.hold(tmp_path, "building"):
        os.utime(path, (0, 0))
        deadline = time.monotonic() + 5
        while not os.stat(path).st_mtime and time.monotonic() < deadline:
            time.sleep(0.01)
        assert os.stat(path).st_mtime


def test_who_lost_its_folder_says_so_and_leaves_it(
    tmp_path, monkeypatch, caplog
):
    monkeypatch.setattr(folder_lock, "HEARTBEAT_SECONDS", 0.01)
    with pytest.raises(BlockingIOError, match="another process took it over"):
        with folder_lock.hold(tmp_path, "building"):
            path = note_of(tmp_path)
            deadline = time.monotonic() + 5
            while not caplog.records and time.monotonic() < deadline:
                time.sleep(0.01)
    assert "took it over" in caplog.text
    assert json.loads(path.read_text())["token"] == "theirs"


@pytest.mark.parametrize("stale", [False, True])
def test_of_many_that_start_at_once_one_goes_on(tmp_path, stale):
    if stale:
        note_of(tmp_path, started="1")
    outcomes = []
    start, end = threading.Barrier(8), threading.Event()

    def attempt():
        start.wait()
        try:
            with folder_lock.hold(tmp_path, "building"):
                outcomes.append("held")
                end.wait(10)
        except BlockingIOError:
            outcomes.append("refused")

    threads = [threading.Thread(target=attempt) for _ in range(8)]
    for thread in threads:
        thread.start()
    deadline = time.monotonic() + 10
    while len(outcomes) < 8 and time.monotonic() < deadline:
        time.sleep(0.01)
    end.set()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["held"] + ["refused"] * 7


def test_storage_without_locks(tmp_path, monkeypatch):
    """As on gs://, by TensorFlow's file functions on a local folder."""
    monkeypatch.setattr(files, "is_local", lambda path: False)
    monkeypatch.setattr(folder_lock, "SETTLE_SECONDS", 0.1)
    monkeypatch.setattr(folder_lock, "HEARTBEAT_SECONDS", 0.01)
    folder = tmp_path / "run"
    with folder_lock.hold(folder, "building"):
        with pytest.raises(BlockingIOError, match="one process at a time"):
            with folder_lock.hold(folder, "building"):
                pytest.fail("held twice")
    path = note_of(folder, place="another machine")
    with pytest.raises(BlockingIOError, match="minutes after"):
        with folder_lock.hold(folder, "building"):
            pytest.fail("held twice")
    os.utime(path, (0, 0))
    with folder_lock.hold(folder, "building"):
        pass
    assert os.listdir(folder) == []
    # Two that start at once: the later note stays.
    write = folder_lock._write

    def beaten(path, note):
        write(path, note)
        monkeypatch.setattr(folder_lock, "_write", write)
        note_of(folder)

    monkeypatch.setattr(folder_lock, "_write", beaten)
    with pytest.raises(BlockingIOError, match="on there"):
        with folder_lock.hold(folder, "building"):
            pytest.fail("two hold it")
