"""What the server is made of, alone."""

import contextlib
import socket
import time

import numpy as np
import pytest
import tensorflow as tf

from albert_tf.serving import batching
from albert_tf.serving import checks
from albert_tf.serving.http import budget
from albert_tf.serving.http import hosts as hosts_lib
from albert_tf.serving.http import limits as limits_lib
from albert_tf.serving.http import listening
from albert_tf.serving.models import errors
from albert_tf.serving.models import folders
from albert_tf.serving.models import requests
from albert_tf.serving.models import rows
from albert_tf.serving.models import saved_model

LIMITS = limits_lib.Limits(
    max_body_bytes=1000,
    max_text_bytes=1000,
    max_rows=4,
    max_padded=100,
    max_masks=8,
    max_values=50,
)


def job(key="a", rows=1, length=10, masks=0, values=0):
    size = limits_lib.Size(rows, length, masks, values)
    return batching.Job((key,), None, size, None, time.monotonic())


@pytest.mark.parametrize(
    "waiting, chosen",
    [
        ([job(), job()], [0, 1]),
        ([job("a"), job("b"), job("a")], [0, 2]),
        # The nearest in length first; four rows are a batch.
        (
            [job(length=10), *(job(length=n) for n in (25, 9, 20, 12))],
            [0, 2, 4, 3],
        ),
        # 2 x 60 is more than 100: the long one waits for its turn.
        ([job(length=10), job(length=60), job(length=5)], [0, 2]),
        ([job(length=100), job(length=10)], [0]),
        ([job(rows=3), job(rows=2), job(rows=1)], [0, 2]),
        ([job(masks=2), job(masks=6), job(masks=4)], [0, 2]),
        ([job(values=30), job(values=30), job(values=20)], [0, 2]),
    ],
)
def test_a_batch_is_the_oldest_and_those_like_it(waiting, chosen):
    expected = [waiting[number] for number in chosen]
    assert batching.choose(waiting, LIMITS) == expected


def test_a_batch_is_cut_into_what_each_asked():
    words = [[b"a", b"b", b""], [b"c", b"", b""], [b"", b"", b""]]
    outputs = {
        "words": np.array(words, object),
        "ends": np.array([[1, 3, -1], [1, -1, -1], [-1, -1, -1]], np.int32),
        "sure": np.array([[0.5, 0, 0], [0, 0, 0], [0, 0, 0]], np.float32),
        "logits": np.zeros([3, 3], np.float32),  # of classes: never cut
        "score": np.array([0, 1, 2]),
    }
    first, second = rows.split(outputs, [1, 2], {"words", "ends", "sure"})
    assert first["words"].tolist() == [[b"a", b"b"]]
    assert first["ends"].tolist() == [[1, 3]]
    assert first["sure"].tolist() == [[0.5, 0]]  # its word is there
    assert second["words"].tolist() == [[b"c"], [b""]]
    assert second["sure"].tolist() == [[0], [0]]
    assert second["logits"].shape == (2, 3)
    assert second["score"].tolist() == [1, 2]
    (whole,) = rows.split(outputs, [3], {"words", "ends", "sure"})
    assert whole["words"].shape == (3, 3)


def test_attention_is_cut_on_both_sides():
    """Also where as many pieces were written as were read."""
    attention = np.zeros([2, 3, 3], np.float32)
    attention[0, :1, :2] = [[0.0, 1.0]]
    attention[1] = 1 / 3
    outputs = {
        "pieces": np.array([[b"a", b"b", b""], [b"c", b"d", b"e"]], object),
        "written": np.array([[b"x", b"", b""], [b"y", b"z", b"y"]], object),
        "attention": attention,
    }
    first, second = rows.split(outputs, [1, 1], {*outputs})
    assert first["written"].tolist() == [[b"x"]]
    assert first["attention"].tolist() == [[[0, 1]]]
    assert second["attention"].shape == (1, 3, 3)


