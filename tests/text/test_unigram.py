"""Unigram tokenizers of a tokenizer.json, in Python and in graphs."""

import json
import pickle

import pytest
import sentencepiece
import tensorflow as tf
import unigram_json
from hypothesis import given
from hypothesis import settings
from hypothesis import strategies as st

from data_pipeline.text import tokenizers
from data_pipeline.text.graph import offsets as graph_offsets
from data_pipeline.text.graph import tokenizer as graph_tokenizer
from data_pipeline.text.pieces import protos

content, metaspace = unigram_json.content, unigram_json.metaspace
QUOTES, STRIP = unigram_json.QUOTES, unigram_json.STRIP
LOWER, COLLAPSE = unigram_json.LOWER, unigram_json.COLLAPSE
SPLIT, METASPACE = unigram_json.SPLIT, unigram_json.METASPACE


@pytest.mark.parametrize(
    "text, expected",
    [
        ("The  Café", "▁the ▁cafe"),
        ("(the. (", "( ▁the . ("),
        ("the(the)", "▁the ( ▁the <unk>"),
        # Written as it is, a token is cut out; made of quotes, it is a piece.
        ('"a"', '" ▁a "'),
        ("``a''", '▁ " a "'),
        ("a b", "▁a ▁ b"),
        ("11, 1,2", "▁ 1 1, ▁ 1, 2"),
        ("[E1]the", "[E1] ▁the"),
        ("[e1]", "▁ [ e 1 ]"),
        ("［E1］", "▁ [ e 1 ]"),
        ("a<user>the", "▁a <user> ▁the"),
        ("日本 x", "▁ <unk> ▁ x"),
        ("日(本", "▁ <unk> ( ▁ <unk>"),
        ("ΣΑΣ", "▁ σ <unk> σ"),
        ("[MASK] <pad>", "▁ [ m a s k ] ▁ <unk> p a d <unk>"),
        ("a\u3000the\x85the\x1fthe", "▁a ▁the ▁the <unk> the"),
        ("»never", "▁ <unk> n e v e r"),
        ("\U00100000 \U0010fffd", "▁ <unk> ▁ <unk>"),
        ("", ""),
        (" \t\n", ""),
    ],
)
def test_pieces(load_json, text, expected):
    tokenizer = load_json(content())
    assert tokenizer.settings.kind == "unigram"
    ids = tokenizer.encode(text)
    assert [tokenizer.pieces[i] for i in ids] == expected.split()
    assert tokenizer.encode_batch([text, text]) == [ids, ids]
    found, offsets = tokenizer.encode_with_offsets(text)
    assert found == ids
    covered = "".join(text[start:end] for start, end in offsets)
    assert (
        not set(text.split("Σ")[0])
        - set(covered)
        - set(" `'\t\n\x1f\x85\u3000")
    )


def test_written_tokens(load_json):
    tokenizer = load_json(content())
    assert tokenizer.encode_as_pieces("the.[E1]") == ["▁the", ".", "[E1]"]
    ids = tokenizer.encode("Don the<user> (a")
    assert tokenizer.decode([2, *ids, 3]) == "don the<user>( a"
    assert tokenizer.encode_with_offsets("the [E1]. É")[1] == [
        *((0, 3), (4, 8), (8, 9), (10, 10), (10, 11))
    ]
    assert tokenizer.pieces[-1] == "<user>"
    assert tokenizer.vocab_size == len(tokenizer.pieces)
    copy = pickle.loads(pickle.dumps(tokenizer))
    assert copy.encode("Don (É") == tokenizer.encode("Don (É")


def test_saved_and_loaded(load_json, tmp_path):
    tokenizer = load_json(content(steps=STRIP))
    assert not tokenizer.lower_case
    tokenizer.save(tmp_path / "saved")
    again = tokenizers.load(tmp_path / "saved")
    assert again.fingerprint == tokenizer.fingerprint
    assert again.encode("the.") == tokenizer.encode("the.")
    with pytest.raises(ValueError, match="lower_case=True.*says False"):
        tokenizers.load(tmp_path / "tokenizer.json", lower_case=True)


@pytest.mark.parametrize(
    "words, text, expected",
    [
        ((metaspace(),), " the  the ", "▁the ▁ ▁the ▁"),
        ((metaspace("first"),), "the.the. the", "▁the . the . ▁the"),
        ((metaspace("first"),), "(the", "( the"),
        ((metaspace(),), "the.the. the", "▁the . ▁the . ▁the"),
        ((metaspace("first"),), "\u0301the", "the"),
        ((metaspace("first"),), "``the", '" the'),
    ],
)
def test_without_whitespace_split(load_json, words, text, expected):
    tokenizer = load_json(content(words=words))
    ids = tokenizer.encode(text)
    assert [tokenizer.pieces[i] for i in ids] == expected.split()
    if text == "(the":
        texts = [text, "", " ", "a the", "\u0301the", "``a", "''", "a  b ."]
        check_offsets(tokenizer, graph_offsets.GraphOffsets(tokenizer), texts)


