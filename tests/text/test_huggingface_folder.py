"""Hugging Face folders: their own files say how the vocabulary is used."""

import os

import pytest

from data_pipeline.tasks.saved import saved_tasks
from data_pipeline.text import tokenizers


def test_a_folder_from_before_tokenizer_config(write_folder, model, make):
    folder = write_folder("spiece.model")
    loaded = tokenizers.load(folder)
    assert loaded.fingerprint == make(model, variant="huggingface").fingerprint
    for same in (
        tokenizers.load(os.path.join(folder, "spiece.model")),
        saved_tasks.tokenizer(None, folder),
        saved_tasks.tokenizer(os.path.join(folder, "spiece.model"), None),
        tokenizers.load(folder, lower_case=True, variant="huggingface"),
    ):
        assert same.fingerprint == loaded.fingerprint


@pytest.mark.parametrize(
    "config, lower_case, normalization",
    [
        ({}, True, "albert"),
        ({"do_lower_case": False}, False, "albert"),
        ({"keep_accents": True}, True, "none"),
        ({"do_lower_case": False, "keep_accents": True}, False, "none"),
        ({"do_lower_case": None, "keep_accents": False}, True, "albert"),
        (
            {"tokenizer_class": "AlbertTokenizerFast", "remove_space": True},
            True,
            "albert",
        ),
    ],
)
def test_settings_of_sentencepiece(
    write_folder, config, lower_case, normalization
):
    folder = write_folder("spiece.model", tokenizer_config=config)
    settings = saved_tasks.tokenizer(None, folder).settings
    assert settings.variant == "huggingface"
    assert settings.lower_case == lower_case
    assert settings.normalization == normalization


def test_what_the_settings_do(write_folder):
    config = {"do_lower_case": False, "keep_accents": True}
    folder = write_folder("spiece.model", tokenizer_config=config)
    tokenizer = tokenizers.load(folder)
    normalizer = tokenizer.settings.normalizer()
    assert normalizer("ガギグ  Café") == "ガギグ Café"
    assert normalizer("``So,'' he") == '"So," he'


@pytest.mark.parametrize(
    "config, expected",
    [
        ({}, (True, True, True)),
        ({"do_lower_case": False}, (False, False, True)),
        ({"strip_accents": False}, (True, False, True)),
        ({"do_lower_case": False, "strip_accents": True}, (False, True, True)),
        ({"tokenize_chinese_chars": False}, (True, True, False)),
        ({"tokenizer_class": "BertTokenizerFast"}, (True, True, True)),
        ({"tokenizer_class": "BertTokenizer", "never_split": None}, None),
    ],
)
def test_settings_of_wordpiece(write_folder, config, expected):
    folder = write_folder("vocab.txt", tokenizer_config=config)
    settings = saved_tasks.tokenizer(None, folder).settings
    assert settings.kind == "wordpiece" and settings.variant == "huggingface"
    assert (
        settings.lower_case,
        settings.removes_accents,
        settings.split_ideographs,
    ) == (expected or (True, True, True))


def test_wordpiece_as_transformers_has_it(write_folder):
    tokenizer = tokenizers.load(write_folder("vocab.txt"))
    google = tokenizers.Tokenizer(
        tokenizer.vocabulary,
        tokenizers.tokenizer_settings.TokenizerSettings(kind="wordpiece"),
    )
    long = "a" * 101
    for text, theirs, ours in (
        (long, ["[UNK]"], ["a"] + 100 * ["##a"]),
        ("αΣ", ["α", "##σ"], ["α", "##ς"]),
        ("a\ue000b", ["a", "##b"], ["[UNK]"]),
        ("a\U00100000b", ["a", "##b"], ["[UNK]"]),
        ("a\U0002b820b", ["[UNK]"], ["a", "[UNK]", "b"]),
    ):
        if text == "a\U0002b820b":
            ours = google.encode_as_pieces(text)
            assert len(ours) == 3
        assert tokenizer.encode_as_pieces(text) == theirs
        assert google.encode_as_pieces(text) == ours


@pytest.mark.parametrize(
    "vocabulary, config, message",
    [
        ("spiece.model", {"remove_space": False}, "remove_space must be true"),
        ("spiece.model", {"do_lower_case": "yes"}, "do_lower_case must be"),
        ("spiece.model", {"keep_accents": 2}, "keep_accents must be"),
        (
            "spiece.model",
            {"sp_model_kwargs": {"enable_sampling": True}},
            "sp_model_kwargs must be empty",
        ),
        (
            "spiece.model",
            {"tokenizer_class": "CamembertTokenizer"},
            "tokenizer_class must be .*'CamembertTokenizer'",
        ),
        (
            "vocab.txt",
            {"tokenizer_class": "BertJapaneseTokenizer"},
            "tokenizer_class must be .*'BertJapaneseTokenizer'",
        ),
        ("vocab.txt", {"do_basic_tokenize": False}, "do_basic_tokenize must"),
        ("vocab.txt", {"never_split": ["a-b"]}, "never_split must be empty"),
        ("vocab.txt", {"strip_accents": "no"}, "strip_accents must be"),
        (
            "spiece.model",
            {"added_tokens_decoder": {"5000": {"content": "[E1]"}}},
            "Added tokens must be pieces.*E1",
        ),
        (
            "vocab.txt",
            {"additional_special_tokens": ["cafe"]},
            "Added tokens must be .*'cafe'",
        ),
        ("vocab.txt", {"added_tokens_decoder": [1]}, "must be an object"),
        (
            "vocab.txt",
            {"extra_special_tokens": {"user_token": "<user>"}},
            "Added tokens must be .*<user>",
        ),
        ("spiece.model", {"cls_token": 3}, "cls_token must be a string"),
    ],
)
def test_what_cannot_be_honoured(write_folder, vocabulary, config, message):
    folder = write_folder(vocabulary, tokenizer_config=config)
    with pytest.raises(ValueError, match=message):
        tokenizers.load(folder)


def test_special_pieces_among_added_tokens_are_fine(write_folder):
    decoder = {"0": {"content": "<pad>"}, "4": {"content": "[MASK]"}}
    config = {"added_tokens_decoder": decoder, "extra_special_tokens": ["("]}
    tokenizers.load(write_folder("spiece.model", tokenizer_config=config))


@pytest.mark.parametrize("text", ["[1, 2]", "{", "[" * 100_000])
def test_damaged_settings(write_folder, tmp_path, text):
    folder = write_folder("spiece.model")
    (tmp_path / "tokenizer_config.json").write_text(text)
    with pytest.raises(ValueError, match="tokenizer_config.json must hold"):
        tokenizers.load(folder)


def test_names_must_agree(write_folder):
    folder = write_folder(
        "spiece.model",
        tokenizer_config={"mask_token": "[MASK]"},
        special_tokens_map={"mask_token": {"content": "<mask>"}},
    )
    with pytest.raises(ValueError, match=r"mask_token.*<mask> and \[MASK\]"):
        tokenizers.load(folder)
