"""Files tokenizer.json: which parts are supported, and which are not."""

import base64

import pytest
import unigram_json

from data_pipeline.text import tokenizers
from data_pipeline.text.pieces import charsmap
from data_pipeline.text.pieces import tokenizer_json

added, content = unigram_json.added, unigram_json.content
metaspace, sequence = unigram_json.metaspace, unigram_json.sequence
QUOTES, STRIP = unigram_json.QUOTES, unigram_json.STRIP
LOWER, SPLIT = unigram_json.LOWER, unigram_json.SPLIT
A, B, SEP = unigram_json.A, unigram_json.B, unigram_json.SEP
SEP_1 = unigram_json.SEP_1
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
        ({"steps": [unigram_json.precompiled(), *LOWER]}, "Lowercase"),
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
def test_parts_that_are_not_understood(load_json, changes, message):
    config = {"tokenizer_class": "TokenizersBackend"}
    with pytest.raises(ValueError, match=message):
        load_json(content(**changes), config)


@pytest.mark.parametrize("text", ["{", "[]", '{"model": 3}', "[" * 100_000])
def test_damaged_files(tmp_path, text):
    (tmp_path / "tokenizer.json").write_text(text)
    with pytest.raises(ValueError, match="A tokenizer.json must h"):
        tokenizers.load(tmp_path)


def test_a_setting_that_contradicts_the_file(load_json):
    with pytest.raises(ValueError, match="must agree on keep_accents"):
        load_json(content(), {"keep_accents": True})


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


def test_wordpiece(load_json, tmp_path):
    tokenizer = load_json(bert())
    assert tokenizer.settings.kind == "wordpiece"
    assert tokenizer.settings.variant == "huggingface"
    assert tokenizer.encode("AB c") == [5, 6, 1]
    assert tokenizer.vocab_size == 8
    made = bert()
    made["normalizer"] |= {"lowercase": False, "handle_chinese_chars": False}
    made["normalizer"]["strip_accents"] = True
    kept = load_json(made, {"tokenizer_class": "TokenizersBackend"}).settings
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
def test_wordpiece_that_is_not_understood(load_json, changes, message):
    made = bert(**changes.pop("model", {}))
    with pytest.raises(ValueError, match=message):
        load_json(made | changes)


def test_steps_are_read_in_a_sequence_in_a_sequence():
    inner = sequence("normalizers", [*STRIP])
    parsed = content(steps=[*QUOTES, inner, *LOWER])
    steps = tokenizer_json.steps(parsed)
    assert steps.characters == ("NFKD", "StripAccents", "Lowercase")
    assert steps.lower_case and not steps.keep_accents


def test_the_table():
    table = charsmap.Charsmap(base64.b64decode(unigram_json.nfkc_table()))
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
