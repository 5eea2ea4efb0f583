import json
import pathlib
import pickle
import subprocess
import sys
import time

import numpy as np
import pytest
import sentencepiece
from hypothesis import given
from hypothesis import settings
from hypothesis import strategies as st

from data_pipeline.text import tokenizers
from data_pipeline.text.pieces import word_starts


@pytest.fixture(scope="module")
def tokenizer(make, model):
    return make(model)


def google_pieces(processor, text: str, variant: str) -> list[str]:
    """Google's encode_pieces as documented, on normalized text."""
    result = []
    for piece in processor.encode(text, out_type=str):
        if not (len(piece) > 1 and piece[-1] == "," and piece[-2].isdigit()):
            result.append(piece)
            continue
        again = processor.encode(piece[:-1].replace("▁", ""), out_type=str)
        if variant != "google_py3" and piece[0] != "▁" and again[0][0] == "▁":
            if again[0] == "▁":
                del again[0]
            else:
                again[0] = again[0][1:]
        result += [*again, ","]
    return result


def test_special_ids(tokenizer):
    special = (
        tokenizer.pad_id,
        tokenizer.unk_id,
        tokenizer.cls_id,
        tokenizer.sep_id,
        tokenizer.mask_id,
    )
    assert special == (0, 1, 2, 3, 4)
    assert tokenizer.pieces[:5] == [
        "<pad>",
        "<unk>",
        "[CLS]",
        "[SEP]",
        "[MASK]",
    ]
    assert tokenizer.pieces[5:14] == list('()"-.–£€▁')
    assert tokenizer.vocab_size == len(tokenizer.pieces)
    assert tokenizer.lower_case is True


@pytest.mark.parametrize(
    "variant, text, pieces",
    [
        ("albert", "In 1984, 7, 5,", "▁ in ▁1984 , ▁ 7 , ▁ 5 ,"),
        ("google_py3", "In 1984, 7, 5,", "▁ in ▁1984 , ▁ 7 , ▁ 5 ,"),
        ("albert", "x5,", "▁ x 5 ,"),
        ("google_py3", "x5,", "▁ x ▁ 5 ,"),
        ("albert", "x1984,", "▁ x 1984 ,"),
        ("google_py3", "x1984,", "▁ x ▁1984 ,"),
        ("albert", "x84,", "▁ x 8 4 ,"),
        ("google_py3", "x84,", "▁ x ▁ 8 4 ,"),
        ("albert", "``the''", "▁ `` the ' '"),
        ("huggingface", "``the''", '▁ " the "'),
        ("huggingface", "x84,", "▁ x 8 4 ,"),
        ("albert", "The MILLER", "▁the ▁miller"),
    ],
)
def test_variants(make, model, variant, text, pieces):
    tokenizer = make(model, variant=variant)
    assert " ".join(tokenizer.encode_as_pieces(text)) == pieces


@pytest.mark.parametrize("variant", ["albert", "google_py3", "huggingface"])
@pytest.mark.parametrize("fixture", ["model", "commaless_model"])
def test_pieces_are_googles(make, variant, fixture, any_text, request):
    model = request.getfixturevalue(fixture)
    tokenizer = make(model, variant=variant)
    processor = sentencepiece.SentencePieceProcessor(model_proto=model)
    normalizer = tokenizer.settings.normalizer()
    assert tokenizer.model.table_is_complete == (fixture == "model")

    @settings(deadline=None)
    @given(any_text)
    def check(text):
        expected = google_pieces(processor, normalizer(text), variant)
        assert tokenizer.encode_as_pieces(text) == expected
        ids = [processor.piece_to_id(piece) for piece in expected]
        if not {2, 3, 4}.intersection(ids):  # see test_no_special_ids
            assert tokenizer.encode(text) == ids

    check()


