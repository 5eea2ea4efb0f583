"""A real server process, asked over HTTP: right answers, wrong questions."""

import collections
import json
import random
import re
import socket
import time

import pytest


def test_status_and_metadata_are_tensorflow_servings(server):
    status = {"error_code": "OK", "error_message": ""}
    state = {"version": "10", "state": "AVAILABLE", "status": status}
    for path in ("numbered", "numbered/versions/10"):
        assert server.get(f"/v1/models/{path}") == (
            200,
            {"model_version_status": [state]},
        )
    for path in ("sentiment", "sentiment/versions/1"):
        code, answer = server.get(f"/v1/models/{path}/metadata")
        assert code == 200
        assert answer["model_spec"] == {
            "name": "sentiment",
            "signature_name": "",
            "version": "1",
        }
        signatures = answer["metadata"]["signature_def"]["signature_def"]
        text = signatures["text"]
        assert text["method_name"] == "tensorflow/serving/predict"
        texts = text["inputs"]["texts"]
        assert texts["dtype"] == "DT_STRING"
        assert texts["tensor_shape"] == {
            "dim": [{"size": "-1", "name": ""}],
            "unknown_rank": False,
        }


def test_rows_and_columns_are_two_forms_of_one_question(server):
    rows = [{"texts": "aab"}, {"texts": "bbba"}]
    expected = [
        {
            "label": "a",
            "labels": ["other", "a"],
            "probabilities": [1 / 3, 2 / 3],
        },
        {
            "label": "other",
            "labels": ["other", "a"],
            "probabilities": [0.75, 0.25],
        },
    ]
    for content in (
        {"instances": rows},
        {"instances": ["aab", "bbba"]},
        {"signature_name": "text", "instances": rows, "ignored": 1},
    ):
        code, answer = server.predict("sentiment", content, "/versions/1")
        assert code == 200
        for row, right in zip(answer["predictions"], expected, strict=True):
            assert row["probabilities"] == pytest.approx(right["probabilities"])
            del row["probabilities"]
            assert row.items() <= right.items()
    for inputs in ({"texts": ["aab", "bbba"]}, ["aab", "bbba"]):
        code, answer = server.predict("sentiment", {"inputs": inputs})
        assert code == 200
        assert answer["outputs"]["label"] == ["a", "other"]
    # One output alone has no name.
    assert server.rows("slow", "0", "0") == [0, 0]
    code, answer = server.predict("slow", {"inputs": ["0"]})
    assert answer == {"outputs": [0]}
    # Choices have a second axis.
    (answer,) = server.rows("choose", {"texts": "", "choices": ["a", "bbb"]})
    assert answer["choice"] == 1


def test_everybody_gets_the_answer_to_their_own_question(server, pool):
    def ask(number):
        text = "a" * number + "b" * (97 - number)
        words = [f"{'N' if k == number % 7 else 'n'}{number}" for k in range(7)]
        (sentiment,) = server.rows("sentiment", text)
        assert sentiment["probabilities"][1] == pytest.approx(number / 97)
        name = server.rows("names", " ".join(words))[0]
        assert name["entities"] == [f"N{number}"]
        assert name["words"] == words
        two = server.rows(
            "answers",
            {
                "questions": "w" + " w" * (number % 7),
                "contexts": " ".join(words),
            },
            {"questions": "w", "contexts": f"{number} other"},
        )
        assert [row["answer"] for row in two] == [
            words[number % 7],
            f"{number}",
        ]
        (masks,) = server.rows("masks", "[MASK]" * (number % 3) + "b" * number)
        length = 6 * (number % 3) + number
        assert masks["tokens"] == [[f"▁{length}"] * 5] * (number % 3)

    batches = server.metric("albert_batch_rows_count")
    list(pool.map(ask, range(1, 40)))
    batches = server.metric("albert_batch_rows_count") - batches
    # 4 requests each, of which many shared a batch.
    assert batches < 0.8 * 4 * 39


