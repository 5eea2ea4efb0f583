"""Inputs of predictors of each kind, and equality of their answers."""

import itertools

import pytest

TEXTS = [
    "The cat sees a house in winter.",
    "The horse builds two apples. " * 8,
    "a letter",
    "Every  day, the ｋｉｎｇ\u00a0crosses “the bridge”; it is 1,850!",
    "naïve ½ ﬁsh — 你好 😀",
]
MASKED = ["The [MASK] sees [MASK] house.", "no mask", "[MASK] a letter"]
PAIRS = [*itertools.zip_longest(TEXTS, TEXTS[::-1])]
CHOICES = [
    ("The cat sees", ("a house", "it")),
    ("", ("the road", "a letter before noon", "two apples")),
    ("The king", ("the bridge in winter", "it")),
]
INPUTS = {
    "pretraining": (("texts",), MASKED),
    "classification": (("texts",), TEXTS),
    "pairs": (("texts", "second_texts"), PAIRS),
    "multilabel": (("texts",), TEXTS),
    "regression": (("texts",), TEXTS),
    "multiple_choice": (("texts", "choices"), CHOICES),
    "tagging": (("texts",), TEXTS),
    "span": (("questions", "contexts"), PAIRS),
}


def assert_close(found, expected):
    """Answers are equal, and their numbers to 1e-5."""
    assert type(found) is type(expected), (found, expected)
    if isinstance(expected, dict):
        assert found.keys() == expected.keys()
        for key in expected:
            assert_close(found[key], expected[key])
    elif isinstance(expected, list):
        assert len(found) == len(expected)
        for one, other in zip(found, expected, strict=True):
            assert_close(one, other)
    elif isinstance(expected, float):
        assert found == pytest.approx(expected, abs=1e-5)
    else:
        assert found == expected
