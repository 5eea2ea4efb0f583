"""A real server process with too much to do: who waits, who is told no."""

import json
import socket
import time

import pytest
from request_bodies import rows


def test_large_bodies_are_not_read(server):
    body = json.dumps(rows("a" * 10_000_000)).encode()
    # As curl does it: the head first, the body if it is asked for.
    with socket.create_connection(("127.0.0.1", server.port)) as connection:
        connection.sendall(
            b"POST /v1/models/masks:predict HTTP/1.1\r\nHost: localhost\r\n"
            b"Expect: 100-continue\r\nContent-Length: %d\r\n\r\n" % len(body)
        )
        assert b" 413 " in connection.recv(1000)
    # In parts that do not say how many they are.
    status, _, answer = server.send(
        "POST",
        "/v1/models/masks:predict",
        iter([b'{"instances": ["', b"a" * 400_000]),
    )
    assert status == 413
    assert "300,000 bytes" in json.loads(answer)["error"]
    # What is no HTTP.
    with socket.create_connection(("127.0.0.1", server.port)) as connection:
        connection.sendall(b"\x16\x03\x01" + b"x" * 100_000)
        connection.recv(1000)
    # One who goes away.
    with socket.create_connection(("127.0.0.1", server.port)) as connection:
        connection.sendall(
            b"POST /v1/models/masks:predict HTTP/1.1\r\nHost: localhost\r\n"
            b"Content-Length: 100\r\n\r\n{"
        )
    assert server.get("/healthz") == (200, {"status": "ok"})


def test_who_comes_when_all_is_full_is_told_at_once(server, pool):
    def ask(_):
        start = time.monotonic()
        status, headers, body = server.send(
            "POST",
            "/v1/models/slow:predict",
            json.dumps(rows("1.5")).encode(),
        )
        return status, headers, body, time.monotonic() - start

    answers = list(pool.map(ask, range(60)))
    refused = [answer for answer in answers if answer[0] == 503]
    assert 1 <= len(refused) <= 20
    for _, headers, body, _ in refused:
        assert headers["Retry-After"] == "1"
        assert "Try again" in json.loads(body)["error"]
    served = [answer[3] for answer in answers if answer[0] == 200]
    assert len(served) + len(refused) == 60
    assert max(answer[3] for answer in refused) < max(served)
    assert server.metric("albert_requests_in_flight") == 0


@pytest.mark.slow
def test_a_request_ends_when_its_time_is_up(server, pool, timeout):
    slow = pool.submit(server.predict, "slow", rows(str(1.5 * timeout)))
    time.sleep(0.3)
    start = time.monotonic()
    code, answer = server.predict("sentiment", rows("a"))
    assert code == 504
    assert answer == {"error": f"No answer within {timeout} seconds."}
    assert timeout <= time.monotonic() - start < 2 * timeout
    assert slow.result()[0] == 504
    assert server.metric("albert_queue_requests") == 0
    # What nobody waits for any more is not run.
    (answer,) = server.rows("sentiment", "a")
    assert answer["label"] == "a"


def test_sigterm_lets_who_is_inside_finish(server, pool):
    """The last one: the server is gone after it."""
    slow = pool.submit(server.predict, "slow", rows("2.5"))
    time.sleep(0.5)
    ended = pool.submit(server.terminate)
    time.sleep(0.5)
    code, answer = server.predict("sentiment", rows("a"))
    assert code == 503
    assert answer == {"error": "The server is shutting down."}
    assert server.get("/healthz")[0] == 503
    assert slow.result()[0] == 200
    assert ended.result() == 0
    assert not any("Traceback" in line for line in server.log)
