"""Unigram tokenizers of a tokenizer.json, in Python and in graphs."""

import base64
import json
import pickle

import pytest
import sentencepiece
import tensorflow as tf
from hypothesis import given
from hypothesis import settings
from hypothesis import strategies as st

from data_pipeline.text import tokenizers
from data_pipeline.text.graph import offsets as graph_offsets
from data_pipeline.text.graph import tokenizer as graph_tokenizer
from data_pipeline.text.pieces import charsmap
from data_pipeline.text.pieces import protos
from data_pipeline.text.pieces import tokenizer_json

SPECIAL = ["<pad>", "<unk>", "[CLS]", "[SEP]", "[MASK]"]
TOKENS = [".", "(", "[E1]", '"']
LETTERS = "abcdefghiklmnoprstuvwxyzσςé1,2[]E"
WORDS = ["▁the", "▁cafe", "▁a", "▁don", "the", "ing", "1,", "▁a▁b", "»never"]
QUOTES = [
    {"type": "Replace", "pattern": {"String": old}, "content": '"'}
    for old in ("``", "''")
]
STRIP = [{"type": "NFKD"}, {"type": "StripAccents"}]
LOWER = [{"type": "Lowercase"}]
COLLAPSE = [{"type": "Replace", "pattern": {"Regex": " {2,}"}, "content": " "}]
SPLIT = {"type": "WhitespaceSplit"}
CLS, SEP = ({"SpecialToken": {"id": i, "type_id": 0}} for i in SPECIAL[2:4])
A, B = ({"Sequence": {"id": i, "type_id": int(i == "B")}} for i in "AB")
SEP_1 = {"SpecialToken": {"id": "[SEP]", "type_id": 1}}


def metaspace(scheme="always", **changes):
    return {
        "type": "Metaspace",
        "replacement": "▁",
        "prepend_scheme": scheme,
        **changes,
    }


def sequence(name, parts):
    return {"type": "Sequence", name: parts}


def added(token, number, **changes):
    return {
        "id": number,
        "content": token,
        "normalized": False,
        "special": token in SPECIAL,
        "single_word": False,
        **changes,
    }


METASPACE = metaspace()
WORDS_AND_UNDERLINE = (SPLIT, METASPACE)


def content(
    steps=(*QUOTES, *STRIP, *LOWER), words=WORDS_AND_UNDERLINE, **changes
):
    pieces = [*SPECIAL, *TOKENS, "▁", *LETTERS, *WORDS]
    scores = [0.0] * 9 + [-3.0] + [-6.0] * len(LETTERS) + [-4.0] * len(WORDS)
    scores[-1] = -1e6
    vocab = [list(row) for row in zip(pieces, scores, strict=True)]
    # The third is in no text by its characters alone, as transformers adds it.
    size = len(vocab)
    return {
        "version": "1.0",
        "added_tokens": [
            *(added(piece, i) for i, piece in enumerate(SPECIAL + TOKENS)),
            added("<user>", size),
        ],
        "normalizer": sequence("normalizers", list(steps)),
        "pre_tokenizer": sequence("pretokenizers", list(words)),
        "post_processor": {
            "type": "TemplateProcessing",
            "single": [CLS, A, SEP],
            "pair": [CLS, A, SEP, B, SEP_1],
        },
        "model": {"type": "Unigram", "unk_id": 1, "vocab": vocab},
        **changes,
    }


@pytest.fixture
def load(tmp_path):
    def load(made, config=None):
        (tmp_path / "tokenizer.json").write_text(json.dumps(made))
        if config is not None:
            path = tmp_path / "tokenizer_config.json"
            path.write_text(json.dumps(config))
        return tokenizers.load(tmp_path)

    return load


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
def test_pieces(load, text, expected):
    tokenizer = load(content())
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


def test_written_tokens(load):
    tokenizer = load(content())
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


def test_saved_and_loaded(load, tmp_path):
    tokenizer = load(content(steps=STRIP))
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
def test_without_whitespace_split(load, words, text, expected):
    tokenizer = load(content(words=words))
    ids = tokenizer.encode(text)
    assert [tokenizer.pieces[i] for i in ids] == expected.split()
    if text == "(the":
        texts = [text, "", " ", "a the", "\u0301the", "``a", "''", "a  b ."]
        check_offsets(tokenizer, graph_offsets.GraphOffsets(tokenizer), texts)


def test_several_spaces(load):
    tokenizer = load(content([*QUOTES, *STRIP, *LOWER, *COLLAPSE], [METASPACE]))
    texts = ["  the   the  ", "a  (  a", "``  a\u3000 b"]
    assert tokenizer.encode_as_pieces(texts[0]) == ["▁the", "▁the", "▁"]
    assert tokenizer.encode_as_pieces(texts[1]) == ["▁a", "▁", "(", "▁a"]
    check_offsets(tokenizer, graph_offsets.GraphOffsets(tokenizer), texts)


