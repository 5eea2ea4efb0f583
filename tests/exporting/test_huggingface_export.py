"""The Hugging Face folder of an export, and its tokenizer."""

import io
import json

import numpy as np
import pytest
import sentencepiece

import albert_tf
from albert_tf.exporting import huggingface
from data_pipeline.text import huggingface_files
from data_pipeline.text import tokenizers
from data_pipeline.text.pieces import tokenizer_settings


@pytest.fixture(scope="module")
def tokenizer(vocabulary):
    return tokenizers.load(vocabulary)


@pytest.fixture(scope="module")
def model(sizes, tmp_path_factory):
    model = albert_tf.AlbertClassifier(albert_tf.AlbertConfig(**sizes), 3)
    path = tmp_path_factory.mktemp("model") / "model.keras"
    model.save(path)
    return model, str(path)


def test_the_folder(model, tokenizer, tmp_path):
    model, path = model
    folder = tmp_path / "there"
    lines = huggingface.write(
        path,
        str(folder),
        kind="classification",
        tokenizer_files=huggingface_files.files(tokenizer, 64),
        labels=["bad", "so-so", "güt"],
    )
    assert any("weights written" in line for line in lines)
    config = json.loads((folder / "config.json").read_text())
    assert config["id2label"] == {"0": "bad", "1": "so-so", "2": "güt"}
    assert config["label2id"] == {"bad": 0, "so-so": 1, "güt": 2}
    assert config["problem_type"] == "single_label_classification"
    assert (folder / "spiece.model").read_bytes() == tokenizer.vocabulary
    settings = json.loads((folder / "tokenizer_config.json").read_text())
    assert settings["model_max_length"] == 64
    assert "token_type_ids" in settings["model_input_names"]
    loaded = albert_tf.load(folder)
    for ours, theirs in zip(
        model.trainable_variables, loaded.trainable_variables, strict=True
    ):
        np.testing.assert_array_equal(ours, theirs)


def make_wordpiece(pieces, **changes):
    settings = tokenizer_settings.TokenizerSettings(kind="wordpiece", **changes)
    return tokenizers.Tokenizer("\n".join(pieces).encode(), settings)


def write(files, folder):
    for name, content in files.items():
        (folder / name).write_bytes(content)
    (folder / "config.json").write_text('{"model_type": "albert"}')


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"lower_case": False},
        {"strip_accents": False},
        {"lower_case": False, "strip_accents": True},
        {"split_ideographs": False},
    ],
)
def test_a_wordpiece_vocabulary(changes, tmp_path):
    pieces = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "中", "##国", "é"]
    tokenizer = make_wordpiece(pieces, **changes)
    files = huggingface_files.files(tokenizer, 8)
    settings = json.loads(files["tokenizer_config.json"])
    assert settings["tokenizer_class"] == "BertTokenizer"
    assert settings["model_max_length"] == 8
    assert files["vocab.txt"].decode().splitlines() == pieces
    assert "tokenizer.json" not in files
    write(files, tmp_path)
    loaded = tokenizers.load(tmp_path)
    assert loaded.settings == tokenizer_settings.TokenizerSettings(
        kind="wordpiece", variant="huggingface", **changes
    )
    for text in ("中国 É", "É é e", "中 [MASK]"):
        assert loaded.encode(text) == tokenizer.encode(text)


def test_a_bert_vocabulary_with_a_mark_and_windows_ends(tmp_path):
    vocabulary = "\ufeff[PAD]\r\n[UNK]\r\n[CLS]\r\n[SEP]\r\n[MASK]\r\na"
    settings = tokenizer_settings.TokenizerSettings(kind="wordpiece")
    tokenizer = tokenizers.Tokenizer(vocabulary.encode(), settings)
    files = huggingface_files.files(tokenizer, 8)
    assert files["vocab.txt"] == b"[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\na\n"


@pytest.mark.parametrize("normalization", ["albert", "none"])
@pytest.mark.parametrize("variant", ["albert", "huggingface"])
@pytest.mark.parametrize("lower_case", [True, False])
def test_the_folder_is_read_as_it_was_written(
    tokenizer, tmp_path, normalization, variant, lower_case
):
    settings = tokenizer_settings.TokenizerSettings(
        kind="sentencepiece",
        lower_case=lower_case,
        variant=variant,
        normalization=normalization,
    )
    made = tokenizers.Tokenizer(tokenizer.vocabulary, settings)
    write(huggingface_files.files(made, 64), tmp_path)
    assert tokenizers.load(tmp_path).fingerprint == made.fingerprint
    # As transformers saves it again: without spiece.model.
    (tmp_path / "spiece.model").unlink()
    alone = tokenizers.load(tmp_path)
    assert alone.settings.kind == "unigram"
    assert alone.lower_case == lower_case
    for text in ("The cat, in 1,850, sees É", "``a'' [MASK]", "", " x "):
        assert alone.encode(text) == made.encode(text)
    again = tmp_path / "again"
    again.mkdir()
    write(huggingface_files.files(alone, 64), again)
    assert tokenizers.load(again).fingerprint == alone.fingerprint


def test_only_unigram_models_are_written():
    model = io.BytesIO()
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter(["a cat", "a dog"] * 9),
        model_writer=model,
        vocab_size=15,
        model_type="bpe",
        pad_id=0,
        unk_id=1,
        bos_id=-1,
        eos_id=-1,
        control_symbols=["[CLS]", "[SEP]", "[MASK]"],
        minloglevel=2,
    )
    settings = tokenizer_settings.TokenizerSettings(kind="sentencepiece")
    tokenizer = tokenizers.Tokenizer(model.getvalue(), settings)
    with pytest.raises(ValueError, match="must be a Unigram model"):
        huggingface_files.files(tokenizer, 8)


def test_pieces_of_a_digit_and_a_comma_are_never_taken(tokenizer):
    settings = tokenizer_settings.TokenizerSettings(
        kind="sentencepiece", variant="huggingface"
    )
    content = json.loads(
        huggingface_files.files(
            tokenizers.Tokenizer(tokenizer.vocabulary, settings), 8
        )["tokenizer.json"]
    )
    vocab = content["model"]["vocab"]
    assert [piece for piece, _ in vocab] == tokenizer.pieces
    never = {piece for piece, score in vocab if score == -1e6}
    assert never == {
        piece
        for piece in tokenizer.pieces
        if len(piece) > 1 and piece[-1] == "," and piece[-2].isdigit()
    }
    kinds = [step["type"] for step in content["normalizer"]["normalizers"]]
    assert kinds[:5] == [
        *("Replace", "Replace", "NFKD", "StripAccents", "Lowercase")
    ]


@pytest.mark.interop
def test_their_tokenizer_gives_the_same_ids(tokenizer, corpus):
    library = pytest.importorskip("tokenizers")
    content = huggingface_files.files(tokenizer, 8)["tokenizer.json"]
    theirs = library.Tokenizer.from_str(content.decode())
    texts = corpus.read_text().splitlines()
    texts += ["The  CAT . sees, in 1,850, it --", "Éa ﬁ ½\u3000x", "", "日本 x"]
    for text in texts:
        ids = theirs.encode(text, add_special_tokens=False).ids
        assert ids == tokenizer.encode(text), text
    pair = theirs.encode("the cat", "a house")
    first, second = map(tokenizer.encode, ("the cat", "a house"))
    assert pair.ids == [
        *(tokenizer.cls_id, *first, tokenizer.sep_id),
        *(*second, tokenizer.sep_id),
    ]
    assert pair.type_ids == [0] * (len(first) + 2) + [1] * (len(second) + 1)
