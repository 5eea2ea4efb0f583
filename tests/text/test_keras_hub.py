"""The tokenizer of a keras-hub preset: SentencePiece and nothing else."""

import json

import pytest
import sentencepiece

from data_pipeline.tasks.saved import saved_tasks
from data_pipeline.text import keras_hub
from data_pipeline.text import tokenizers
from data_pipeline.text.pieces import tokenizer_settings

TEXTS = ["In 1984, x5, 7,", "The  MILLER's café", "", "5,000 – «x»"]
CONFIG = {"sequence_length": None, "add_bos": False, "add_eos": False}


@pytest.fixture
def folder(model, tmp_path):
    """A preset's tokenizer beside a config that names no tokenizer."""
    write(tmp_path)
    (tmp_path / "config.json").write_text('{"class_name": "AlbertBackbone"}')
    (tmp_path / "assets/tokenizer").mkdir(parents=True)
    (tmp_path / "assets/tokenizer/vocabulary.spm").write_bytes(model)
    return tmp_path


def write(folder, class_name="AlbertTokenizer", **values):
    content = {"class_name": class_name, "config": {**CONFIG, **values}}
    (folder / "tokenizer.json").write_text(json.dumps(content))


def test_ids_are_sentencepieces(folder, model):
    processor = sentencepiece.SentencePieceProcessor(model_proto=model)
    tokenizer = tokenizers.load(folder)
    expected = [processor.encode(text) for text in TEXTS]
    assert [tokenizer.encode(text) for text in TEXTS] == expected
    assert tokenizer.encode_batch(TEXTS) == expected


def test_a_run_keeps_it(folder, tmp_path):
    tokenizer = saved_tasks.tokenizer(None, str(folder))
    tokenizer.save(tmp_path / "run")
    again = tokenizers.load(tmp_path / "run")
    assert again.settings.variant == "keras_hub"
    assert again.fingerprint == tokenizer.fingerprint


def test_lower_case_may_be_asked_for(folder):
    tokenizer = saved_tasks.tokenizer(None, str(folder), lower_case=True)
    assert tokenizer.encode("The") == tokenizer.encode("the")
    plain = tokenizers.load(folder)
    assert plain.encode("The") != plain.encode("the")


@pytest.mark.parametrize(
    "values", [{"add_bos": True}, {"add_eos": True}, {"sequence_length": 8}]
)
def test_other_settings(folder, values):
    write(folder, **values)
    with pytest.raises(
        ValueError, match=f"{next(iter(values))} of a keras-hub"
    ):
        tokenizers.load(folder)


def test_other_tokenizers(folder):
    write(folder, "BertTokenizer")
    with pytest.raises(ValueError, match="or hold one of"):
        tokenizers.load(folder)
    (folder / "tokenizer.json").unlink()
    with pytest.raises(ValueError, match="or hold one of"):
        tokenizers.load(folder)


def test_a_task_of_keras_hub_is_none_of_ours(tmp_path):
    (tmp_path / "task.json").write_text('{"class_name": "AlbertMaskedLM"}')
    assert saved_tasks.read(str(tmp_path)).tasks == {}
    (tmp_path / "task.json").write_text('{"other": 1}')
    with pytest.raises(ValueError, match="written beside the model"):
        saved_tasks.read(str(tmp_path))


def test_rules_that_keras_hub_ignores():
    settings = tokenizer_settings.TokenizerSettings
    google = settings(kind="sentencepiece")
    assert len(keras_hub.ignored_rules(google)) == 3
    own = settings(kind="sentencepiece", **keras_hub.SETTINGS)
    assert keras_hub.ignored_rules(own) == []
