"""A real server process, with connections that mean no good."""

import collections
import json
import re
import socket
import threading
import time

import pytest

from albert_tf.serving.http import listening

CLIENT_TIMEOUT = 1.5
FILES = listening._SPARE + 100  # so 100 connections
HEAD = b"POST /v1/models/%s:predict HTTP/1.1\r\nHost: localhost\r\n"
# docs/serving.md states it.
MEGABYTES = 400


def request(model, content):
    body = json.dumps(content).encode()
    length = b"Content-Length: %d\r\n\r\n" % len(body)
    return HEAD % model.encode() + length + body


@pytest.fixture(scope="module")
def server(start_server, exports):
    return start_server(
        f"--client_timeout={CLIENT_TIMEOUT}",
        *(str(exports / name) for name in ("sentiment", "slow", "numbered")),
        files=FILES,
    )


@pytest.fixture(scope="module")
def patient_server(start_server, exports):
    return start_server("--max_requests=40", str(exports / "sentiment"))


def rest(connection) -> bytes:
    """What comes until the server closes."""
    parts = []
    try:
        while part := connection.recv(1 << 16):
            parts.append(part)
    except ConnectionError:
        pass
    return b"".join(parts)


@pytest.mark.slow
def test_slow_connections_are_closed(server):
    starts = {
        "silent": b"",
        "head": b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nX-a: ",
        "body": HEAD % b"sentiment" + b"Content-Length: 1000\r\n\r\n{",
        "chunks": HEAD % b"sentiment"
        + b"Transfer-Encoding: chunked\r\n\r\n1\r\n{\r\n",
        "answered": request("sentiment", {"instances": ["a"]}),
        # The rest of a body that nobody reads any more.
        "refused": HEAD % b"none" + b"Content-Length: 1000\r\n\r\n{",
    }
    start = time.monotonic()
    found = {name: server.connect(head) for name, head in starts.items()}
    ended = threading.Event()

    def drip():
        while not ended.wait(0.2):
            for name in ("head", "body", "refused"):
                try:
                    found[name].sendall(b"x")
                except OSError:
                    pass

    dripping = threading.Thread(target=drip)
    dripping.start()
    answers = {name: rest(each) for name, each in found.items()}
    assert CLIENT_TIMEOUT <= time.monotonic() - start < CLIENT_TIMEOUT + 3
    ended.set()
    dripping.join()
    assert answers["silent"] == answers["head"] == b""
    for name in ("body", "chunks"):
        assert b" 408 " in answers[name]
        assert b"within 1.5 seconds" in answers[name]
    assert b" 200 " in answers["answered"]
    assert b" 404 " in answers["refused"]


@pytest.mark.slow
def test_a_client_that_does_not_read_is_closed(server):
    row = [[0] * 500] * 64
    inputs = {"token_ids": row, "padding_mask": row}
    asked = request("numbered", {"signature_name": "ids", "inputs": inputs})
    before = server.metric("process_open_fds")
    with socket.socket() as connection:
        # What the client's system takes for it.
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 16)
        connection.settimeout(60)
        connection.connect(("127.0.0.1", server.port))
        with pytest.raises(ConnectionError):
            connection.sendall(80 * asked)
    assert server.metric("process_open_fds") == before
    assert server.metric("albert_requests_in_flight") == 0


def test_more_connections_than_files_lock_nobody_out(server):
    silent = [server.connect() for _ in range(300)]
    start = time.monotonic()
    assert server.get("/healthz")[0] == 200
    assert server.predict("sentiment", {"instances": ["a"]})[0] == 200
    assert time.monotonic() - start < CLIENT_TIMEOUT
    # Those that waited longest made room.
    assert rest(silent[0]) == b""
    for connection in silent:
        connection.close()
    assert not [line for line in server.log if "Too many" in line]
    assert len(server.log) < 100


def test_a_body_in_tiny_chunks_is_not_read(patient_server):
    name = 'albert_requests_total{code="400",model="sentiment"}'
    chunked = HEAD % b"sentiment" + b"Transfer-Encoding: chunked\r\n\r\n"
    parts = b"10\r\n{'instances': ['\r\n" + b"1\r\na\r\n" * 20_000
    with patient_server.connect(chunked + parts) as connection:
        rest(connection)  # closed, though the body has no end
    assert patient_server.metric(name) == 1
    # As programs send them.
    body = b'{"instances": ["' + b"a" * 10_000 + b'"]}'
    parts = (body[start : start + 50] for start in range(0, len(body), 50))
    path = "/v1/models/sentiment:predict"
    assert patient_server.send("POST", path, parts)[0] == 200


def test_slow_bodies_take_nobody_s_place(patient_server):
    server = patient_server
    head = HEAD % b"sentiment" + b"Content-Length: 1000\r\n\r\n{"
    slow = [server.connect(head) for _ in range(50)]
    assert server.predict("sentiment", {"instances": ["a"]})[0] == 200
    assert server.metric("albert_requests_in_flight") == 50
    for connection in slow:
        connection.close()


def test_who_has_left_is_not_answered(server):
    batches = server.metric("albert_batch_rows_count")
    asked = request("slow", {"instances": ["0.7"] * 64})
    # The second has sent a request more, which nobody has looked at yet.
    for content in [asked, asked + asked] * 15:
        server.connect(content).close()
    start = time.monotonic()
    assert server.predict("sentiment", {"instances": ["a"]})[0] == 200
    assert time.monotonic() - start < 6
    assert server.metric("albert_queue_requests") == 0
    assert server.metric("albert_batch_rows_count") - batches < 6


BODIES = {
    "lists": b'{"instances": [' + b"[1]," * 1_000_000 + b"[1]]}",
    "strings": b'{"instances": [' + b'"abcdefgh",' * 130_000 + b'"a"]}',
    "long": b'{"instances": ["a"], "other": "' + b"x" * 4_000_000 + b'"}',
}


@pytest.mark.parametrize("kind", BODIES)
def test_large_bodies_leave_time_and_memory(patient_server, kind):
    server = patient_server

    def status(name):
        with open(f"/proc/{server.process.pid}/status") as file:
            return int(re.search(rf"{name}:\s*(\d+)", file.read())[1]) / 1024

    with open(f"/proc/{server.process.pid}/clear_refs", "w") as file:
        file.write("5")  # the peak begins anew
    before = status("VmRSS")
    codes = collections.Counter()

    def ask():
        codes[server.send("POST", "/v1/models/sentiment:predict", body)[0]] += 1

    body = BODIES[kind]
    threads = [threading.Thread(target=ask) for _ in range(60)]
    for thread in threads:
        thread.start()
    seconds = []
    while any(thread.is_alive() for thread in threads):
        start = time.monotonic()
        assert server.get("/healthz")[0] == 200
        seconds.append(time.monotonic() - start)
        time.sleep(0.02)
    assert codes == {200 if kind == "long" else 400: 60}
    # Most of them: other processes may have the machine for a while.
    assert sorted(seconds)[len(seconds) // 2] < 0.5
    assert status("VmHWM") - before < MEGABYTES
