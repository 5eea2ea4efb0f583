"""Offsets in a graph are those of Python, for every kind of tokenizer."""

import json
import unicodedata

import pytest
import tensorflow as tf
from hypothesis import given
from hypothesis import settings
from hypothesis import strategies as st

from data_pipeline.text import tokenizers
from data_pipeline.text.graph import offsets as graph_offsets

TEXTS = (
    "",
    " \t ",
    "The  MILLER's books, 1984, 5, x84, x5, ``so'' '''",
    "In 1984,x and $1,200,",
    "naïve ½ ﷺ が안 e\u0301",
    "ΟΔΟΣ ΣΑΣ'Α ΑΣ.Σ Σ",
    "a\x00b\u200b\u2028c\x1c\ufeffd",
    "\ufeffx ´ y",
    "你好,世界 unaffable CAFÉ " + "x" * 201,
)


def graph_of(tokenizer):
    return tf.function(
        graph_offsets.GraphOffsets(tokenizer),
        input_signature=[tf.TensorSpec([None], tf.string)],
    )


@pytest.fixture(scope="module")
def pairs(make, model, train_model, word_piece_path):
    made = [
        make(model),
        make(model, variant="google_py3"),
        make(model, variant="huggingface"),
        make(model, lower_case=False),
        make(model, normalization="nfkc"),
        make(train_model(byte_fallback=True, vocab_size=420)),
        tokenizers.load(word_piece_path),
        tokenizers.load(word_piece_path, lower_case=False),
        make(model, variant="keras_hub", normalization="none"),
    ]
    return [(tokenizer, graph_of(tokenizer)) for tokenizer in made]


def check(tokenizer, graph, texts):
    ids, spans = graph(texts)
    found = zip(
        ids.to_list(), ids.with_flat_values(spans).to_list(), strict=True
    )
    for text, (row, offsets) in zip(texts, found, strict=True):
        expected_ids, expected = tokenizer.encode_with_offsets(text)
        assert row == expected_ids
        found_spans = list(map(tuple, offsets))
        if becomes_longer(tokenizer, text):
            # GraphOffsets' own words: an end may be before that character.
            assert [start for start, _ in found_spans] == [
                start for start, _ in expected
            ]
            ends = zip(found_spans, expected, strict=True)
            assert all(end <= right for (_, end), (_, right) in ends)
        else:
            assert found_spans == expected


def becomes_longer(tokenizer, text):
    """Whether SentencePiece itself turns a character into several ones."""
    if tokenizer.settings.normalization != "none":
        return False
    return any(
        len(unicodedata.normalize("NFKC", character)) > 1 for character in text
    )


@pytest.mark.slow
def test_every_setting_on_examples(pairs):
    for tokenizer, graph in pairs:
        check(tokenizer, graph, TEXTS)


@pytest.mark.slow
def test_a_piece_that_ends_within_a_character(pairs):
    # An unknown piece holds "+" and the first letters of the ligature.
    tokenizer, graph = pairs[-1]
    assert becomes_longer(tokenizer, "+ﷺ")
    assert tokenizer.encode_with_offsets("+ﷺ")[1][1] == (0, 2)
    assert graph(["+ﷺ"]).spans.numpy()[1].tolist() == [0, 1]
    check(tokenizer, graph, ["+ﷺ", "½ cup, ﬁne"])


def test_bytes_of_a_composed_character(pairs):
    # SentencePiece drops the control character; it belongs to the syllable.
    tokenizer, graph = pairs[5]
    texts = ["\uac00\x08", "\u1100\u1161\x08x", "\x08\uac00\x08\uac00"]
    assert tokenizer.encode_with_offsets(texts[0])[1][1:] == [(0, 2)] * 3
    check(tokenizer, graph, texts)


@given(st.data())
@settings(deadline=None, max_examples=40)
def test_equals_python(pairs, any_text, data):
    texts = data.draw(st.lists(any_text, min_size=1, max_size=6))
    for tokenizer, graph in pairs:
        check(tokenizer, graph, texts)


def test_broken_bytes_are_characters(pairs):
    _, graph = pairs[0]
    _, spans = graph([b"the \xff\xfe the"])
    assert spans.numpy()[-1].tolist() == [7, 10]


@pytest.mark.shared
def test_released_vocabulary_on_googles_texts(shared):
    tokenizer = tokenizers.load(shared / "data/vocab/30k-clean.model")
    with open(shared / "fixtures/tokenization_google.jsonl") as file:
        texts = [json.loads(line)["text"] for line in file]
    check(tokenizer, graph_of(tokenizer), texts)
