"""Special pieces by role, under the names that vocabularies have."""

import io
import json

import pytest
import sentencepiece
import tensorflow as tf

from data_pipeline.text import tokenizers
from data_pipeline.text.graph import offsets as graph_offsets
from data_pipeline.text.graph import tokenizer as graph_tokenizer
from data_pipeline.text.pieces import special_pieces
from data_pipeline.text.pieces import tokenizer_settings
from data_pipeline.text.pieces import word_starts

SYMBOLS = "[CLS],[SEP],[MASK]"
# What the trainers of models are told, and the pieces by role that follow.
IN_THE_WILD = {
    "KerasHub": (
        {
            "bos_piece": "[CLS]",
            "eos_piece": "[SEP]",
            "user_defined_symbols": "[MASK]",
        },
        "<pad> <unk> [CLS] [SEP] [MASK]",
    ),
    "Korean": (
        {
            "pad_piece": "[PAD]",
            "unk_piece": "[UNK]",
            "bos_piece": "[BOS]",
            "eos_piece": "[EOS]",
            "user_defined_symbols": SYMBOLS,
        },
        "[PAD] [UNK] [CLS] [SEP] [MASK]",
    ),
    "AlbertTokenizer": (
        {
            "pad_id": 3,
            "unk_id": 2,
            "bos_id": 0,
            "eos_id": 1,
            "pad_piece": "[PAD]",
            "unk_piece": "[UNK]",
            "bos_piece": "[CLS]",
            "eos_piece": "[SEP]",
            "user_defined_symbols": "[MASK]",
            "add_dummy_prefix": False,
        },
        "[PAD] [UNK] [CLS] [SEP] [MASK]",
    ),
    "user_defined": (
        {"user_defined_symbols": SYMBOLS},
        "<pad> <unk> [CLS] [SEP] [MASK]",
    ),
    "sentence": (
        {"user_defined_symbols": "<mask>"},
        "<pad> <unk> <s> </s> <mask>",
    ),
    "XLNet": (
        {"control_symbols": "<cls>,<sep>,<mask>"},
        "<pad> <unk> <cls> <sep> <mask>",
    ),
    "padding_by_symbol": (
        {
            "pad_id": -1,
            "unk_id": 0,
            "bos_id": -1,
            "eos_id": -1,
            "control_symbols": "[PAD],[CLS],[SEP]",
            "user_defined_symbols": "[MASK],(,)",
        },
        "[PAD] <unk> [CLS] [SEP] [MASK]",
    ),
    "bpe": (
        {"model_type": "bpe", "user_defined_symbols": SYMBOLS},
        "<pad> <unk> [CLS] [SEP] [MASK]",
    ),
}


def train(**changes) -> bytes:
    model = io.BytesIO()
    options = {"pad_id": 0, "unk_id": 1, "bos_id": 2, "eos_id": 3}
    text = "the quick brown fox {} jumps over a [lazy] dog, mask cls sep"
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=(text.format(i) for i in range(200)),
        model_writer=model,
        vocab_size=64,
        hard_vocab_limit=False,
        minloglevel=2,
        **options | changes,
    )
    return model.getvalue()


@pytest.fixture(scope="module", params=IN_THE_WILD)
def wild(request):
    options, names = IN_THE_WILD[request.param]
    settings = tokenizer_settings.TokenizerSettings(
        kind="sentencepiece", lower_case=False
    )
    model = train(**options)
    return tokenizers.Tokenizer(model, settings), names.split()


def test_roles(wild):
    tokenizer, names = wild
    ids = [
        *(tokenizer.pad_id, tokenizer.unk_id),
        *(tokenizer.cls_id, tokenizer.sep_id, tokenizer.mask_id),
    ]
    assert [tokenizer.pieces[i] for i in ids] == names
    assert tokenizer.starts_word[tokenizer.unk_id]
    assert tokenizer.decode([ids[2], *tokenizer.encode("the dog"), *ids]) == (
        "the dog ⁇ "
    )


def test_no_text_gives_a_special_piece(wild):
    tokenizer, names = wild
    texts = ["the [MASK] fox", "".join(names), "[[MASK]]", " ".join(names)]
    special = {tokenizer.pieces.index(name) for name in names}
    special -= {tokenizer.unk_id}
    rows = [tokenizer.encode(text) for text in texts]
    assert not special.intersection(*rows, sum(rows, []))
    # "mask" is there as any other text is: nothing of it is lost.
    assert "".join(tokenizer.encode_as_pieces("[MASK]")).lstrip("▁") == "[MASK]"
    for text, row in zip(texts, rows, strict=True):
        found, offsets = tokenizer.encode_with_offsets(text)
        assert found == row
        parts = [text[start:end] for start, end in offsets]
        assert "".join(parts) == text.replace(" ", "")
    if "[BOS]" not in tokenizer.pieces:
        return  # the graphs of one are enough
    graph = graph_tokenizer.GraphTokenizer(tokenizer)
    assert graph(tf.constant(texts)).to_list() == rows
    ids, _ = graph_offsets.GraphOffsets(tokenizer)(tf.constant(texts))
    assert ids.to_list() == rows
    masked = graph.with_masks(tf.constant(["the [MASK] fox"])).to_list()[0]
    assert masked.count(tokenizer.mask_id) == 1


