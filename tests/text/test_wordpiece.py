import time
import unicodedata

import pytest
from hypothesis import given
from hypothesis import settings
from hypothesis import strategies as st

from data_pipeline.text import tokenizers
from data_pipeline.text.pieces import normalize
from data_pipeline.text.pieces import wordpiece


@pytest.fixture(scope="module")
def tokenizer(word_piece_path):
    return tokenizers.load(word_piece_path)


@pytest.fixture(scope="module")
def cased(word_piece_path):
    return tokenizers.load(word_piece_path, lower_case=False)


# BERT's Chinese blocks, first and last.
BLOCKS = (
    *((0x4E00, 0x9FFF), (0x3400, 0x4DBF), (0x20000, 0x2A6DF)),
    *((0x2A700, 0x2B73F), (0x2B740, 0x2B81F), (0x2B820, 0x2CEAF)),
    *((0xF900, 0xFAFF), (0x2F800, 0x2FA1F)),
)


def words_by_the_book(text: str, lower_case: bool) -> list[str]:
    """BERT's basic tokenizer, a character at a time."""
    clean = ""
    for char in text:
        if char in " \t\n\r" or unicodedata.category(char) == "Zs":
            clean += " "
        elif char != "\ufffd" and unicodedata.category(char) not in (
            "Cc",
            "Cf",
        ):
            chinese = any(low <= ord(char) <= high for low, high in BLOCKS)
            clean += f" {char} " if chinese else char
    words = []
    for word in clean.split():
        if lower_case:
            decomposed = unicodedata.normalize("NFD", word.lower())
            word = "".join(
                c for c in decomposed if unicodedata.category(c) != "Mn"
            )
        split = ""
        for char in word:
            ascii_mark = char.isascii() and not char.isalnum()
            if ascii_mark or unicodedata.category(char)[0] == "P":
                split += f" {char} "
            else:
                split += char
        words += split.split()
    return words


def pieces_by_the_book(word: str, vocabulary: set[str]) -> list[str]:
    """Greedy longest match first."""
    if len(word) > 200:
        return ["[UNK]"]
    pieces: list[str] = []
    rest = word
    while rest:
        prefix = "##" if pieces else ""
        found = [
            rest[:size]
            for size in range(len(rest), 0, -1)
            if prefix + rest[:size] in vocabulary
        ]
        if not found:
            return ["[UNK]"]
        pieces.append(prefix + found[0])
        rest = rest[len(found[0]) :]
    return pieces


@pytest.mark.parametrize(
    "text, pieces",
    [
        ("", ""),
        ("unaffable", "un ##aff ##able"),
        ("The unables!", "the un ##able ##s !"),
        ("unknown", "[UNK]"),  # one word, so one piece: not "un [UNK]"
        ("你好,你", "你 好 , 你"),
        ("the你好s", "the 你 好 s"),
        ("CAFÉ café", "cafe cafe"),
        ("1984", "1 ##9 ##8 ##4"),
        ("\x00t\u200bh\x7fe\ufffd", "the"),  # control characters go
        ("the\u2028the\u00a0the", "the the the"),
        ("[CLS] [MASK]", "[ cls ] [ mask ]"),
        ("ΑΣ'Α ΑΣ", "α ##σ ' α α ##ς"),
        ("a" * 200, "a " + "##a " * 199),
        ("a" * 201, "[UNK]"),
    ],
)
def test_pieces(tokenizer, text, pieces):
    assert tokenizer.encode_as_pieces(text) == pieces.split()


def test_cased_keeps_accents(cased):
    assert cased.encode_as_pieces("Café the The É") == [
        "Café",
        "the",
        "[UNK]",
        "[UNK]",
    ]


@given(st.data())
@settings(deadline=None)
def test_equals_bert(tokenizer, cased, any_text, data):
    text = data.draw(any_text)
    for each in (tokenizer, cased):
        words = words_by_the_book(text, each.lower_case)
        assert each.model.words(text).split() == words
        vocabulary = set(each.pieces)
        expected = [
            piece
            for word in words
            for piece in pieces_by_the_book(word, vocabulary)
        ]
        assert each.encode_as_pieces(text) == expected
        ids, offsets = each.encode_with_offsets(text)
        assert [each.pieces[i] for i in ids] == expected
        assert each.encode(text) == ids
        assert all(0 <= start < end <= len(text) for start, end in offsets)


@pytest.mark.parametrize("lower_case", [True, False])
def test_all_of_unicode(word_piece_path, lower_case):
    tokenizer = tokenizers.load(word_piece_path, lower_case=lower_case)
    text = "".join(f"{chr(code)}a " for code in normalize.ASSIGNED)
    words = tokenizer.model.words(text).split()
    assert words == words_by_the_book(text, lower_case)
    assert tokenizer.model.align(text).text.split() == words