def test_an_answer_has_no_slots_of_other_requests(server, pool):
    long = {"texts": " ".join(["Name", "word"] * 20)}
    short = {"texts": "A b"}
    alone = [server.rows("names", row)[0] for row in (short, long)]
    assert len(alone[0]["words"]) == 2
    batches = server.metric("albert_batch_rows_count")
    busy = pool.submit(server.rows, "slow", "1")
    time.sleep(0.3)  # `busy` runs; these wait and make one batch
    together = [pool.submit(server.rows, "names", x) for x in (short, long)]
    assert [each.result()[0] for each in together] == alone
    busy.result()
    assert server.metric("albert_batch_rows_count") == batches + 2


def test_a_request_that_the_model_refuses_spoils_no_other(server, pool):
    def ask(ids):
        row = {"token_ids": ids, "padding_mask": [1, 1]}
        return server.predict(
            "sentiment", {"signature_name": "ids", "instances": [row]}
        )

    busy = pool.submit(server.rows, "slow", "1")
    time.sleep(0.3)
    good, bad = pool.submit(ask, [1, 2]), pool.submit(ask, [1, 12])
    code, answer = good.result()
    assert (code, answer["predictions"][0]["sum"]) == (200, [0, 1, 1])
    code, answer = bad.result()
    assert code == 400
    assert "cannot process the request: indices[" in answer["error"]
    assert "12 is not in [0, 10)" in answer["error"]
    busy.result()


def rows(*values):
    return {"instances": list(values)}


def ids(token_ids, **others):
    inputs = {"token_ids": token_ids, "padding_mask": token_ids, **others}
    return {"signature_name": "ids", "inputs": inputs}


WRONG = {
    "no JSON": ("sentiment", b"texts=a", "JSON Parse error"),
    "no body": ("sentiment", b"", "JSON Parse error"),
    "cut off": ("sentiment", b'{"instances": ["a"', "JSON Parse error"),
    "bad UTF-8": ("sentiment", b'{"instances": ["\xff"]}', "JSON Parse"),
    "surrogate": ("sentiment", rb'{"instances": ["\ud800"]}', "JSON Parse"),
    "NaN": ("sentiment", b'{"instances": [NaN]}', "JSON Parse error"),
    "nesting": ("sentiment", b"[" * 50_000, "JSON Parse error"),
    "deep": (
        "sentiment",
        b'{"instances": [' + b"[" * 900 + b"]" * 900 + b"]}",
        "strings. Received: list",
    ),
    "a list": ("sentiment", [1], "JSON object. Received: list"),
    "neither": ("sentiment", {"texts": ["a"]}, "neither"),
    "both": ("sentiment", {"inputs": ["a"], **rows("a")}, "both"),
    "no rows": ("sentiment", rows(), "at least one row"),
    "no list": ("sentiment", {"instances": "a"}, "list of at least one"),
    "no texts": ("sentiment", {"inputs": []}, "at least 1"),
    "one text": ("sentiment", {"inputs": "a"}, "depth of 1"),
    "a number": ("sentiment", rows(1), "strings. Received: 1 (number)"),
    "null": ("sentiment", rows(None), "strings. Received: null"),
    "b64": ("sentiment", rows({"b64": "YQ=="}), "b64"),
    "mixed": ("sentiment", rows({"texts": "a"}, "b"), "Expecting object"),
    "mixed too": ("sentiment", rows("a", {"texts": "b"}), "element: 1"),
    "a text in a list": ("sentiment", rows(["a"]), "Received: list"),
    "a list and a text": (
        "choose",
        rows({"texts": "", "choices": "a"}),
        "depth",
    ),
    "choices": (
        "choose",
        rows(*({"texts": "", "choices": c} for c in (["a"], ["a", "b"]))),
        "same length. Received: lengths 1 to 2",
    ),
    "other keys": ("sentiment", rows({"text": "a"}), "must be equal to: texts"),
    "missing": (
        "answers",
        {"inputs": {"questions": ["a"]}},
        "named input: con",
    ),
    "unnamed": ("answers", rows("a"), "list of objects"),
    "unnamed too": ("answers", {"inputs": ["a"]}, "expecting an object"),
    "unknown": (
        "sentiment",
        {"inputs": {"texts": ["a"], "x": 1}},
        "x. The inputs must be",
    ),
    "as many": (
        "answers",
        {"inputs": {"questions": ["a"], "contexts": ["a", "b"]}},
        "contexts: 2, questions: 1",
    ),
    "signature": (
        "sentiment",
        {"signature_name": "x", **rows("a")},
        "not found",
    ),
    "its type": (
        "sentiment",
        {"signature_name": 3, **rows("a")},
        "be a string",
    ),
    "ragged": ("sentiment", ids([[1, 2], [1]]), "lengths 1 to 2"),
    "text for ids": (
        "sentiment",
        ids([["1"]]),
        "int32 numbers. Received: string",
    ),
    "part": ("sentiment", ids([[1.5]]), "Received: 1.5 (number)"),
    "truth": ("sentiment", ids([[True]]), "Received: True (boolean)"),
    "too large": ("sentiment", ids([[2**31]]), "int32 numbers"),
    "far too large": ("sentiment", ids([[10**40]]), "int32 numbers"),
    "shapes": (
        "sentiment",
        ids([[1]], padding_mask=[[1, 1]]),
        "padding_mask: [1, 2], token_ids: [1, 1]",
    ),
    "empty": ("sentiment", rows("a", ""), "Received: '' in row 1"),
    "white space": ("sentiment", rows("\n\u00a0 "), "more than whitespace"),
    "empty choice": (
        "choose",
        rows({"texts": "a", "choices": ["b", ""]}),
        "row 0",
    ),
    "empty question": (
        "answers",
        rows({"questions": " ", "contexts": "a"}),
        "'questions'",
    ),
    "brackets": (
        "sentiment",
        b'{"instances": [' + b"[]," * 70_000 + b'"a"]}',
        "lists and objects. Received: 70,002",
    ),
    "positions": ("sentiment", ids([[1] * 33]), "at most 32 ids"),
    "answer": ("sentiment", ids([[1] * 32] * 16), "1,500 numbers in its"),
    "10,000 texts": ("sentiment", rows(*["a"] * 10_000), "64 texts or rows."),
    "65 choices": (
        "choose",
        rows({"texts": "", "choices": ["a"] * 65}),
        "64 texts or rows. Received: 65",
    ),
    "long": ("sentiment", rows("ä" * 1501), "3,000 bytes. Received: 3,002"),
    "padded": ("sentiment", rows(*["a"] * 29, "a" * 2500), "64,000"),
    "masks": (
        "masks",
        rows("[MASK]" * 101),
        "100 texts or rows times the most",
    ),
}