def test_spaces_are_collapsed_and_stripped(load):
    strip = [{"type": "Strip", "strip_left": False, "strip_right": True}]
    steps = [*LOWER, *COLLAPSE, *strip]
    tokenizer = load(content(steps=steps, words=[metaspace()]))
    pieces = tokenizer.encode_as_pieces("  the   the ")
    assert pieces == ["▁the", "▁the"]
    older = metaspace(add_prefix_space=True)
    del older["prepend_scheme"]
    assert load(content(words=[SPLIT, older])).encode("the")


def nfkc_table() -> str:
    """A table of a few characters, and of two together, in SentencePiece's
    form: a double array, one unit a byte."""
    strings = {
        "½": "1/2",
        "e\u0301": "é",
        "é": "é",
        "\u3000": " ",
        "\t": " ",
        "\x07": "",
    }
    return base64.b64encode(_precompiled(strings)).decode()


def _precompiled(strings: dict[str, str]) -> bytes:
    values = b"".join(new.encode() + b"\0" for new in strings.values())
    starts, at = {}, 0
    for old, new in strings.items():
        starts[old.encode()] = at
        at += len(new.encode()) + 1
    nodes: dict[bytes, set[int]] = {b"": set()}
    for key in starts:
        for size in range(len(key)):
            nodes.setdefault(key[:size], set()).add(key[size])
            nodes.setdefault(key[: size + 1], set())
    # Every node has 256 places of its own, 0 for its value.
    place = {node: 256 * (i + 1) for i, node in enumerate(nodes)}
    units = [0xFF | 1 << 31] * (256 * (len(nodes) + 2))

    def unit(at, node, label):
        value = (at ^ place[node]) << 10 | label
        return value | (node in starts) << 8

    units[0] = unit(0, b"", 0)
    for node, labels in nodes.items():
        for label in labels:
            child = node + bytes([label])
            units[place[node] ^ label] = unit(place[node] ^ label, child, label)
        if node in starts:
            units[place[node]] = 1 << 31 | starts[node]
    raw = b"".join(value.to_bytes(4, "little") for value in units)
    return len(raw).to_bytes(4, "little") + raw + values


def test_the_table():
    table = charsmap.Charsmap(base64.b64decode(nfkc_table()))
    assert "".join(map(table.character, "½é\t\x07xe日")) == "1/2é xe日"
    # The shortest that the cluster begins with stands for all of it.
    assert table.cluster("e\u0301") == "é"
    assert table.cluster("e\u0301\u0302") == "é"
    assert table.cluster("½\u0301") == "1/2"
    assert table.cluster("e\u0302\u0301") == "e\u0302\u0301"
    assert table.cluster("e\u20dd\u0301") == "e\u20dd\u0301"  # 6 bytes
    for damaged in (b"", b"abc", b"\xff\xff\xff\xffabcd", b"\0\0\0\0"):
        with pytest.raises(ValueError, match="precompiled_charsmap must be"):
            charsmap.Charsmap(damaged)


def precompiled():
    return {"type": "Precompiled", "precompiled_charsmap": nfkc_table()}


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
    text = json.dumps(content(steps=[*QUOTES, precompiled()]))
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


NFC = {"type": "NFC"}
NEVER = metaspace("never")
GPT = {"type": "ByteLevel"}
WORD_PREFIX = sequence("pretokenizers", [SPLIT, metaspace("first")])
ODD = {"type": "Replace", "pattern": {"String": "x"}, "content": "y"}