def test_several_spaces(load_json):
    tokenizer = load_json(
        content([*QUOTES, *STRIP, *LOWER, *COLLAPSE], [METASPACE])
    )
    texts = ["  the   the  ", "a  (  a", "``  a\u3000 b"]
    assert tokenizer.encode_as_pieces(texts[0]) == ["▁the", "▁the", "▁"]
    assert tokenizer.encode_as_pieces(texts[1]) == ["▁a", "▁", "(", "▁a"]
    check_offsets(tokenizer, graph_offsets.GraphOffsets(tokenizer), texts)


def test_spaces_are_collapsed_and_stripped(load_json):
    strip = [{"type": "Strip", "strip_left": False, "strip_right": True}]
    steps = [*LOWER, *COLLAPSE, *strip]
    tokenizer = load_json(content(steps=steps, words=[metaspace()]))
    pieces = tokenizer.encode_as_pieces("  the   the ")
    assert pieces == ["▁the", "▁the"]
    older = metaspace(add_prefix_space=True)
    del older["prepend_scheme"]
    assert load_json(content(words=[SPLIT, older])).encode("the")


def check_graph(tokenizer, texts):
    graph = graph_tokenizer.GraphTokenizer(tokenizer)
    assert graph(tf.constant(texts)).to_list() == tokenizer.encode_batch(texts)
    offsets = graph_offsets.GraphOffsets(tokenizer)
    check_offsets(tokenizer, offsets, texts)
    return graph, offsets


def check_offsets(tokenizer, offsets, texts):
    ids, spans = offsets(tf.constant(texts))
    rows = zip(
        ids.to_list(), ids.with_flat_values(spans).to_list(), strict=True
    )
    for text, (row, found) in zip(texts, rows, strict=True):
        expected_ids, expected = tokenizer.encode_with_offsets(text)
        assert row == expected_ids
        assert [*map(tuple, found)] == expected, text


@pytest.fixture(scope="module")
def accents(tmp_path_factory):
    """A tokenizer that keeps accents, and its graphs."""
    folder = tmp_path_factory.mktemp("unigram")
    text = json.dumps(content(steps=[*QUOTES, unigram_json.precompiled()]))
    (folder / "tokenizer.json").write_text(text)
    tokenizer = tokenizers.load(folder)
    texts = ["the ``café.''", "e\u0301the ½\u0301 [E1] é\u0302", ""]
    return tokenizer, *check_graph(tokenizer, texts)


def test_accents_that_stay(accents):
    tokenizer = accents[0]
    ids = tokenizer.encode("e\u0301e\u0301\u0302 ½")
    assert [tokenizer.pieces[i] for i in ids] == [
        *("▁", "é", "é", "▁", "1", "<unk>", "2")
    ]
    assert tokenizer.encode_with_offsets("xe\u0301\u0302e")[1] == [
        *((0, 0), (0, 1), (1, 4), (4, 5))
    ]


@given(st.data())
@settings(deadline=None, max_examples=30)
def test_graphs_equal_python(accents, any_text, data):
    tokenizer, graph, offsets = accents
    texts = data.draw(st.lists(any_text, min_size=1, max_size=6))
    texts += [text + "[E1]. e\u0301``<user" for text in texts[:2]]
    rows = [tokenizer.encode(text) for text in texts]
    assert graph(tf.constant(texts)).to_list() == rows
    check_offsets(tokenizer, offsets, texts)


def test_models_by_hand():
    model = protos.unigram(
        [
            ("<unk>", 0.0, protos.UNKNOWN),
            ("a" * 200, -1.5, protos.NORMAL),
            ("b", -2.0, protos.NORMAL),
        ],
        unk_id=0,
        byte_fallback=False,
    )
    made = sentencepiece.SentencePieceProcessor(model_proto=model)
    assert made.id_to_piece(1) == "a" * 200 and made.get_score(1) == -1.5
    assert made.encode("a" * 200) == [1] and made.is_unknown(0)
    assert (made.pad_id(), made.bos_id(), made.eos_id()) == (-1, -1, -1)
    assert protos.charsmap(model) == b""
    changed = protos.with_controls(model, [1])
    made = sentencepiece.SentencePieceProcessor(model_proto=changed)
    assert made.is_control(1) and made.encode("a" * 200) == [0]
