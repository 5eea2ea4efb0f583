"""Texts of ids, in Python and in graphs."""

import json

import pytest
import tensorflow as tf
import unigram_json
from hypothesis import given
from hypothesis import settings
from hypothesis import strategies as st

from data_pipeline.text import tokenizers
from data_pipeline.text.graph import detokenizer as graph_detokenizer


@pytest.fixture(scope="module")
def pairs(make, model, word_piece_path, tmp_path_factory):
    """(Python tokenizer, graph detokenizer) for every kind of vocabulary."""
    path = tmp_path_factory.mktemp("unigram") / "tokenizer.json"
    path.write_text(json.dumps(unigram_json.content()))
    made = [
        make(model),
        make(model, lower_case=False),
        tokenizers.load(word_piece_path),
        tokenizers.load(path.parent),
    ]
    return [(each, graph_detokenizer.GraphDetokenizer(each)) for each in made]


@given(st.lists(st.lists(st.integers(0, 1000), max_size=12), max_size=3))
@settings(max_examples=60, deadline=None)
def test_texts_are_those_of_the_tokenizer(pairs, numbers):
    for tokenizer, graph in pairs:
        rows = [[i % tokenizer.vocab_size for i in row] for row in numbers]
        ragged = tf.ragged.constant(rows, tf.int32, ragged_rank=1)
        found = [text.decode() for text in graph(ragged).numpy()]
        assert found == [tokenizer.decode(row) for row in rows]


def test_chinese_has_no_spaces(tmp_path):
    pieces = "[PAD] [UNK] [CLS] [SEP] [MASK] 我 们 ， 。 20 ##10 年 go , !"
    (tmp_path / "vocab.txt").write_text("\n".join(pieces.split()))
    tokenizer = tokenizers.load(tmp_path / "vocab.txt")
    text = "我们，2010年 go, go!我"
    ids = tokenizer.encode(text)
    assert tokenizer.decode(ids) == "我们，2010年go , go !我"
    graph = graph_detokenizer.GraphDetokenizer(tokenizer)
    found = graph(tf.ragged.constant([ids, []], tf.int32, ragged_rank=1))
    assert [each.decode() for each in found.numpy()] == [
        tokenizer.decode(ids),
        "",
    ]