@pytest.mark.parametrize(
    "changes, message",
    [
        ({"steps": [NFC]}, r"normalizers\[0\] = .*NFC"),
        ({"steps": [*QUOTES, ODD]}, r"normalizers\[2\] = .*Replace"),
        ({"steps": [*LOWER, *QUOTES]}, r"normalizers\[1\] = .*Replace"),
        ({"steps": QUOTES[:1]}, "one of `` and '' only"),
        ({"steps": [{"type": "NFKD"}, *LOWER]}, "NFKD"),
        ({"steps": [precompiled(), *LOWER]}, "Lowercase"),
        ({"steps": [{"type": "Precompiled"}]}, "Precompiled"),
        ({"words": [NEVER]}, r"pretokenizers\[0\] = .*never"),
        ({"words": [GPT]}, r"pretokenizers\[0\] = .*ByteLevel"),
        ({"words": [SPLIT]}, "pre_tokenizer = "),
        ({"pre_tokenizer": None}, "pre_tokenizer = null"),
        ({"pre_tokenizer": WORD_PREFIX}, r"\[1\] = .*first"),
        ({"post_processor": {"type": "ByteLevel"}}, "post_processor"),
        (
            {
                "post_processor": {
                    "type": "TemplateProcessing",
                    "single": [A, SEP],
                    "pair": [A, SEP, B, SEP_1],
                }
            },
            "post_processor",
        ),
        ({"model": {"type": "BPE"}}, 'model.type = "BPE"'),
        ({"model": {"type": "Unigram"}}, "model.vocab .* = null"),
        (
            {"model": {"type": "Unigram", "vocab": [["a", float("nan")]]}},
            "model.vocab .*NaN",
        ),
        (
            {"model": {"type": "Unigram", "vocab": [[1, 2.0]]}},
            "a piece and its score",
        ),
        (
            {"model": {"type": "Unigram", "vocab": [["a", 0], ["a", 1]]}},
            "each piece once",
        ),
        ({"normalizer": [1]}, "normalizer = "),
        ({"added_tokens": [added("<pad>", 0, single_word=True)]}, "added_tok"),
        ({"added_tokens": [added("the", 7)]}, "added_tokens = .*the"),
        ({"added_tokens": [added(".", 5, normalized=True)]}, "added_tokens"),
    ],
)
def test_parts_that_are_not_understood(load, changes, message):
    config = {"tokenizer_class": "TokenizersBackend"}
    with pytest.raises(ValueError, match=message):
        load(content(**changes), config)


@pytest.mark.parametrize("text", ["{", "[]", '{"model": 3}', "[" * 100_000])
def test_damaged_files(tmp_path, text):
    (tmp_path / "tokenizer.json").write_text(text)
    with pytest.raises(ValueError, match="A tokenizer.json must be"):
        tokenizers.load(tmp_path)


def test_a_setting_that_contradicts_the_file(load):
    with pytest.raises(ValueError, match="must agree on keep_accents"):
        load(content(), {"keep_accents": True})


WORD_PIECES = [*("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"), "a", "##b", ""]


def bert(**changes):
    vocab = {piece: i for i, piece in enumerate(WORD_PIECES)}
    return {
        "added_tokens": [
            added(piece, i) for i, piece in enumerate(WORD_PIECES[:5])
        ],
        "normalizer": {"type": "BertNormalizer", "lowercase": True},
        "pre_tokenizer": {"type": "BertPreTokenizer"},
        "post_processor": {
            "type": "BertProcessing",
            "cls": ["[CLS]", 2],
            "sep": ["[SEP]", 3],
        },
        "model": {"type": "WordPiece", "vocab": vocab, **changes},
    }


def test_wordpiece(load, tmp_path):
    tokenizer = load(bert())
    assert tokenizer.settings.kind == "wordpiece"
    assert tokenizer.settings.variant == "huggingface"
    assert tokenizer.encode("AB c") == [5, 6, 1]
    assert tokenizer.vocab_size == 8
    made = bert()
    made["normalizer"] |= {"lowercase": False, "handle_chinese_chars": False}
    made["normalizer"]["strip_accents"] = True
    kept = load(made, {"tokenizer_class": "TokenizersBackend"}).settings
    assert (kept.lower_case, kept.removes_accents) == (False, True)
    assert not kept.split_ideographs


@pytest.mark.parametrize(
    "changes, message",
    [
        ({"model": {"max_input_chars_per_word": 50}}, "max_input_chars"),
        ({"model": {"continuing_subword_prefix": "@@"}}, "continuing_subword"),
        ({"model": {"vocab": {"a": 3}}}, "model.vocab"),
        ({"model": {"vocab": ["a"]}}, "model.vocab"),
        ({"normalizer": {"type": "BertNormalizer", "clean_text": False}}, "cl"),
        ({"normalizer": sequence("normalizers", LOWER)}, "normalizer"),
        ({"pre_tokenizer": SPLIT}, "pre_tokenizer"),
        ({"added_tokens": [added("a", 5)]}, "Added tokens must be|added_tok"),
        ({"post_processor": {"type": "BertProcessing"}}, "post_processor"),
    ],
)
def test_wordpiece_that_is_not_understood(load, changes, message):
    made = bert(**changes.pop("model", {}))
    with pytest.raises(ValueError, match=message):
        load(made | changes)


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


def test_steps_are_read_in_a_sequence_in_a_sequence():
    inner = sequence("normalizers", [*STRIP])
    parsed = content(steps=[*QUOTES, inner, *LOWER])
    steps = tokenizer_json.steps(parsed)
    assert steps.characters == ("NFKD", "StripAccents", "Lowercase")
    assert steps.lower_case and not steps.keep_accents
