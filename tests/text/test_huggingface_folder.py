"""Hugging Face folders: their own files say how the vocabulary is used."""

import json
import os

import pytest

from data_pipeline.tasks.saved import saved_tasks
from data_pipeline.text import huggingface_files
from data_pipeline.text import tokenizers

QUOTES = [
    {"type": "Replace", "pattern": {"String": old}, "content": '"'}
    for old in ("``", "''")
]
STRIP = [{"type": "NFKD"}, {"type": "StripAccents"}]
LOWER = [{"type": "Lowercase"}]
METASPACE = {
    "type": "Metaspace",
    "replacement": "▁",
    "prepend_scheme": "always",
}


@pytest.fixture
def write(tmp_path, model, word_piece_path):
    """Writes a folder of one vocabulary, with what else is given."""

    def write(vocabulary, **contents):
        if vocabulary == "spiece.model":
            (tmp_path / vocabulary).write_bytes(model)
        if vocabulary == "vocab.txt":
            (tmp_path / vocabulary).write_bytes(word_piece_path.read_bytes())
        contents = {"config": {"model_type": "albert"}, **contents}
        for name, content in contents.items():
            (tmp_path / f"{name}.json").write_text(json.dumps(content))
        return str(tmp_path)

    return write


def unigram(steps, **changes):
    return {
        "model": {"type": "Unigram", "unk_id": 1, "vocab": [["▁", 0]]},
        "normalizer": {"type": "Sequence", "normalizers": steps},
        "pre_tokenizer": METASPACE,
        **changes,
    }


def bert(**changes):
    return {
        "model": {"type": "WordPiece", "vocab": {}},
        "normalizer": {"type": "BertNormalizer", **changes},
        "pre_tokenizer": {"type": "BertPreTokenizer"},
    }


def test_a_folder_from_before_tokenizer_config(write, model, make):
    folder = write("spiece.model")
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
def test_settings_of_sentencepiece(write, config, lower_case, normalization):
    folder = write("spiece.model", tokenizer_config=config)
    settings = saved_tasks.tokenizer(None, folder).settings
    assert settings.variant == "huggingface"
    assert settings.lower_case == lower_case
    assert settings.normalization == normalization


def test_what_the_settings_do(write):
    config = {"do_lower_case": False, "keep_accents": True}
    folder = write("spiece.model", tokenizer_config=config)
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
def test_settings_of_wordpiece(write, config, expected):
    folder = write("vocab.txt", tokenizer_config=config)
    settings = saved_tasks.tokenizer(None, folder).settings
    assert settings.kind == "wordpiece" and settings.variant == "huggingface"
    assert (
        settings.lower_case,
        settings.removes_accents,
        settings.split_ideographs,
    ) == (expected or (True, True, True))


def test_wordpiece_as_transformers_has_it(write):
    tokenizer = tokenizers.load(write("vocab.txt"))
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
def test_what_cannot_be_honoured(write, vocabulary, config, message):
    folder = write(vocabulary, tokenizer_config=config)
    with pytest.raises(ValueError, match=message):
        tokenizers.load(folder)


def test_special_pieces_among_added_tokens_are_fine(write):
    decoder = {"0": {"content": "<pad>"}, "4": {"content": "[MASK]"}}
    config = {"added_tokens_decoder": decoder, "extra_special_tokens": ["("]}
    tokenizers.load(write("spiece.model", tokenizer_config=config))


@pytest.mark.parametrize("text", ["[1, 2]", "{", "[" * 100_000])
def test_damaged_settings(write, tmp_path, text):
    folder = write("spiece.model")
    (tmp_path / "tokenizer_config.json").write_text(text)
    with pytest.raises(ValueError, match="tokenizer_config.json must hold"):
        tokenizers.load(folder)


def test_names_must_agree(write):
    folder = write(
        "spiece.model",
        tokenizer_config={"mask_token": "[MASK]"},
        special_tokens_map={"mask_token": {"content": "<mask>"}},
    )
    with pytest.raises(ValueError, match=r"mask_token.*<mask> and \[MASK\]"):
        tokenizers.load(folder)


@pytest.mark.parametrize(
    "steps, settings",
    [
        ([*QUOTES, *STRIP, *LOWER], (True, "huggingface", "albert")),
        ([*STRIP, *LOWER], (True, "albert", "albert")),
        ([*QUOTES, *LOWER], (True, "huggingface", "none")),
        ([*STRIP], (False, "albert", "albert")),
    ],
)
def test_a_tokenizer_json_beside_the_model(write, steps, settings):
    # As exports write it: transformers runs the file as it is.
    folder = write(
        "spiece.model",
        tokenizer=unigram(steps),
        tokenizer_config={"tokenizer_class": "PreTrainedTokenizerFast"},
    )
    found = tokenizers.load(folder).settings
    assert found.kind == "sentencepiece"
    assert (found.lower_case, found.variant, found.normalization) == settings


