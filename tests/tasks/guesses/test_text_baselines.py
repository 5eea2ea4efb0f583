"""Linear models of TF-IDF vectors."""

import pytest

from data_pipeline.tasks import example_types
from data_pipeline.tasks.guesses import text_baselines


def _rows(*pairs):
    return [
        example_types.TextExample(
            str(number), texts if isinstance(texts, tuple) else (texts,), label
        )
        for number, (texts, label) in enumerate(pairs)
    ]


TRAIN = _rows(
    *[("a good film", "yes"), ("a bad film", "no"), ("what a dull film", "no")]
    * 10
)


def test_classes_by_words():
    asked = _rows(("good", "?"), ("very dull", "?"))
    assert text_baselines.classes(TRAIN, asked) == ["yes", "no"]


def test_characters_of_chinese_are_words():
    train = _rows(*[("这部电影很好看", "1"), ("这部电影太差了", "0")] * 10)
    asked = _rows(("好看", "?"), ("差", "?"))
    assert text_baselines.classes(train, asked) == ["1", "0"]


def test_sets_of_labels():
    train = _rows(
        *[
            ("cats and dogs", ("cat", "dog", "all")),
            ("cats", ("cat", "all")),
            ("birds", ("all",)),
        ]
        * 10
    )
    asked = _rows(("dogs", ()), ("birds", ()))
    found = text_baselines.label_sets(train, asked)
    assert "dog" in found[0] and found[1] == ("all",)


def test_numbers_of_pairs_by_what_they_share():
    train = _rows(
        *[
            ((f"word{a} thing{b}", f"word{c} thing{b}"), 5.0 * (a == c))
            for a in range(5)
            for b in range(5)
            for c in range(5)
        ]
    )
    asked = _rows((("word1 thing2", "word1 thing2"), 0.0)) + _rows(
        (("word1 thing2", "word3 thing2"), 0.0)
    )
    same, other = text_baselines.numbers(train, asked)
    assert same > other + 1


@pytest.mark.parametrize(
    ("learn", "label"),
    [
        (text_baselines.classes, "a"),
        (text_baselines.label_sets, ("a",)),
        (text_baselines.label_sets, ()),
        (text_baselines.numbers, 1.5),
    ],
)
def test_nothing_is_learned_from_equal_labels(learn, label):
    train = _rows(*[("some text", label)] * 3)
    assert learn(train, train) is None


def test_texts_without_words():
    train = _rows(*[("...", "a"), (",,,", "b")] * 5)
    found = text_baselines.classes(train, _rows(("...", "?"), ("@", "?")))
    assert found[0] == "a"


def test_samples_are_bounded(monkeypatch):
    assert text_baselines.sample(TRAIN) == text_baselines.sample(TRAIN)
    assert len(text_baselines.sample(TRAIN)) == 30
    monkeypatch.setattr(text_baselines, "MAX_ROWS", 7)
    assert len(text_baselines.sample(TRAIN)) == 7
    monkeypatch.setattr(text_baselines, "MAX_CHARACTERS", 30)
    assert len(text_baselines.sample(TRAIN)) < 4
    monkeypatch.setattr(text_baselines, "MAX_CHARACTERS", 1)
    assert len(text_baselines.sample(TRAIN)) == 1