@pytest.mark.parametrize(
    "text, expected",
    [
        ("  The unables", ["The", "un", "able", "s"]),
        ("你 好", ["你", "好"]),
        ("Cafe\u0301s Cafés", ["Cafe\u0301", "s", "Café", "s"]),
        ("t\u200bhe", ["t\u200bhe"]),
        ("(unknown)", ["(", "unknown", ")"]),
    ],
)
def test_offsets(tokenizer, text, expected):
    _, offsets = tokenizer.encode_with_offsets(text)
    assert [text[start:end] for start, end in offsets] == expected


def test_time_is_linear(tokenizer):
    for unit in ("the 你好, ", "a", "\u0301", "Σ"):
        text = unit * (100_000 // len(unit))
        begin = time.perf_counter()
        assert tokenizer.encode_with_offsets(text)[0] == tokenizer.encode(text)
        assert time.perf_counter() - begin < 10


def test_decode(tokenizer):
    ids = tokenizer.encode("The unables, 你好")
    special = [tokenizer.cls_id, *ids, tokenizer.sep_id, tokenizer.pad_id]
    assert tokenizer.decode(special) == "the unables ,你好"
    assert tokenizer.decode([tokenizer.unk_id]) == "[UNK]"


def test_special_ids(tokenizer):
    assert (tokenizer.pad_id, tokenizer.unk_id, tokenizer.cls_id) == (0, 1, 2)
    assert (tokenizer.sep_id, tokenizer.mask_id) == (3, 4)
    continuing = [
        piece
        for piece, starts in zip(
            tokenizer.pieces, tokenizer.starts_word, strict=True
        )
        if not starts
    ]
    assert "##able" in continuing
    assert all(piece.startswith("##") for piece in continuing)


def test_save_and_load(tokenizer, tmp_path):
    tokenizer.save(tmp_path)
    names = sorted(path.name for path in tmp_path.iterdir())
    assert names == ["tokenizer.json", "vocab.txt"]
    loaded = tokenizers.load(tmp_path)
    assert loaded.fingerprint == tokenizer.fingerprint
    with pytest.raises(ValueError, match="variant='albert'"):
        tokenizers.load(tmp_path, variant="albert")


@pytest.mark.parametrize(
    "content, message",
    [
        (b"[PAD]\n[UNK]\n[CLS]\n[SEP]\nthe\n", r"without \[MASK\]"),
        (b"[PAD]\nthe\nof\nthe\n", "'the' on lines 2 and 4"),
        (b"[PAD]\n\xff\xfe\n", "not UTF-8"),
    ],
)
def test_load_refuses(tmp_path, content, message):
    path = tmp_path / "vocab.txt"
    path.write_bytes(content)
    with pytest.raises(ValueError, match=message):
        tokenizers.load(path)


def test_read_vocabulary_like_bert(tmp_path):
    # Windows line ends, a comment behind a tab, no line end at the end.
    path = tmp_path / "vocab.txt"
    path.write_bytes(b"[PAD]\r\n[UNK]\n[CLS]\n[SEP]\n[MASK]\nthe\t17\ns")
    assert tokenizers.load(path).pieces[5:] == ["the", "s"]


def test_punctuation():
    assert all(
        map(wordpiece.is_punctuation, "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~")
    )
    assert all(map(wordpiece.is_punctuation, "。，“”—¿"))
    assert not any(map(wordpiece.is_punctuation, "a1 \t\x7f€°你"))


@pytest.mark.shared
def test_chinese_vocabulary(shared):
    tokenizer = tokenizers.load(shared / "data" / "vocab" / "vocab_zh.txt")
    assert tokenizer.vocab_size == 21_128
    assert (tokenizer.pad_id, tokenizer.unk_id) == (0, 100)
    assert (tokenizer.cls_id, tokenizer.sep_id) == (101, 102)
    assert tokenizer.mask_id == 103
    assert tokenizer.encode_as_pieces("你好，ALBERT！") == [
        *("你", "好", "，", "al", "##bert", "！")
    ]
    assert tokenizer.encode("你好，！") == [872, 1962, 8024, 8013]


@pytest.mark.parametrize("mark", ["", "\ufeff"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
@pytest.mark.parametrize("last", ["", "\n"])
def test_files_as_they_are_written(mark, end, last):
    pieces = "[PAD] [unused1] [UNK] [CLS] [SEP] [MASK] a ##b 你".split()
    last = last and end
    model = wordpiece.WordPieceModel(
        (mark + end.join(pieces) + last).encode(), wordpiece.Rules()
    )
    assert model.pieces == pieces
    assert model.special_ids == [0, 2, 3, 4, 5]
    assert model.encode("ab 你 [unused1]") == [6, 7, 8, 2, 2, 2]
    with pytest.raises(ValueError, match="'a' on lines 7 and 10"):
        wordpiece.WordPieceModel(
            (mark + end.join([*pieces, "a"])).encode(), wordpiece.Rules()
        )
