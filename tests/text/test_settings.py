import dataclasses
import hashlib
import json

import pytest
import tensorflow as tf

from data_pipeline.text import settings as settings_lib
from data_pipeline.text import tokenizer as tokenizer_lib


@pytest.fixture(scope="module")
def tokenizer(make, model):
    return make(model)


def test_save_and_load(make, model, tmp_path):
    tokenizer = make(model, variant="google_py3", lower_case=False)
    tokenizer.save(tmp_path / "new" / "folder")
    folder = tmp_path / "new" / "folder"
    names = sorted(path.name for path in folder.iterdir())
    assert names == ["tokenizer.json", "tokenizer.model"]
    assert (folder / "tokenizer.model").read_bytes() == model
    for path in (folder, folder / "tokenizer.json", folder / "tokenizer.model"):
        loaded = tokenizer_lib.load(path)
        assert loaded.settings == tokenizer.settings
        assert loaded.fingerprint == tokenizer.fingerprint
    assert tokenizer_lib.load(folder, lower_case=False).lower_case is False
    tokenizer.save(folder)  # over itself


def test_save_through_gfile(tokenizer):
    tokenizer.save("ram://some/tokenizer")
    loaded = tokenizer_lib.load("ram://some/tokenizer")
    assert loaded.fingerprint == tokenizer.fingerprint
    assert sorted(tf.io.gfile.listdir("ram://some/tokenizer")) == [
        "tokenizer.json",
        "tokenizer.model",
    ]


def test_load_contradicting_arguments(tokenizer, tmp_path):
    tokenizer.save(tmp_path)
    with pytest.raises(ValueError, match="lower_case=False.*says True"):
        tokenizer_lib.load(tmp_path, lower_case=False)
    with pytest.raises(ValueError, match="variant='huggingface'"):
        tokenizer_lib.load(tmp_path / "tokenizer.model", variant="huggingface")


def test_load_another_vocabulary_beside_settings(tokenizer, tmp_path):
    tokenizer.save(tmp_path)
    path = tmp_path / "tokenizer.model"
    path.write_bytes(path.read_bytes() + b"\x12\x00")  # still a model
    with pytest.raises(ValueError, match="must belong to the vocabulary"):
        tokenizer_lib.load(tmp_path)


def test_load_beside_a_foreign_tokenizer_json(model, tmp_path):
    # Hugging Face folders hold a tokenizer.json as well.
    (tmp_path / "tokenizer.json").write_text('{"version": "1.0", "model": {}}')
    (tmp_path / "spiece.model").write_bytes(model)
    loaded = tokenizer_lib.load(
        tmp_path / "spiece.model", variant="huggingface"
    )
    assert loaded.settings.variant == "huggingface"
    with pytest.raises(ValueError, match="none of ours.*spiece.model"):
        tokenizer_lib.load(tmp_path)


def test_load_settings_with_other_keys(tokenizer, tmp_path):
    tokenizer.save(tmp_path)
    path = tmp_path / "tokenizer.json"
    content = json.loads(path.read_text())
    path.write_text(json.dumps(content | {"lowercase": True}))
    with pytest.raises(ValueError, match="exactly the keys.*'lowercase'"):
        tokenizer_lib.load(tmp_path)


def test_load_missing(tmp_path):
    for name in ("no.model", "vocab.txt", "folder/tokenizer.json"):
        with pytest.raises(FileNotFoundError, match="Nothing there"):
            tokenizer_lib.load(tmp_path / name)


@pytest.mark.parametrize("content", [b"", b"no model at all", b"\x00" * 99])
def test_load_no_model(tmp_path, content):
    path = tmp_path / "broken.model"
    path.write_bytes(content)
    message = f"Received {len(content)} bytes"
    with pytest.raises(ValueError, match=message):
        tokenizer_lib.load(path)


def test_vocabulary_without_special_pieces(make, train_model):
    with pytest.raises(ValueError, match=r"without <pad> \[MASK\]"):
        make(train_model(pad_id=-1, control_symbols=["[CLS]", "[SEP]"]))


def test_special_pieces_that_text_could_produce(make, train_model):
    with pytest.raises(ValueError, match=r"Received \[MASK\] of another type"):
        make(
            train_model(
                control_symbols=["[CLS]", "[SEP]"],
                user_defined_symbols=["[MASK]"],
            )
        )


@pytest.mark.parametrize(
    "changes, message",
    [
        ({"kind": "bpe"}, "kind is sentencepiece or wordpiece.*'bpe'"),
        ({"variant": "hf"}, "one of albert, google_py3, huggingface.*'hf'"),
        ({"normalization": "nfc"}, "one of albert, nfkc, none.*'nfc'"),
        ({"lower_case": "no"}, "true or false.*'no'"),
        ({"kind": "wordpiece", "variant": "albert"}, "no variants"),
        ({"kind": "wordpiece", "normalization": "none"}, "no variants"),
    ],
)
def test_settings_refuse(changes, message):
    with pytest.raises(ValueError, match=message):
        settings_lib.Settings(**{"kind": "sentencepiece"} | changes)


def test_fingerprint(make, model, commaless_model, tokenizer):
    others = [
        make(commaless_model),
        make(model, lower_case=False),
        make(model, variant="google_py3"),
        make(model, variant="huggingface"),
        make(model, normalization="nfkc"),
        make(model, normalization="none"),
    ]
    prints = {other.fingerprint for other in [tokenizer, *others]}
    assert len(prints) == 7
    assert make(model).fingerprint == tokenizer.fingerprint
    assert len(tokenizer.fingerprint) == len(hashlib.sha256().hexdigest())


def test_settings_say_all_but_the_vocabulary(tokenizer):
    # A new setting must be seen by the fingerprint and by tokenizer.json.
    names = {field.name for field in dataclasses.fields(tokenizer.settings)}
    assert names == {"kind", "lower_case", "variant", "normalization"}
