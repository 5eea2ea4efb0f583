"""Near-duplicates are found, whatever their case, and nothing else is."""

import random

from data_pipeline.tasks.reports import shingles

WORDS = "a cat dog sat ran far near tree house blue red old new on in".split()


def _text(seed, words=30):
    chosen = random.Random(seed)
    return " ".join(chosen.choice(WORDS) for _ in range(words))


def test_equal_texts_but_for_case_and_punctuation():
    (match,) = shingles.matches(
        ["The cat sat, on the mat!", "A dog."], ["x", "the CAT  sat on the mat"]
    )
    assert match == (0, 1, 1.0)
    assert shingles.matches(["Yes!"], ["yes"]) == [(0, 0, 1.0)]
    assert shingles.matches(["我喜欢猫。"], ["我喜欢猫"]) == [(0, 0, 1.0)]
    assert shingles.matches(["!!!"], ["???"]) == []
    assert shingles.matches(["!!!"], ["!!!"]) == [(0, 0, 1.0)]


def test_texts_that_differ_in_a_word():
    texts = [_text(seed) for seed in range(50)]
    others = [text.rsplit(" ", 1)[0] + " zebra" for text in texts]
    found = shingles.matches(texts, others)
    assert [match.text for match in found] == list(range(50))
    assert all(match.text == match.other for match in found)
    assert all(shingles.NEAR <= match.similarity < 1 for match in found)


def test_other_texts_are_not_near(monkeypatch):
    monkeypatch.setattr(shingles, "_BLOCK", 7)
    texts = [_text(seed) for seed in range(50)]
    others = [_text(seed) for seed in range(100, 200)]
    assert shingles.matches(texts, others) == []
    # The best one counts, in whichever block it is.
    near = texts[3] + " tree"
    found = shingles.matches(texts, [near, *others, texts[3].upper()])
    assert found == [(3, 101, 1.0)]


def test_short_and_broken_texts():
    assert shingles.matches(["", "a", "\ud800bcdefg"], ["b", "\ud800bcdefg"])
    assert shingles.matches([], ["a"]) == shingles.matches(["a"], []) == []
