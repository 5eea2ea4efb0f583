import time

import numpy as np
import pytest
from hypothesis import given
from hypothesis import settings
from hypothesis import strategies as st

from data_pipeline.tasks import example_types
from data_pipeline.tasks import row_problems
from data_pipeline.tasks.tags import conll
from data_pipeline.tasks.tags import tag_features
from data_pipeline.tasks.tags import tag_schemes
from data_pipeline.tasks.tags.chains import decoding
from data_pipeline.text import tokenizers

LABELS = ["O", "B-X", "I-X"]


@pytest.fixture(scope="module")
def tokenizer(vocabulary):
    return tokenizers.load(vocabulary)


def example(words, tags=None, number="0"):
    tags = tags and tuple(tags.split())
    return example_types.TaggedExample(number, tuple(words), tags)


def rows(features, name):
    splits = features.row_splits[1:-1]
    return [
        part.tolist() for part in np.split(features.sequences[name], splits)
    ]


def gold_logits(features, classes, length):
    """Logits that are highest at the label, and noise at other tokens."""
    logits = np.random.default_rng(0).normal(
        size=(len(features), length, classes)
    )
    for item, row in enumerate(rows(features, "label")):
        for place, label in enumerate(row):
            if label >= 0:
                logits[item, place, label] = 9
    return logits


def test_labels_and_numbers_lie_on_first_pieces(tokenizer):
    words = ["the", "zebra", "\u200b", "road"]
    sentence = example(words, "O B-X I-X O")
    features = tag_features.encode(
        [sentence], tokenizer, LABELS, max_seq_length=64
    )
    the, zebra, road = (tokenizer.encode(w) for w in ("the", "zebra", "road"))
    assert len(zebra) > 1 and tokenizer.encode("\u200b") == []
    (ids,) = rows(features, "token_ids")
    assert ids == [2, *the, *zebra, tokenizer.unk_id, *road, 3]

    def first(pieces, value):
        return [value] + [-1] * (len(pieces) - 1)

    for name, values in (("label", [0, 1, 2, 0]), ("word", [0, 1, 2, 3])):
        expected = [-1, *first(the, values[0]), *first(zebra, values[1])]
        expected += [values[2], *first(road, values[3]), -1]
        assert rows(features, name) == [expected]
    assert rows(features, "segment_ids") == [[0] * len(ids)]
    assert all(s.dtype == np.int32 for s in features.sequences.values())


def test_windows_end_before_words_and_long_words_go_on():
    # Pieces by word: 2, 2, 5, 1, 1 in windows of 3.
    words = [[1, 2], [3, 4], [5, 6, 7, 8, 9], [10], [11]]
    assert tag_features._windows(words, 3) == [
        [(0, [1, 2], True)],
        [(1, [3, 4], True)],
        [(2, [5, 6, 7], True)],
        [(2, [8, 9], False), (3, [10], True)],
        [(4, [11], True)],
    ]


@settings(max_examples=40, deadline=None)
@given(
    st.lists(
        st.lists(
            st.tuples(
                st.text("catdogzebra\u200b", min_size=1, max_size=12),
                st.sampled_from(LABELS),
            ),
            max_size=12,
        )
        | st.none(),
        max_size=4,
    ),
    st.integers(3, 12),
)
def test_nothing_is_lost_whatever_the_window(tokenizer, data, max_seq_length):
    examples = [
        None
        if words is None
        else example_types.TaggedExample(
            str(number),
            tuple(w for w, _ in words),
            tuple(tag_schemes.to_bio([t for _, t in words], "BIO")),
        )
        for number, words in enumerate(data)
    ]
    features = tag_features.encode(
        examples, tokenizer, LABELS, max_seq_length=max_seq_length
    )
    assert features.lengths.max(initial=0) <= max_seq_length
    inner = [ids[1:-1] for ids in rows(features, "token_ids") if ids]
    assert sum(inner, []) == [
        piece
        for sentence in examples
        if sentence
        for word in sentence.words
        for piece in tokenizer.encode(word) or [tokenizer.unk_id]
    ]
    logits = gold_logits(features, len(LABELS), max_seq_length + 2)
    assert decoding.decode(logits, features, examples, LABELS) == [
        sentence and list(sentence.tags) for sentence in examples
    ]


def test_long_sentences_take_linear_time(tokenizer):
    sentence = example(["cat", "zebra"] * 50_000, "O B-X " * 50_000)
    start = time.perf_counter()
    features = tag_features.encode(
        [sentence], tokenizer, LABELS, max_seq_length=32
    )
    logits = np.zeros((len(features), 32, 3), np.float32)
    logits[..., 1] = 1
    (tags,) = decoding.decode(logits, features, [sentence], LABELS)
    # 1 s here; minutes if it were quadratic.
    assert time.perf_counter() - start < 20
    assert tags == ["B-X"] * 100_000


def test_unlabelled(tokenizer):
    features = tag_features.encode(
        [None, example(["cat"])], tokenizer, LABELS, max_seq_length=8
    )
    assert set(features.sequences["label"]) == {-1}
    assert features.example.tolist() == [1]
    nothing = tag_features.encode([None], tokenizer, LABELS, max_seq_length=8)
    logits = np.zeros((0, 8, 3))
    assert decoding.decode(logits, nothing, [None], LABELS) == [None]


def test_labels_are_learnt_sorted_with_o_first():
    sentences = [
        None,
        example("ab", "O I-X"),
        example("a", "B-X"),
        example("a"),
    ]
    assert tag_features.learn_labels(sentences) == LABELS
    assert tag_features.learn_labels([example("a", "B-X")]) == LABELS[1:]
    assert tag_features.learn_labels([example("ab", "VB NN")]) == ["NN", "VB"]
    with pytest.raises(ValueError, match="without tags"):
        tag_features.learn_labels([example("a"), None])


def test_errors_say_where(tokenizer):
    with pytest.raises(ValueError, match="'B-Y' in sentence '7' .the cat"):
        tag_features.encode(
            [example(["the", "cat"], "O B-Y", "7")],
            tokenizer,
            LABELS,
            max_seq_length=8,
        )
    with pytest.raises(ValueError, match="at least 3"):
        tag_features.encode([], tokenizer, LABELS, max_seq_length=2)


@pytest.mark.shared
def test_chinese_characters_come_back(shared):
    tokenizer = tokenizers.load(shared / "data/vocab/vocab_zh.txt")
    path = str(shared / "data/zh/dev.char.bmes")
    sentences = conll.read(path, row_problems.Problems())
    labels = tag_features.learn_labels(sentences)
    features = tag_features.encode(
        sentences, tokenizer, labels, max_seq_length=40
    )
    assert len(features) > len(sentences)
    logits = gold_logits(features, len(labels), 40)
    assert decoding.decode(logits, features, sentences, labels) == [
        list(sentence.tags) for sentence in sentences
    ]