def test_a_model_is_a_folder_or_one_of_numbered_ones(tmp_path):
    for version in ("9", "010", "x", "11"):
        (tmp_path / version).mkdir()
        if version != "11":  # not there yet, as while it is copied
            (tmp_path / version / "saved_model.pb").touch()
    newest = folders.newest_version(str(tmp_path))
    assert newest == (10, str(tmp_path / "010"))
    plain = str(tmp_path / "9")
    assert folders.newest_version(plain) == (1, plain)
    with pytest.raises(ValueError, match="--formats=savedmodel"):
        folders.newest_version(str(tmp_path / "11"))
    with pytest.raises(ValueError, match="--formats=savedmodel"):
        folders.newest_version(str(tmp_path / "none"))


def test_names():
    read = folders.name_and_folder
    assert read("a=b/c") == ("a", "b/c")
    assert read("b/c-1/") == ("c-1", "b/c-1/")
    for wrong in ("=b", "a b=c", "a/b=c", "é"):
        with pytest.raises(ValueError, match="NAME=FOLDER"):
            read(wrong)


def test_who_is_slowest_gives_way():
    held = budget.Budget("bodies", 100)
    given_up = []
    with contextlib.ExitStack() as stack:

        def share(name, size):
            found = stack.enter_context(held.share())
            found.waits(lambda reason: given_up.append((name, reason.code)))
            found.resize(size)
            return found

        first = share("first", 40)
        share("second", 40)
        first.works()  # it has come in: what follows is our affair
        share("third", 60)
        assert given_up == [("second", 503)]
        with pytest.raises(errors.Refused, match="100 bytes of bodies"):
            share("fourth", 61)
        assert given_up == [("second", 503), ("third", 503)]
        share("fifth", 60)
    with held.share() as alone:
        alone.resize(100)
        with pytest.raises(errors.Refused, match="100 bytes"):
            alone.resize(101)


def test_a_port_that_is_taken():
    taken = listening.listen("127.0.0.1", 0)
    port = taken.getsockname()[1]
    for address in ("127.0.0.1", "0.0.0.0"):
        with pytest.raises(OSError, match=f"port {port}.*Name another --port"):
            listening.listen(address, port)
    # Nobody who shares gets it, now or when the models have been loaded.
    for option in (socket.SO_REUSEADDR, socket.SO_REUSEPORT):
        with socket.socket() as other:
            other.setsockopt(socket.SOL_SOCKET, option, 1)
            with pytest.raises(OSError):
                other.bind(("127.0.0.1", port))
                other.listen()
    taken.close()
    with socket.socket() as other:
        for option in (socket.SO_REUSEADDR, socket.SO_REUSEPORT):
            other.setsockopt(socket.SOL_SOCKET, option, 1)
        other.bind(("127.0.0.1", 0))
        other.listen()
        with pytest.raises(OSError, match="--port"):
            listening.listen("127.0.0.1", other.getsockname()[1])
    with pytest.raises(OSError, match="port 70000.*--port"):
        listening.listen("127.0.0.1", 70_000)


def test_hosts():
    own = hosts_lib.Hosts({"192.168.0.7"}, ["Api.example", "[fd00::1]"])
    for host in ("LOCALHOST:80", "192.168.0.7", "api.example:1", "[fd00::1]"):
        own.check("GET", host, None)
    for host in ("example", "192.168.0.8", "", "[", "a@b", "api.example.evil"):
        with pytest.raises(errors.Refused, match="--allowed_hosts=") as refused:
            own.check("GET", host, None)
        assert refused.value.code == 421
    own.check("POST", "localhost:1", "https://localhost:1")
    own.check("GET", "localhost:1", "https://localhost:2")
    # Behind a proxy that asks for us by another name.
    own.check("POST", "localhost:1", "https://api.example")
    own.check("POST", None, None)
    for origin in ("http://localhost:2", "null", "http://evil.api.example", ""):
        with pytest.raises(errors.Refused, match="Origin") as refused:
            own.check("POST", "localhost:1", origin)
        assert refused.value.code == 403
    everywhere = hosts_lib.Hosts({"0.0.0.0"}, [])
    for host in ("10.1.2.3:8501", "[::2]:1", socket.gethostname(), "localhost"):
        everywhere.check("POST", host, None)
    with pytest.raises(errors.Refused, match="or an IP address"):
        everywhere.check("GET", "evil.example", None)
    hosts_lib.Hosts({"::"}, ["*"]).check("POST", "a", "http://b")


