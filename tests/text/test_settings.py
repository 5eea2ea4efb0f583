import dataclasses
import hashlib
import json

import pytest
import tensorflow as tf

from data_pipeline.text import tokenizers
from data_pipeline.text.pieces import tokenizer_settings


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
        loaded = tokenizers.load(path)
        assert loaded.settings == tokenizer.settings
        assert loaded.fingerprint == tokenizer.fingerprint
    assert tokenizers.load(folder, lower_case=False).lower_case is False
    tokenizer.save(folder)  # over itself


def test_save_through_gfile(tokenizer):
    tokenizer.save("ram://some/tokenizer")
    loaded = tokenizers.load("ram://some/tokenizer")
    assert loaded.fingerprint == tokenizer.fingerprint
    assert sorted(tf.io.gfile.listdir("ram://some/tokenizer")) == [
        "tokenizer.json",
        "tokenizer.model",
    ]


def test_load_contradicting_arguments(tokenizer, tmp_path):
    tokenizer.save(tmp_path)
    with pytest.raises(ValueError, match="lower_case=False.*says True"):
        tokenizers.load(tmp_path, lower_case=False)
    with pytest.raises(ValueError, match="variant='huggingface'"):
        tokenizers.load(tmp_path / "tokenizer.model", variant="huggingface")


def test_load_another_vocabulary_beside_settings(tokenizer, tmp_path):
    tokenizer.save(tmp_path)
    path = tmp_path / "tokenizer.model"
    path.write_bytes(path.read_bytes() + b"\x12\x00")  # still a model
    with pytest.raises(ValueError, match="must belong to the vocabulary"):
        tokenizers.load(tmp_path)


def test_a_folder_without_any_tokenizer(tmp_path):
    (tmp_path / "albert_config.json").write_text("{}")
    with pytest.raises(ValueError, match="hold one of 30k-clean.model"):
        tokenizers.load(tmp_path)


def test_load_settings_with_other_keys(tokenizer, tmp_path):
    tokenizer.save(tmp_path)
    path = tmp_path / "tokenizer.json"
    content = json.loads(path.read_text())
    path.write_text(json.dumps(content | {"lowercase": True}))
    with pytest.raises(ValueError, match="exactly the keys.*'lowercase'"):
        tokenizers.load(tmp_path)


def test_load_missing(tmp_path):
    for name in ("no.model", "vocab.txt", "folder/tokenizer.json"):
        with pytest.raises(FileNotFoundError, match="which does not exist"):
            tokenizers.load(tmp_path / name)


@pytest.mark.parametrize("content", [b"", b"no model at all", b"\x00" * 99])
def test_load_no_model(tmp_path, content):
    path = tmp_path / "broken.model"
    path.write_bytes(content)
    message = f"Received: {len(content)} bytes"
    with pytest.raises(ValueError, match=message):
        tokenizers.load(path)


@pytest.mark.parametrize(
    "changes, message",
    [
        ({"kind": "bpe"}, "one of sentencepiece, wordpiece, .*'bpe'"),
        ({"variant": "hf"}, "one of albert, google_py3, huggingface.*'hf'"),
        ({"normalization": "nfc"}, "one of albert, nfkc, none.*'nfc'"),
        ({"lower_case": "no"}, "true or false.*'no'"),
        (
            {"kind": "wordpiece", "variant": "albert"},
            "must be one of none, huggingface.*'albert'",
        ),
        (
            {"kind": "wordpiece", "normalization": "none"},
            "normalization must be left out",
        ),
        ({"kind": "unigram", "variant": "albert"}, "must be one of none"),
        ({"strip_accents": True}, "must be left out, except for WordPiece"),
        (
            {"kind": "wordpiece", "strip_accents": "no"},
            "true, false or null.*'no'",
        ),
        (
            {"kind": "wordpiece", "split_ideographs": 1},
            "split_ideographs must be true or false",
        ),
        ({"special_pieces": ["<pad>"]}, "names of five pieces"),
    ],
)
def test_settings_refuse(changes, message):
    with pytest.raises(ValueError, match=message):
        tokenizer_settings.TokenizerSettings(
            **{"kind": "sentencepiece"} | changes
        )


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
    assert names == {
        *("kind", "lower_case", "variant", "normalization"),
        *("strip_accents", "split_ideographs", "special_pieces"),
    }
    changed = {
        "strip_accents": False,
        "split_ideographs": False,
        "special_pieces": ("a", None, None, None, None),
    }
    plain = tokenizer_settings.TokenizerSettings(kind="wordpiece")
    for name, value in changed.items():
        other = dataclasses.replace(plain, **{name: value})
        assert tokenizer_settings.as_dict(other)[name] == value


def test_fingerprints_from_before_some_settings(model, make, word_piece_path):
    # Old runs go on and old exports load: what they have must not change.
    for tokenizer, expected in (
        (
            make(model),
            {
                "kind": "sentencepiece",
                "lower_case": True,
                "variant": "albert",
                "normalization": "albert",
            },
        ),
        (
            tokenizers.load(word_piece_path),
            {
                "kind": "wordpiece",
                "lower_case": True,
                "variant": None,
                "normalization": None,
            },
        ),
    ):
        assert tokenizer_settings.as_dict(tokenizer.settings) == expected
        content = json.dumps(expected, sort_keys=True).encode()
        digest = hashlib.sha256(content + b"\0" + tokenizer.vocabulary)
        assert tokenizer.fingerprint == digest.hexdigest()


def test_save_and_load_every_setting(word_piece_path, tmp_path):
    vocabulary = word_piece_path.read_bytes()
    settings = tokenizer_settings.TokenizerSettings(
        kind="wordpiece",
        variant="huggingface",
        strip_accents=False,
        split_ideographs=False,
        special_pieces=("the", None, None, None, "un"),
    )
    saved = tokenizers.Tokenizer(vocabulary, settings)
    saved.save(tmp_path)
    loaded = tokenizers.load(tmp_path)
    assert loaded.settings == settings
    assert loaded.fingerprint == saved.fingerprint
    assert (loaded.pad_id, loaded.mask_id) == (5, 6)


@pytest.mark.parametrize(
    "changes",
    [
        {name: value}
        for name in ("kind", "lower_case", "variant", "special_pieces")
        for value in ([], {}, 1.5, "no such", [[1]], 10**30)
    ],
)
def test_saved_settings_of_another_type_are_named(tokenizer, tmp_path, changes):
    tokenizer.save(tmp_path)
    path = tmp_path / "tokenizer.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | changes))
    with pytest.raises(ValueError, match="tokenizer.json must hold the sett"):
        tokenizers.load(tmp_path)


def test_a_damaged_vocabulary_is_named(tokenizer, tmp_path):
    tokenizer.save(tmp_path)
    (tmp_path / "tokenizer.model").write_bytes(b"\x00" * 99)
    with pytest.raises(ValueError, match="tokenizer.model: "):
        tokenizers.load(tmp_path)
