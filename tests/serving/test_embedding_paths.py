"""A real server process, asked for embeddings and ranks by other clients."""

import base64
import json
import shutil

import numpy as np
import pytest
from embedding_paths import LETTERS
from embedding_paths import ROWS
from embedding_paths import build_index
from embedding_paths import letters

from albert_tf.workflows import served_index


@pytest.fixture(scope="module")
def server(letter_server):
    return letter_server


def post(server, path, content):
    """Status, JSON and headers."""
    if not isinstance(content, bytes):
        content = json.dumps(content).encode()
    status, headers, body = server.send("POST", path, content)
    return status, json.loads(body), headers


@pytest.fixture(scope="module")
def client(server):
    openai = pytest.importorskip("openai")
    with openai.OpenAI(
        base_url=f"{server.url}/v1", api_key="none", max_retries=0
    ) as found:
        yield found


def test_openai_s_client_gets_embeddings(client):
    texts = ["a banana", "cab", "naïve 你好 😀 "]
    answer = client.embeddings.create(model="letters", input=texts)
    assert answer.object == "list" and answer.model == "letters"
    assert [row.index for row in answer.data] == [0, 1, 2]
    # The client asks for base64 by itself.
    found = [row.embedding for row in answer.data]
    np.testing.assert_allclose(found, letters(texts), atol=1e-6)
    words = sum(len(text.split(" ")) + 2 for text in texts)
    assert answer.usage.prompt_tokens == answer.usage.total_tokens == words
    one = client.embeddings.create(
        model="letters", input="cab", encoding_format="float", user="me"
    )
    np.testing.assert_allclose(one.data[0].embedding, found[1], atol=1e-6)


def test_openai_s_client_gets_fewer_dimensions(client):
    answer = client.embeddings.create(
        model="letters", input="aaaaabbb", dimensions=2
    )
    expected = np.array([5, 3]) / np.sqrt(34)
    np.testing.assert_allclose(answer.data[0].embedding, expected, atol=1e-6)


def test_openai_s_client_lists_the_models(client):
    found = client.models.list().data
    assert [model.id for model in found] == [
        "sentiment",
        *("letters", "same", "closer"),
    ]


@pytest.mark.parametrize("case", LETTERS)
def test_what_is_wrong_is_an_openai_error(client, case):
    import openai

    changes, status, message = LETTERS[case]
    asked = {"model": "letters", "input": "a", **changes}
    with pytest.raises(openai.APIStatusError) as caught:
        client.embeddings.create(**asked)
    assert caught.value.status_code == status
    assert caught.value.type == "invalid_request_error"
    assert message in caught.value.body["message"]


def test_errors_of_the_path_itself_have_the_same_form(server):
    for content in (b"{", b"[1]", b"[" * 5000, b'{"input": NaN}'):
        status, answer, _ = post(server, "/v1/embeddings", content)
        assert status == 400 and answer["error"]["message"], content
    status, answer, _ = post(
        server, "/v1/embeddings", {"model": "letters", "input": "a", "dim": 3}
    )
    assert status == 400 and "dim" in answer["error"]["message"]
    assert server.get("/v1/embeddings")[1]["error"]["type"]
    headers = {"Origin": "http://evil.example"}
    status, _, body = server.send("POST", "/v1/embeddings", b"{}", headers)
    assert status == 403 and json.loads(body)["error"]["message"]
    many = json.dumps({"model": "letters", "input": [1] * 2_000_000})
    status, answer, _ = post(server, "/v1/embeddings", many.encode())
    assert status in (400, 413) and answer["error"]["message"]


def test_base64_is_little_endian_float32(server):
    content = {"model": "letters", "input": "ab", "encoding_format": "base64"}
    _, answer, _ = post(server, "/v1/embeddings", content)
    found = base64.b64decode(answer["data"][0]["embedding"])
    np.testing.assert_allclose(
        np.frombuffer(found, "<f4"), letters(["ab"])[0], atol=1e-6
    )


@pytest.mark.parametrize("case", ROWS)
def test_texts_are_ranked(server, case):
    changes, header, scores = ROWS[case]
    texts = ["bbbb", "aaab", "ab"]
    asked = {"query": "a", "texts": texts, **changes}
    status, answer, headers = post(server, "/rerank", asked)
    assert status == 200, answer
    order = np.argsort(-np.array(scores), kind="stable")
    assert [row["index"] for row in answer] == order.tolist()
    np.testing.assert_allclose(
        [row["score"] for row in answer], np.array(scores)[order], atol=1e-5
    )
    if "return_text" in changes:
        assert [row["text"] for row in answer] == [texts[i] for i in order]
    assert headers["X-Scores"] == header