@pytest.mark.parametrize("case", WRONG)
def test_what_is_wrong_is_said(server, case):
    model, content, reason = WRONG[case]
    code, answer = server.predict(model, content)
    assert code == 400, answer
    assert list(answer) == ["error"]
    assert reason in answer["error"]
    assert len(answer["error"]) < 500


def test_bodies_that_nobody_thought_of_are_refused_or_answered(server):
    rng = random.Random(0)
    bodies = [
        json.dumps(rows("a text", "b")).encode(),
        json.dumps(ids([[1, 2], [3, 4]], padding_mask=[[1, 1]] * 2)).encode(),
    ]
    codes = collections.Counter()
    for _ in range(300):
        body = bytearray(rng.choice(bodies))
        for _ in range(rng.randint(1, 4)):
            place = rng.randrange(len(body))
            change = rng.choice(["replace", "remove", "repeat"])
            if change == "replace":
                body[place] = rng.choice(b'[]{},:"0 9-e\\x\xff')
            elif change == "remove":
                del body[place : place + rng.randint(1, 5)]
            else:
                body[place:place] = body[place : place + rng.randint(1, 9)]
            body = body or bytearray(b"{")
        code, answer = server.predict("sentiment", bytes(body))
        codes[code] += 1
        assert code == 200 or answer["error"]
    assert set(codes) == {200, 400}


def test_strange_text_is_text(server):
    for text in ("\0", "a\u202eb", "👩‍👩‍👧 a", "<script>", "a" * 3000):
        (answer,) = server.rows("sentiment", text)
        expected = text.count("a") / max(len(text.encode()), 1)
        assert answer["probabilities"][1] == pytest.approx(expected, abs=1e-6)


