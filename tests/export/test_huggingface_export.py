"""The Hugging Face folder of an export, and its tokenizer."""

import json

import numpy as np
import pytest

import albert_tf
from albert_tf.export import huggingface
from albert_tf.export import huggingface_tokenizer
from data_pipeline.text import tokenizer as tokenizer_lib


@pytest.fixture(scope="module")
def tokenizer(vocabulary):
    return tokenizer_lib.load(vocabulary)


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
        vocabulary=tokenizer.vocabulary,
        is_wordpiece=False,
        labels=["bad", "so-so", "güt"],
        max_seq_length=64,
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


def test_a_wordpiece_vocabulary(model, tmp_path):
    folder = tmp_path / "there"
    huggingface.write(
        model[1],
        str(folder),
        kind="multilabel",
        vocabulary="[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\n中\n".encode(),
        is_wordpiece=True,
        labels=["a", "b", "c"],
        max_seq_length=8,
    )
    settings = json.loads((folder / "tokenizer_config.json").read_text())
    assert settings["tokenizer_class"] == "BertTokenizer"
    assert (folder / "vocab.txt").read_text().endswith("中\n")
    assert not (folder / "tokenizer.json").exists()


def test_pieces_of_a_digit_and_a_comma_are_never_taken(tokenizer):
    content = huggingface_tokenizer.to_json(
        tokenizer.vocabulary,
        lower_case=True,
        keep_accents=False,
        rewrite_quotes=True,
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
    tokenizers = pytest.importorskip("tokenizers")
    content = huggingface_tokenizer.to_json(
        tokenizer.vocabulary,
        lower_case=True,
        keep_accents=False,
        rewrite_quotes=False,
    )
    theirs = tokenizers.Tokenizer.from_str(json.dumps(content))
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