@pytest.mark.parametrize(
    "path, content, status, message",
    [
        ("/rerank", {"texts": ["a"]}, 400, "'query' must be a string"),
        ("/rerank", {"query": " ", "texts": ["a"]}, 400, "'query'"),
        ("/rerank", {"query": "a"}, 400, "'texts' must be a string or a list"),
        ("/rerank", {"query": "a", "texts": []}, 400, "at least 1"),
        ("/rerank", {"query": "a", "texts": ["b", ""]}, 400, "row 1"),
        ("/rerank", {"query": "a", "texts": ["b"] * 17}, 400, "at most 16"),
        ("/rerank", {"query": "a", "texts": [1]}, 400, "numbers in a list"),
        (
            "/rerank",
            {"query": "a", "texts": ["b"], "raw_scores": "no"},
            400,
            "'raw_scores' must be true or false. Received: string",
        ),
        (
            "/rerank",
            {"query": "a", "texts": ["b"], "model": "sentiment"},
            400,
            "Received: sentiment, and this server has letters, same, closer",
        ),
        (
            "/rerank",
            {"query": "a", "texts": ["b"], "model": "none"},
            404,
            "one of those served",
        ),
        (
            "/rerank",
            {"query": "a" * 90, "texts": ["b" * 90], "truncate": False}
            | {"model": "closer"},
            413,
            "as long as the model reads",
        ),
        (
            "/rerank",
            {"query": "a", "texts": ["b"], "truncation_direction": "Left"},
            400,
            "'Right'",
        ),
        ("/embed", {"inputs": None}, 400, "'inputs' must be"),
        (
            "/embed",
            {"inputs": "a b c d e f g h i", "truncate": False},
            413,
            "as long as the model reads",
        ),
    ],
)
def test_what_is_wrong_is_an_error_of_its_form(
    server, path, content, status, message
):
    found, answer, _ = post(server, path, content)
    assert found == status
    assert message in answer["error"]
    assert answer["error_type"] == "Validation"


def test_one_too_long_text_spoils_no_other_request(server):
    """Both requests may share a batch."""
    long = {"inputs": "a " * 20, "truncate": False}
    status, _, _ = post(server, "/embed", long)
    assert status == 413
    status, answer, _ = post(server, "/embed", {"inputs": ["ab", "c"]})
    assert status == 200
    np.testing.assert_allclose(answer, letters(["ab", "c"]), atol=1e-6)
    status, answer, _ = post(
        server, "/embed", {"inputs": "aaab", "dimensions": 2}
    )
    np.testing.assert_allclose(answer, [[3 / 10**0.5, 1 / 10**0.5]], atol=1e-6)


def test_the_nearest_texts_of_an_index_are_found(server):
    status, answer, _ = post(server, "/search", {"query": "aab", "top_k": 2})
    assert status == 200
    # The prompt "b " makes it "b aab".
    query = letters(["b aab"])[0]
    read = ["aaaa", "ab bbbb", "c a b c d e f g h i j", "zzzz"]
    cosines = letters(read) @ query
    order = np.argsort(-cosines)[:2]
    ids = ["first", "second", "third", "fourth"]
    assert [hit["id"] for hit in answer["hits"]] == [ids[i] for i in order]
    np.testing.assert_allclose(
        [hit["score"] for hit in answer["hits"]], cosines[order], atol=1e-5
    )
    assert answer["model"] == "letters" and answer["read"] == "b aab"
    hits = {hit["id"]: hit for hit in answer["hits"]}
    assert hits["second"]["title"] == "ab" and hits["second"]["text"] == "bbbb"
    assert hits["second"]["read"] == "ab bbbb"
    assert hits["first"]["metadata"] == {"year": 2020}
    _, answer, _ = post(server, "/search", {"query": "c"})
    assert len(answer["hits"]) == 4


@pytest.mark.parametrize(
    "content, message",
    [
        ({}, "'query' must be a string"),
        ({"query": ["a"]}, "'query' must be a string. Received: list"),
        ({"query": "\t"}, "more than whitespace"),
        ({"query": "a", "top_k": 0}, "from 1 to 100. Received: 0"),
        ({"query": "a", "top_k": 101}, "from 1 to 100"),
        ({"query": "a", "top_k": True}, "from 1 to 100"),
        ({"query": "a", "k": 3}, "among query, top_k. Received: k"),
        ({"query": "a" * 3001}, "at most 3,000 bytes"),
    ],
)
def test_what_is_wrong_with_a_search_is_said(server, content, message):
    status, answer, _ = post(server, "/search", content)
    assert status == 400
    assert message in answer["error"]


def test_an_index_of_another_model_is_not_served(exports, tmp_path):
    build_index(str(tmp_path / "index"), str(exports / "letters"))
    folder = tmp_path / "other"
    shutil.copytree(exports / "letters", folder)
    config = json.loads((folder / "config.json").read_text())
    config["fingerprints"]["weights"] = "others"
    (folder / "config.json").write_text(json.dumps(config))
    for models, message in (
        ({"other": str(folder)}, "by letters, with.*and other with"),
        ({"same": str(exports / "same")}, "and no embedding model"),
    ):
        with pytest.raises(ValueError, match=message):
            served_index.open_index(str(tmp_path / "index"), models, None)
    with pytest.raises(FileNotFoundError):
        served_index.open_index(str(tmp_path / "none"), {}, None)


def test_requests_are_counted_by_model(server):
    name = 'albert_requests_total{code="200",model="letters"}'
    post(server, "/embed", {"inputs": "a"})
    before = server.metric(name)
    post(server, "/v1/embeddings", {"model": "letters", "input": "a"})
    assert server.metric(name) == before + 1