def ids_request(model, **columns):
    columns = {k: np.array(v, np.int32) for k, v in columns.items()}
    inputs = {
        name: tf.TensorSpec([None] * column.ndim, tf.int32)
        for name, column in columns.items()
    }
    signature = saved_model.Signature("ids", inputs, {}, None)
    return requests.Request(model, signature, columns, None)


def test_ids_must_be_the_model_s():
    counts = {"token_ids": 10, "segment_ids": 2, "padding_mask": 2}
    model = saved_model.Model("a", 1, {}, {}, {}, 512, counts)
    good = {
        "token_ids": [[0, 9, 1]],
        "segment_ids": [[0, 1, 1]],
        "padding_mask": [[1, 1, 0]],
        "mask_positions": [[2]],
    }
    checks.check(ids_request(model, **good))
    for name, value, reason in (
        ("token_ids", [[0, 10, 1]], "from 0 to 9. Received: 10 in row 0"),
        ("token_ids", [[0, 1, 1], [1, -1, 1]], "Received: -1 in row 1"),
        ("token_ids", [[[1, 1], [12, 1]]], "Received: 12 in row 0"),
        ("segment_ids", [[0, 2, 1]], "from 0 to 1. Received: 2"),
        ("padding_mask", [[1, 1, 7]], "from 0 to 1. Received: 7"),
        ("mask_positions", [[3]], "from 0 to 2. Received: 3"),
    ):
        with pytest.raises(errors.Refused, match=f"'{name}' .*{reason}"):
            checks.check(ids_request(model, **{**good, name: value}))
    unknown = saved_model.Model("a", 1, {}, {}, {}, 512, {})
    checks.check(ids_request(unknown, token_ids=[[99]]))


def test_counts_are_those_of_the_config(tmp_path):
    read = saved_model._counts
    network = {"vocab_size": 30, "type_vocab_size": 2}
    assert read(network, "a")["token_ids"] == 30
    assert read({"vocab_size": 30}, "a") == {}
    for wrong in ("30", 0, 30.0, True, [30]):
        with pytest.raises(ValueError, match="vocab_size must be a whole"):
            read({**network, "vocab_size": wrong}, "a")


def test_a_body_has_a_bound_on_its_values():
    other = 16 * LIMITS.max_rows + 1024
    LIMITS.check_body(bytearray(b"," * (200 + other)), 2)
    LIMITS.check_body(bytearray(b"[{" * ((100 + other) // 2)), 2)
    with pytest.raises(
        errors.Refused, match="at most 1,288 values. Rec.*1,289"
    ):
        LIMITS.check_body(bytearray(b"," * (201 + other)), 2)
    with pytest.raises(errors.Refused, match="lists and objects"):
        LIMITS.check_body(bytearray(b"[{" * ((102 + other) // 2)), 2)


@pytest.mark.parametrize(
    "message, reason",
    [
        ("indices[0] = 9 is not in [0, 5)", "indices[0] = 9 is not in [0, 5)"),
        (
            "Graph execution error:\n\nDetected at node a/b defined at (most "
            "recent call last):\n<stack traces unavailable>\nindices[0,0] = 9 "
            "is not in [0, 5)\n\t [[{{node a/b}}]] [Op:__inference_call_7]",
            "indices[0,0] = 9 is not in [0, 5)",
        ),
        (
            "Graph execution error:\n\n2 root error(s) found.\n  (0) INVALID: "
            "no number\n\t [[{{node a}}]]\n\t [[b/_1]]\n  (1) INVALID: x",
            "(0) INVALID: no number",
        ),
        ("Graph execution error:\n", "TensorFlow gives no reason."),
    ],
)
def test_a_reason_is_what_tensorflow_says_last(message, reason):
    assert batching._reason(message) == reason
