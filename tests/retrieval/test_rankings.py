"""BM25, fusion, and mined negatives."""

import math

import numpy as np
import pytest

from albert_tf.retrieval import fusion
from albert_tf.retrieval import lexical
from albert_tf.retrieval import mining

TEXTS = ["the red fox", "a red red hen", "blue sky", "fox and hen and fox"]


def test_scores_are_those_of_the_formula():
    scores, numbers = lexical.of_texts(TEXTS).search(["red fox"], 4)
    lengths = [2, 3, 2, 3]  # without stop words

    def part(texts_with, frequency, length):
        idf = math.log(1 + (4 - texts_with + 0.5) / (texts_with + 0.5))
        weight = 1.5 * (1 - 0.75 + 0.75 * length / np.mean(lengths))
        return idf * frequency / (frequency + weight)

    expected = {
        0: part(2, 1, 2) + part(2, 1, 2),
        1: part(2, 2, 3),
        3: part(2, 2, 3),
    }
    assert [*numbers[0]] == [0, 1, 3, -1]
    for score, number in zip(scores[0][:3], numbers[0][:3], strict=True):
        assert score == pytest.approx(expected[number], rel=1e-5)


def test_texts_without_a_word_of_the_query_are_not_found():
    found = lexical.of_texts(TEXTS)
    assert [*found.search(["green"], 2)[1][0]] == [-1, -1]
    assert [*found.search(["the"], 2)[1][0]] == [-1, -1]
    assert [*found.search(["sky"], 9)[1][0]][:2] == [2, -1]


def test_deleted_texts_are_not_found():
    found = lexical.of_texts(TEXTS)
    assert [*found.search(["fox"], 2, np.array([3]))[1][0]] == [0, -1]


def test_chinese_is_found_by_pairs_of_characters():
    assert lexical.tokens("我爱北京 and Beijing") == [
        "我爱",
        "爱北",
        "北京",
        "beijing",
    ]
    found = lexical.of_texts(["我住在上海", "他住在北京", "x"])
    assert found.search(["北京"], 1)[1][0, 0] == 1


def test_texts_without_words():
    found = lexical.of_texts(["?", "!"])
    assert [*found.search(["what"], 1)[1][0]] == [-1]


def test_saved_and_loaded(tmp_path):
    lexical.of_texts(TEXTS).save(str(tmp_path))
    found = lexical.load(str(tmp_path), 4)
    assert found.search(["hen"], 1)[1][0, 0] == 1
    with pytest.raises(ValueError, match="4 texts instead of 5"):
        lexical.load(str(tmp_path), 5)


@pytest.mark.parametrize(
    "name, content",
    [
        ("params.index.json", "{}"),
        ("params.index.json", "[" * 9999),
        ("params.index.json", '{"evil": 1}'),
        ("vocab.index.json", "5"),
        ("data.csc.index.npy", "x"),
    ],
)
def test_damaged_files_are_errors(name, content, tmp_path):
    lexical.of_texts(TEXTS).save(str(tmp_path))
    (tmp_path / "bm25" / name).write_text(content)
    with pytest.raises(ValueError, match="undamaged"):
        lexical.load(str(tmp_path), 4)


def test_reciprocal_ranks_are_summed():
    found = fusion.reciprocal_rank([["a", "b", "c"], ["c", "a"]])
    assert [item for item, _ in found] == ["a", "c", "b"]
    assert dict(found)["a"] == pytest.approx(1 / 61 + 1 / 62)
    assert dict(found)["b"] == pytest.approx(1 / 62)
    assert fusion.reciprocal_rank([[], []]) == []


def limits(**changed):
    return mining.Limits(2, 1, 10, 0.95)._replace(**changed)


def candidates(*pairs):
    return [mining.Candidate(text, cosine) for text, cosine in pairs]


def test_copies_of_a_positive_are_no_negatives():
    found = mining.negatives(
        candidates(
            ("I LOST my card!", None),
            ("lost card?", None),
            ("Pay a bill", None),
            ("pay  a bill.", None),
            ("Close an account", None),
            ("More", None),
        ),
        "Lost card",
        ["i lost my card."],
        None,
        limits(),
    )
    assert found == ["Pay a bill", "Close an account"]


def test_texts_as_near_as_the_positive_are_no_negatives():
    ranked = candidates(("a", 0.9), ("b", 0.77), ("c", 0.75), ("d", 0.1))
    found = mining.negatives(ranked, "q", ["p"], 0.8, limits())
    assert found == ["c", "d"]


def test_ranks_are_limited():
    ranked = candidates(*((text, None) for text in "abcdef"))
    found = mining.negatives(ranked, "q", ["b"], None, limits(first=2, last=4))
    assert found == ["c", "d"]
    found = mining.negatives(ranked, "q", ["b"], None, limits(most=9, last=4))
    assert found == ["a", "c", "d"]