@pytest.mark.parametrize("profile", ["albert", "nfkc", "none"])
@pytest.mark.parametrize("fixture", ["model", "commaless_model"])
def test_every_way_to_encode_agrees(make, profile, fixture, any_text, request):
    tokenizer = make(request.getfixturevalue(fixture), normalization=profile)

    @settings(deadline=None)
    @given(st.lists(any_text, max_size=4))
    def check(texts):
        ids = tokenizer.encode_batch(texts)
        assert ids == [tokenizer.encode(text) for text in texts]
        for text, expected in zip(texts, ids, strict=True):
            found, offsets = tokenizer.encode_with_offsets(text)
            assert found == expected
            assert len(offsets) == len(found)
            assert all(0 <= start <= end <= len(text) for start, end in offsets)
            starts = [start for start, _ in offsets]
            assert starts == sorted(starts)

    check()


def test_unknown_pieces_that_end_in_a_comma(make, commaless_model):
    # Neither ٣ nor the comma is known: "٣," is one unknown piece, and the
    # rule still makes two of it.
    tokenizer = make(commaless_model, normalization="none")
    assert tokenizer.encode_as_pieces("٣,") == ["▁", "٣", ","]
    assert tokenizer.encode("٣,") == [tokenizer.pieces.index("▁"), 1, 1]
    assert tokenizer.encode_as_pieces("x,") == ["▁", "x", ","]


@pytest.mark.parametrize("lower_case", [True, False])
def test_no_special_ids(make, model, lower_case):
    # Without its capitals in the vocabulary, "[CLS]" is one unknown run.
    tokenizer = make(model, lower_case=lower_case)
    text = "[CLS] <pad> [SEP] a[MASK] <unk>"
    ids = tokenizer.encode(text)
    assert not {0, 2, 3, 4}.intersection(ids)
    assert tokenizer.encode_with_offsets(text)[0] == ids


@pytest.mark.parametrize(
    "text, expected",
    [
        ("", []),
        ("   ", []),
        ("The  miller", ["The", "miller"]),
        ("In 1984,  5,", ["", "In", "1984", ",", "", "5", ","]),
        ("x84,", ["", "x", "8", "4", ","]),
        ("The Mi\u0301ller", ["The", "Mi\u0301ller"]),
        ("The mi\u0301ller", ["The", "mi\u0301ller"]),
        # ½ becomes 1⁄2: every piece of it spans all of it.
        ("½ 漢字", ["½", "½", "½", "", "漢字"]),
        ("(ﬁ)", ["", "(", "ﬁ", "ﬁ", ")"]),
    ],
)
def test_offsets(tokenizer, text, expected):
    _, offsets = tokenizer.encode_with_offsets(text)
    assert [text[start:end] for start, end in offsets] == expected


def test_offsets_of_what_sentencepiece_itself_replaces(make, model):
    # The model's own NFKC makes 1⁄2 of ½, fi of ﬁ, and a space of U+200B.
    tokenizer = make(model, normalization="none")
    text = "x½4 ﬁ\u200bs"
    ids, offsets = tokenizer.encode_with_offsets(text)
    assert [tokenizer.pieces[i] for i in ids] == [
        *("▁", "x", "1", "<unk>", "2", "4"),
        *("▁f", "i", "▁s"),
    ]
    assert [text[start:end] for start, end in offsets] == [
        *("", "x", "½", "½", "½", "4"),
        *("ﬁ", "ﬁ", "s"),
    ]


def test_offsets_with_byte_pieces(make, train_model):
    tokenizer = make(
        train_model(vocab_size=420, byte_fallback=True), normalization="none"
    )
    text = "the 漢é"
    ids, offsets = tokenizer.encode_with_offsets(text)
    assert [tokenizer.pieces[i] for i in ids] == [
        *("▁the", "▁"),
        *("<0xE6>", "<0xBC>", "<0xA2>"),
        *("<0xC3>", "<0xA9>"),
    ]
    assert offsets == [(0, 3), (4, 4), *[(4, 5)] * 3, *[(5, 6)] * 2]