@pytest.mark.parametrize(
    "options, message",
    [
        ({"user_defined_symbols": "[MASK],<mask>"}, r"\[MASK\] and <mask>"),
        ({"user_defined_symbols": "[PAD],[MASK]"}, r"<pad>|\[PAD\]"),
        ({}, r"without \[MASK\] or <mask>"),
        (
            {"bos_id": -1, "eos_id": -1, "user_defined_symbols": "[MASK]"},
            r"without \[CLS\] or <cls>, \[SEP\]",
        ),
        ({"pad_id": -1, "user_defined_symbols": SYMBOLS}, "without <pad>"),
    ],
)
def test_what_is_not_clear_is_refused(options, message):
    settings = tokenizer_settings.TokenizerSettings(kind="sentencepiece")
    with pytest.raises(ValueError, match=message):
        tokenizers.Tokenizer(train(**options), settings)


def test_names_beside_the_vocabulary(tmp_path):
    model = train(user_defined_symbols="[MASK],<mask>,START,END")
    (tmp_path / "spiece.model").write_bytes(model)
    names = {
        "cls_token": "START",
        "sep_token": {"content": "END", "lstrip": False},
        "mask_token": "<mask>",
    }
    path = tmp_path / "special_tokens_map.json"
    path.write_text(json.dumps(names))
    tokenizer = tokenizers.load(tmp_path)
    ids = (tokenizer.cls_id, tokenizer.sep_id, tokenizer.mask_id)
    assert [tokenizer.pieces[i] for i in ids] == ["START", "END", "<mask>"]
    assert not {*ids} & {*tokenizer.encode("START END <mask>")}
    assert tokenizer.pieces.index("[MASK]") in tokenizer.encode("[MASK]") or (
        tokenizer.lower_case
    )
    # Kept where the tokenizer is saved.
    tokenizer.save(tmp_path / "saved")
    again = tokenizers.load(tmp_path / "saved")
    assert again.fingerprint == tokenizer.fingerprint
    assert (again.cls_id, again.sep_id, again.mask_id) == ids
    path.write_text(json.dumps(names | {"pad_token": "<nothing>"}))
    with pytest.raises(ValueError, match="pad piece must be in.*<nothing>"):
        tokenizers.load(tmp_path)
    path.write_text(json.dumps(names | {"sep_token": "START"}))
    with pytest.raises(ValueError, match="START as the cls and the sep"):
        tokenizers.load(tmp_path)
    path.write_text(json.dumps(names | {"unk_token": "END"}))
    with pytest.raises(ValueError, match="unknown piece must be.*<unk>"):
        tokenizers.load(tmp_path)


def test_names_that_the_vocabulary_says_itself_change_nothing(tmp_path):
    model = train(user_defined_symbols=SYMBOLS)
    (tmp_path / "spiece.model").write_bytes(model)
    config = tmp_path / "tokenizer_config.json"
    config.write_text("{}")
    plain = tokenizers.load(tmp_path)
    config.write_text('{"cls_token": "[CLS]", "pad_token": "<pad>"}')
    named = tokenizers.load(tmp_path)
    assert named.settings.special_pieces is None
    assert named.fingerprint == plain.fingerprint


def test_wordpiece_names(tmp_path):
    pieces = "<pad> <unk> <cls> <sep> <mask> a ##b MASK mask"
    path = tmp_path / "vocab.txt"
    path.write_text("\n".join(pieces.split()))
    tokenizer = tokenizers.load(path)
    assert tokenizer.model.special_ids == [0, 1, 2, 3, 4]
    assert tokenizer.encode("ab x mask <mask>") == [5, 6, 1, 8, 1, 8, 1]
    assert tokenizer.decode([2, 5, 6, 1, 3, 0]) == "ab <unk>"
    # A special piece that could be a word of a text.
    (tmp_path / "special_tokens_map.json").write_text('{"mask_token": "mask"}')
    tokenizer = tokenizers.load(path)
    assert tokenizer.mask_id == 8
    assert tokenizer.encode("ab mask") == [5, 6, 1]
    graph = graph_tokenizer.GraphTokenizer(tokenizer)
    assert graph(tf.constant(["ab mask"])).to_list() == [[5, 6, 1]]


def test_find_prefers_names():
    pieces = ["<s>", "<pad>", "</s>", "<unk>", "[CLS]", "[SEP]", "[MASK]"]
    own = {"pad": 1, "unk": 3, "bos": 0, "eos": 2}
    assert special_pieces.find(pieces, None, own) == [1, 3, 4, 5, 6]
    names = (None, None, "<s>", "</s>", None)
    assert special_pieces.find(pieces, names, own) == [1, 3, 0, 2, 6]


def test_word_starts_of_special_pieces():
    pieces = ["<pad>", "[CLS]", "▁a"]
    starts = word_starts.word_starts(pieces, "sentencepiece")
    assert starts.tolist() == [True, False, True]
