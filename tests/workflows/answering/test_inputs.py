"""What a predictor takes: one input, several, streams, and wrong ones."""

import itertools

import numpy as np
import pytest
import tensorflow as tf
from predicted import TEXTS
from predicted import assert_close

from albert_tf.workflows.answering import batches


def test_streams_are_answered_as_they_come(make):
    predictor = make("classification")
    taken = []

    def texts():
        for number in itertools.count():
            taken.append(number)
            yield TEXTS[number % len(TEXTS)]

    found = predictor(texts())
    assert not taken
    first = [*itertools.islice(found, 7)]
    assert len(taken) <= batches.CHUNK_ROWS
    assert_close(first, predictor([TEXTS[n % len(TEXTS)] for n in range(7)]))
    assert [*predictor(iter([]))] == []


@pytest.mark.parametrize("batch", [None, 2])
def test_datasets_are_answered(batch, make):
    for name, form in [
        ("classification", lambda x: x),
        ("classification", lambda x: {"texts": x}),
        ("span", lambda x: (x, x)),
    ]:
        dataset = tf.data.Dataset.from_tensor_slices(TEXTS).map(form)
        if batch:
            dataset = dataset.batch(batch)
        found = [*make(name)(dataset)]
        rows = [(x, x) if name == "span" else x for x in TEXTS]
        assert_close(found, make(name)(rows))


def test_arrays_and_series_are_answered(make):
    predictor = make("classification")
    expected = predictor(TEXTS)
    assert_close(predictor(np.array(TEXTS)), expected)
    assert_close(predictor(tf.constant(TEXTS)), expected)
    assert_close(predictor(np.array(TEXTS[0])), expected[0])
    pandas = pytest.importorskip("pandas")
    assert_close(predictor(pandas.Series(TEXTS, index=range(5, 10))), expected)


STRING = "Each input must be a string, or a dict with the key 'texts'."
PAIR = "Each input must be a tuple of questions \\(a string\\) and contexts"


@pytest.mark.parametrize(
    "name, given, message",
    [
        ("classification", 5, f"{STRING} Received: 5 \\(int\\)."),
        ("classification", None, f"{STRING} Received: None."),
        ("classification", [], "at least one input. Received: an empty list"),
        ("classification", np.array([], str), "Received: an empty ndarray"),
        ("classification", ["a", None], f"{STRING} .*None, input 1 \\(count"),
        ("classification", [float("nan")], "missing values"),
        ("classification", {"text": "a"}, "a dict with the keys 'text'."),
        ("classification", {}, "a dict with no keys"),
        ("classification", ("a", "b"), "reads one text; give several in a li"),
        ("classification", " \n", "more than white space. Received: ' "),
        ("classification", ["a", ""], "white space. .* input 1"),
        ("classification", "\ud800", "must be valid Unicode"),
        ("span", "a", f"{PAIR} .* Received: 'a' \\(str\\)."),
        ("span", ["a", "b"], f"{PAIR} .* Received: 'a' \\(str\\), input 0"),
        ("span", ("a", "b", "c"), f"{PAIR} .* with the keys 'questions', 'c"),
        ("span", ("a", 1), f"{PAIR} .*\\('a', 1\\)"),
        ("span", {"questions": "a", "contexts": 1}, "'contexts' must be a st"),
        ("multiple_choice", ("a", "b"), "'choices' must be a list of at"),
        ("multiple_choice", ("a", []), "'choices' must be a list of at"),
        ("tagging", {"tokens": ["a"]}, "or, for words, the key 'words'."),
        ("tagging", "a " * 60_000, "at most 100,000 bytes"),
        (
            "classification",
            tf.data.Dataset.from_tensor_slices((["a"], [1])),
            "tf.data.Dataset must be a string, or a dict .* dataset.map",
        ),
    ],
)
def test_wrong_inputs_are_told_the_right_ones(name, given, message, make):
    with pytest.raises(ValueError, match=message):
        make(name)(given)


def test_lists_are_checked_before_the_first_answer(make, monkeypatch):
    predictor = make("classification")
    monkeypatch.setattr(predictor, "_answers", None)
    with pytest.raises(ValueError, match="Received: None, input 1999"):
        predictor([*["a"] * 1999, None])


def test_a_frame_is_told_its_columns(make):
    pandas = pytest.importorskip("pandas")
    frame = pandas.DataFrame({"text": TEXTS})
    with pytest.raises(ValueError, match="the columns 'text'. Give one col"):
        make("classification")(frame)
