"""A real server process, asked wrongly: what is wrong is said."""

import collections
import json
import random

import pytest
from request_bodies import ids
from request_bodies import rows

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