def test_offsets_take_linear_time(tokenizer):
    for unit in ("the miller, 1984, ", "x", "漢", "Σ\u0301"):
        text = unit * (100_000 // len(unit))
        begin = time.perf_counter()
        ids, _ = tokenizer.encode_with_offsets(text)
        assert time.perf_counter() - begin < 10
        assert ids == tokenizer.encode(text)


def test_decode(tokenizer):
    ids = tokenizer.encode("The  Miller's  book")
    assert tokenizer.decode([2, *ids, 3, 0]) == "the miller's book"
    assert tokenizer.decode(np.array(ids)) == "the miller's book"
    assert tokenizer.decode([]) == ""
    with pytest.raises(ValueError, match="between 0 and .*Received: -1 to 3"):
        tokenizer.decode([3, -1])
    with pytest.raises(ValueError, match="Ids must be between"):
        tokenizer.decode([tokenizer.vocab_size])


def test_word_starts():
    starting = [
        "▁the",
        "▁",
        "<unk>",
        ",",
        "'",
        "5",
        "1984",
        "€",
        "é",
        "?'",
        "==",
    ]
    continuing = ["ing", "s", "[CLS]", "),", "--", "A", "..."]
    pieces = starting + continuing
    found = word_starts.word_starts(pieces, "sentencepiece")
    assert found.dtype == bool
    assert found.tolist() == [True] * len(starting) + [False] * len(continuing)
    found = word_starts.word_starts(["the", "##s", "#", "[CLS]"], "wordpiece")
    assert found.tolist() == [True, False, True, True]


def test_starts_word(tokenizer):
    starts = tokenizer.starts_word
    assert starts.shape == (tokenizer.vocab_size,)
    pieces = tokenizer.pieces
    assert starts[pieces.index("▁the")] and not starts[pieces.index("ing")]


def test_pickle(tokenizer):
    copy = pickle.loads(pickle.dumps(tokenizer))
    assert copy.fingerprint == tokenizer.fingerprint
    assert copy.encode("In 1984, x") == tokenizer.encode("In 1984, x")


def test_import_does_not_import_tensorflow():
    program = (
        "import sys, data_pipeline.text.tokenizers\n"
        "sys.exit('tensorflow' in sys.modules or 'keras' in sys.modules)"
    )
    root = pathlib.Path(tokenizers.__file__).parents[2]
    subprocess.run([sys.executable, "-c", program], check=True, cwd=root)


@pytest.mark.shared
def test_equals_google(shared):
    path = shared / "data" / "vocab" / "30k-clean.model"
    lower = tokenizers.load(path, variant="google_py3")
    cased = tokenizers.load(path, variant="google_py3", lower_case=False)
    normalizer = lower.settings.normalizer()
    golden = shared / "fixtures" / "tokenization_google.jsonl"
    with golden.open(encoding="utf-8") as lines:
        rows = [json.loads(line) for line in lines]
    assert len(rows) == 544
    for row in rows:
        text = row["text"]
        assert normalizer(text) == row["normalized"]
        assert normalizer.with_offsets(text).text == row["normalized"]
        assert lower.encode_as_pieces(text) == row["pieces"]
        assert lower.encode_with_offsets(text)[0] == row["ids"]
        assert cased.encode(text) == row["ids_cased"]
    texts = [row["text"] for row in rows]
    assert lower.encode_batch(texts) == [row["ids"] for row in rows]


@pytest.mark.shared
def test_published_vocabulary(shared):
    path = shared / "data" / "vocab" / "30k-clean.model"
    tokenizer = tokenizers.load(path)
    assert tokenizer.vocab_size == 30_000
    assert len(tokenizer.model.expansions) == 141
    assert int(tokenizer.starts_word.sum()) == 23_242
    # All expansions are known pieces: the rule costs no <unk>.
    assert all(1 not in ids for ids in tokenizer.model.expansions.values())
    assert tokenizer.encode("Hello,  World!") == [10975, 15, 126, 187]
