"""Which vocabulary a folder has, and whose settings it is used with."""

import os

import pytest

from data_pipeline.tasks.saved import saved_tasks
from data_pipeline.text import tokenizers


def test_arguments_must_agree_with_the_folder(write_folder):
    folder = write_folder(
        "spiece.model", tokenizer_config={"do_lower_case": False}
    )
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


def test_a_vocabulary_beside_ours_is_ours(write_folder, make, model, tmp_path):
    # A run's folder, in which somebody put Hugging Face's settings.
    make(model, lower_case=True).save(tmp_path)
    folder = write_folder(None, tokenizer_config={"do_lower_case": False})
    assert saved_tasks.tokenizer(None, folder).lower_case


def test_a_released_model_beside_a_config_of_theirs(
    write_folder, model, tmp_path
):
    # transformers would not see it, so nothing says how it is used.
    (tmp_path / "30k-clean.model").write_bytes(model)
    settings = saved_tasks.tokenizer(None, write_folder(None)).settings
    assert settings.variant == "albert"


def test_a_preset_of_keras(write_folder, model, tmp_path):
    (tmp_path / "vocabulary.spm").write_bytes(model)
    folder = write_folder(
        None, tokenizer={"class_name": "AlbertTokenizer"}, config={}
    )
    with pytest.raises(ValueError, match="hold one of.*vocabulary file itself"):
        tokenizers.load(folder)
    path = os.path.join(folder, "vocabulary.spm")
    assert tokenizers.load(path).settings.variant == "albert"


def test_bert_says_which_of_two(write_folder, model, tmp_path):
    (tmp_path / "spiece.model").write_bytes(model)
    config = {"tokenizer_class": "BertTokenizer"}
    folder = write_folder("vocab.txt", tokenizer_config=config)
    assert tokenizers.load(folder).settings.kind == "wordpiece"
    config = {"tokenizer_class": "AlbertTokenizer"}
    folder = write_folder("vocab.txt", tokenizer_config=config)
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


def test_no_vocabulary(write_folder):
    with pytest.raises(FileNotFoundError, match="must hold a spiece.model"):
        tokenizers.load(write_folder(None))
    with pytest.raises(ValueError, match="must have a vocabulary"):
        saved_tasks.tokenizer(None, write_folder(None))


def test_the_vocabulary_of_a_saved_model_for_tf_hub(model, tmp_path):
    (tmp_path / "assets").mkdir()
    (tmp_path / "assets/30k-clean.model").write_bytes(model)
    settings = saved_tasks.tokenizer(None, str(tmp_path)).settings
    assert settings.variant == "albert" and settings.lower_case
