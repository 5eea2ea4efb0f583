"""Tokenizers of Hugging Face folders give the ids that transformers gives.

Two things are not equal by design: a special piece that is written in a text
gives its id in transformers, never here; so no text here has one.
"""

import json
import shutil
import unicodedata

import pytest
import tensorflow as tf

from data_pipeline.text import huggingface_files
from data_pipeline.text import tokenizers
from data_pipeline.text.graph import offsets as graph_offsets
from data_pipeline.text.graph import tokenizer as graph_tokenizer
from data_pipeline.text.pieces import tokenizer_settings

transformers = pytest.importorskip("transformers")
pytestmark = [pytest.mark.interop, pytest.mark.shared]

TEXTS = [
    "今天天气很好，我们去公园吧。",
    "ガギグ パン が 食べたい ｶﾞｷﾞ ﾊﾟﾝ",
    "한국어 문장입니다. 가나다라!",
    "Tiếng Việt có dấu: phở, bún chả, Hà Nội",
    "Café naïve über Straße; हिन्दी में पाठ",
    "emoji 👩‍👩‍👧 🥰 😀 ☝🏽 ok ❤️ 𝒳𝓎 ℌ ﷺ",
    "``So what,'' he said: 1,234.5 (x) - y – £5 €6",
    "U.S. army . ends. [E1] Paris [/E1] is(here)",
    "ΑΣ ΣΑΣ ὈΔΥΣΣΕΎΣ İstanbul ISTANBUL ıi",
    "a\x1cb c\x85d\u3000e\u200bf\u2028g \t\n Ａ ﬁn ½ ① ² ǆ",
    "x▁y ▁z ▁ \U00100000 \ue000 \U000f0000q",
    "   lead a  b   c  ",
    "",
    " ",
    "word" * 60,
]
TEXTS += [unicodedata.normalize("NFD", text) for text in TEXTS[:6]]
SPECIAL = ("[MASK]", "[CLS]", "[SEP]", "<unk>", "<pad>", "[UNK]", "[PAD]")


@pytest.fixture(scope="module")
def texts(shared):
    path = shared / "fixtures" / "tokenization_google.jsonl"
    with path.open(encoding="utf-8") as lines:
        found = [json.loads(line)["text"] for line in lines]
    found = [*found, *TEXTS]
    return [text for text in found if not any(map(text.count, SPECIAL))]


@pytest.fixture(scope="module")
def sources(shared, tmp_path_factory):
    """Folders that transformers makes tokenizers of, by class."""
    folder = tmp_path_factory.mktemp("sources")
    for name, file, there in (
        ("albert", "30k-clean.model", "spiece.model"),
        ("bert", "vocab_zh.txt", "vocab.txt"),
    ):
        (folder / name).mkdir()
        shutil.copy(shared / "data/vocab" / file, folder / name / there)
    return folder


def check(tokenizer, theirs, texts):
    rows = [theirs(text, add_special_tokens=False).input_ids for text in texts]
    for text, row in zip(texts, rows, strict=True):
        assert tokenizer.encode(text) == row, text
    return rows


def check_graph(tokenizer, texts, rows):
    graph = graph_tokenizer.GraphTokenizer(tokenizer)
    assert graph(tf.constant(texts)).to_list() == rows
    offsets = graph_offsets.GraphOffsets(tokenizer)
    ids, spans = offsets(tf.constant(texts))
    assert ids.to_list() == rows
    spans = ids.with_flat_values(spans).to_list()
    for text, row in zip(texts, spans, strict=True):
        assert [*map(tuple, row)] == tokenizer.encode_with_offsets(text)[1]


ALBERT = [
    {},
    {"do_lower_case": False},
    {"keep_accents": True},
    {"do_lower_case": False, "keep_accents": True},
]
BERT = [
    {},
    {"do_lower_case": False},
    {"strip_accents": False},
    {"do_lower_case": False, "strip_accents": True},
    {"tokenize_chinese_chars": False},
]


@pytest.mark.parametrize(
    "name, options",
    [
        *(("albert", options) for options in ALBERT),
        *(("bert", options) for options in BERT),
    ],
)
def test_saved_by_transformers(sources, texts, tmp_path, name, options):
    made = {
        "albert": transformers.AlbertTokenizer,
        "bert": transformers.BertTokenizer,
    }[name]
    made = made.from_pretrained(sources / name, **options)
    if name == "albert":
        made.add_tokens(["[E1]", "[/E1]"], special_tokens=True)
    made.save_pretrained(tmp_path)
    assert not (tmp_path / "spiece.model").exists()
    theirs = transformers.AutoTokenizer.from_pretrained(tmp_path)
    tokenizer = tokenizers.load(tmp_path)
    rows = check(tokenizer, theirs, texts)
    check_graph(tokenizer, texts, rows)
    pair = theirs("a b", "c").input_ids
    cls, sep = [tokenizer.cls_id], [tokenizer.sep_id]
    first, second = map(tokenizer.encode, ("a b", "c"))
    assert pair == [*cls, *first, *sep, *second, *sep]


@pytest.mark.parametrize("options", BERT)
def test_a_vocab_txt(sources, texts, tmp_path, options):
    shutil.copy(sources / "bert/vocab.txt", tmp_path)
    config = {"tokenizer_class": "BertTokenizer", **options}
    (tmp_path / "tokenizer_config.json").write_text(json.dumps(config))
    theirs = transformers.AutoTokenizer.from_pretrained(tmp_path)
    check(tokenizers.load(tmp_path), theirs, texts)


def test_sentence_transformers(shared, texts):
    folder = shared / "fixtures/sentence_transformers"
    theirs = transformers.AutoTokenizer.from_pretrained(folder)
    check(tokenizers.load(folder), theirs, texts)


@pytest.mark.parametrize(
    "changes",
    [
        {"kind": "sentencepiece"},
        {"kind": "sentencepiece", "normalization": "none"},
        {"kind": "sentencepiece", "variant": "huggingface"},
        {"kind": "wordpiece"},
        {"kind": "wordpiece", "lower_case": False},
        {"kind": "wordpiece", "split_ideographs": False},
    ],
)
def test_exports(shared, texts, tmp_path, changes):
    settings = tokenizer_settings.TokenizerSettings(**changes)
    names = {"sentencepiece": "30k-clean.model", "wordpiece": "vocab_zh.txt"}
    path = shared / "data/vocab" / names[settings.kind]
    tokenizer = tokenizers.Tokenizer(path.read_bytes(), settings)
    for name, content in huggingface_files.files(tokenizer, 512).items():
        (tmp_path / name).write_bytes(content)
    (tmp_path / "config.json").write_text('{"model_type": "albert"}')
    theirs = transformers.AutoTokenizer.from_pretrained(tmp_path)
    # Marks of rare scripts, ς and private use are others' to transformers.
    plain = [text for text in texts if _is_plain(text)]
    assert len(plain) > 350
    check(tokenizer, theirs, plain)
    assert theirs.mask_token_id == tokenizer.mask_id
    assert theirs.pad_token_id == tokenizer.pad_id


def _is_plain(text: str) -> bool:
    return not any(
        unicodedata.category(char) in ("Mn", "Mc", "Me", "Cf", "Cc", "Co", "Lo")
        or char == "Σ"
        for char in text
        if not "\u4e00" <= char <= "\u9fff"
    )