def test_a_tokenizer_json_that_gives_other_ids_is_run(write, make, model):
    # As transformers 4.39 and later save it: "(" is cut out of the text first.
    tokenizer = make(model)
    made = json.loads(huggingface_files.files(tokenizer, 8)["tokenizer.json"])
    theirs = {"tokenizer_class": "PreTrainedTokenizerFast"}
    folder = write("spiece.model", tokenizer=made, tokenizer_config=theirs)
    assert tokenizers.load(folder).settings.kind == "sentencepiece"
    number = tokenizer.pieces.index("(")
    token = {"id": number, "content": "(", "normalized": False}
    made["added_tokens"].append(token)
    folder = write("spiece.model", tokenizer=made, tokenizer_config=theirs)
    found = saved_tasks.tokenizer(None, folder)
    assert found.settings.kind == "unigram"
    assert found.encode("a (b") != tokenizer.encode("a (b")
    named = tokenizers.load(os.path.join(folder, "spiece.model"))
    assert named.encode("a (b") == tokenizer.encode("a (b")


@pytest.mark.parametrize(
    "vocabulary, tokenizer, config, key",
    [
        ("spiece.model", unigram([*STRIP]), {}, "do_lower_case"),
        ("spiece.model", unigram([*LOWER]), {}, "keep_accents"),
        (
            "spiece.model",
            unigram([*STRIP, *LOWER]),
            {"do_lower_case": False},
            "do_lower_case",
        ),
        ("vocab.txt", bert(lowercase=False), {}, "do_lower_case"),
        (
            "vocab.txt",
            bert(lowercase=True, handle_chinese_chars=False),
            {"tokenizer_class": "BertTokenizer"},
            "tokenize_chinese_chars",
        ),
    ],
)
def test_files_that_disagree(write, vocabulary, tokenizer, config, key):
    folder = write(vocabulary, tokenizer=tokenizer, tokenizer_config=config)
    with pytest.raises(ValueError, match=f"must agree on {key}"):
        tokenizers.load(folder)


def test_arguments_must_agree_with_the_folder(write):
    folder = write("spiece.model", tokenizer_config={"do_lower_case": False})
    assert not tokenizers.load(folder, lower_case=False).lower_case
    message = "lower_case=True.*tokenizer_config.json says False"
    with pytest.raises(ValueError, match=message):
        saved_tasks.tokenizer(None, folder, lower_case=True)


def test_a_bare_vocabulary_is_what_it_is_said_to_be(
    model, word_piece_path, tmp_path, caplog
):
    (tmp_path / "30k-clean.model").write_bytes(model)
    with caplog.at_level("INFO", "absl"):
        tokenizer = saved_tasks.tokenizer(None, str(tmp_path), False)
    assert not tokenizer.lower_case
    assert tokenizer.settings.variant == "albert"
    assert "lower_case=False, variant=albert" in caplog.text
    assert "Settings that were not given are defaults" in caplog.text
    assert not saved_tasks.tokenizer(
        str(word_piece_path), None, False
    ).lower_case


def test_a_vocabulary_beside_ours_is_ours(write, make, model, tmp_path):
    # A run's folder, in which somebody put Hugging Face's settings.
    make(model, lower_case=True).save(tmp_path)
    folder = write(None, tokenizer_config={"do_lower_case": False})
    assert saved_tasks.tokenizer(None, folder).lower_case


def test_a_released_model_beside_a_config_of_theirs(write, model, tmp_path):
    # transformers would not see it, so nothing says how it is used.
    (tmp_path / "30k-clean.model").write_bytes(model)
    settings = saved_tasks.tokenizer(None, write(None)).settings
    assert settings.variant == "albert"


def test_a_preset_of_keras(write, model, tmp_path):
    (tmp_path / "vocabulary.spm").write_bytes(model)
    folder = write(None, tokenizer={"class_name": "AlbertTokenizer"}, config={})
    with pytest.raises(ValueError, match="none.*vocabulary file itself"):
        tokenizers.load(folder)
    path = os.path.join(folder, "vocabulary.spm")
    assert tokenizers.load(path).settings.variant == "albert"


def test_bert_says_which_of_two(write, model, tmp_path):
    (tmp_path / "spiece.model").write_bytes(model)
    config = {"tokenizer_class": "BertTokenizer"}
    folder = write("vocab.txt", tokenizer_config=config)
    assert tokenizers.load(folder).settings.kind == "wordpiece"
    config = {"tokenizer_class": "AlbertTokenizer"}
    folder = write("vocab.txt", tokenizer_config=config)
    assert tokenizers.load(folder).settings.kind == "sentencepiece"


def test_a_run_goes_on_with_its_tokenizer(make, model, tmp_path, caplog):
    # Started when a Hugging Face folder was read in another way.
    old, new = make(model), make(model, variant="huggingface")
    assert saved_tasks.resumed(new, str(tmp_path)) is new
    old.save(tmp_path)
    found = saved_tasks.resumed(new, str(tmp_path))
    assert found.fingerprint == old.fingerprint
    assert "resumes with the tokenizer" in caplog.text
    other = make(model + b"\x12\x00")
    assert saved_tasks.resumed(other, str(tmp_path)) is other


def test_no_vocabulary(write):
    with pytest.raises(FileNotFoundError, match="must hold a spiece.model"):
        tokenizers.load(write(None))
    with pytest.raises(ValueError, match="must have a vocabulary"):
        saved_tasks.tokenizer(None, write(None))
