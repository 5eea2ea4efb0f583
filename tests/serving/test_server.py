"""A real server process, asked over HTTP: right answers, wrong questions."""

import json
import re
import time

import pytest
from request_bodies import rows


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