def test_models_and_paths_are_listed(server):
    code, answer = server.get("/v1/models")
    assert code == 200
    found = {model.pop("name"): model for model in answer["models"]}
    status = {"error_code": "OK", "error_message": ""}
    assert found["numbered"] == {
        "model_version_status": [
            {"version": "10", "state": "AVAILABLE", "status": status}
        ],
        "signatures": ["explain", "ids", "serving_default", "text"],
    }
    assert len(found) == 7
    for path in ("/docs", "/v1", "/v1/models/none", "/predict"):
        code, answer = server.get(path)
        assert code == 404
        assert "sentiment, slow" in answer["error"], path
    assert "GET /v1/models," in answer["error"]


def test_who_is_asked_and_from_where(server):
    def ask(**headers):
        body = json.dumps(rows("a")).encode()
        path = "/v1/models/sentiment:predict"
        status, _, answer = server.send("POST", path, body, headers)
        return status, answer.decode()

    own = f"127.0.0.1:{server.port}"
    assert ask()[0] == ask(Host="localhost")[0] == ask(Host="[::1]:1")[0] == 200
    assert ask(Origin=f"http://{own}")[0] == 200
    status, answer = ask(Host="evil.example:80")
    assert status == 421
    assert "'evil.example:80'" in answer
    assert "--allowed_hosts=evil.example." in answer
    for origin in ("http://evil.example", "null", "http://localhost:1", "//["):
        status, answer = ask(Origin=origin)
        assert status == 403, origin
        assert f"Origin '{origin}'" in answer
    headers = {"Host": "evil.example"}
    assert server.send("GET", "/", None, headers)[0] == 421
    assert server.send("GET", "/healthz", None, headers)[0] == 200
    # Programs that send no Host header.
    with server.connect(b"GET /v1/models HTTP/1.0\r\n\r\n") as connection:
        assert b" 200 " in connection.recv(1000)


def test_other_places_and_ways(server):
    for method, path, code, reason in (
        ("POST", "/v1/models/none:predict", 404, "Latest(none)"),
        (
            "POST",
            "/v1/models/masks/versions/7:predict",
            404,
            "Specific(masks, 7)",
        ),
        ("POST", "/v1/models/masks/versions/x:predict", 400, "to numeric"),
        ("POST", "/v1/models/masks:classify", 400, "method must be predict"),
        ("POST", "/v1/models/masks", 405, "Malformed request: POST"),
        ("GET", "/v1/models/masks:predict", 404, "Latest(masks:predict)"),
        ("GET", "/v1/models/none", 404, "Latest(none)"),
        ("GET", "/v1/models/masks/labels/x", 404, "Malformed request: GET"),
        ("GET", "/v1/models/..%2f..%2fetc", 404, ""),
        ("GET", "/page/../__init__.py", 404, "Malformed"),
        ("DELETE", "/metrics", 405, "Malformed"),
    ):
        status, _, body = server.send(method, path, b"{}")
        assert status == code, path
        assert reason in json.loads(body)["error"]
    status, _, body = server.send(
        "POST",
        "/v1/models/masks:predict",
        b"\x1f\x8b",
        {"Content-Encoding": "gzip"},
    )
    assert (status, "not compressed" in body.decode()) == (415, True)


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


def test_metrics_count_what_happened(server):
    def total(code):
        name = f'albert_requests_total{{code="{code}",model="sentiment"}}'
        return server.metric(name)

    before = total(200), total(400)
    server.rows("sentiment", "a")
    server.predict("sentiment", b"")
    assert (total(200), total(400)) == (before[0] + 1, before[1] + 1)
    _, headers, body = server.send("GET", "/metrics")
    assert headers["Content-Type"].startswith("text/plain; version=")
    text = body.decode()
    assert 'albert_request_seconds_bucket{le="+Inf",model="names"}' in text
    assert server.metric("process_resident_memory_bytes") > 1e8
    # Names that clients think of make no series.
    server.predict("thought_of", b"")
    assert "thought_of" not in text
    assert set(re.findall(r'model="(\w*)"', text)) <= {
        *("", "sentiment", "names", "answers", "choose", "masks", "slow")
    }


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
