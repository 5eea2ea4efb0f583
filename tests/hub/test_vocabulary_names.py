"""A vocabulary is named by its model, too."""

import pathlib
import re

import pytest

import albert_tf
from data_pipeline.text import tokenizers

PIECES = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *"abcdefghijklm."]


@pytest.fixture
def text(tmp_path) -> pathlib.Path:
    path = tmp_path / "text.txt"
    path.write_text("a b c d. e f g h. i j k l m.\n" * 20)
    return path


def records(text, vocabulary, folder):
    return albert_tf.build_records(
        albert_tf.RecordsConfig(
            input_file=text,
            spm_model_file=vocabulary,
            output_dir=folder,
            max_seq_length=8,
            num_workers=1,
        )
    )


def test_records_and_audit(hub, text, tmp_path):
    vocabulary = "\n".join(PIECES).encode()
    hub.files["lab/tiny"]["vocab.txt"] = vocabulary
    (tmp_path / "vocab.txt").write_bytes(vocabulary)
    named = records(text, "hf://lab/tiny", tmp_path / "named")
    local = records(text, tmp_path / "vocab.txt", tmp_path / "local")
    assert named.counts == local.counts
    for one, other in zip(named.files, local.files, strict=True):
        first, second = pathlib.Path(one), pathlib.Path(other)
        assert first.read_bytes() == second.read_bytes()

    audited = albert_tf.audit_records(
        albert_tf.AuditConfig(
            input_file=f"{named.output_dir}/*.tfrecord",
            spm_model_file="hf://lab/tiny",
        )
    )
    assert audited.tokenizer.pieces == PIECES


def test_a_name_that_is_near_a_released_one(text, tmp_path):
    with pytest.raises(ValueError, match=re.escape("albert-base-v2")):
        records(text, "albert-base-v3", tmp_path / "records")


def test_folder_of_a_released_model(tmp_path):
    (tmp_path / "vocab_chinese.txt").write_text("\n".join(PIECES))
    assert tokenizers.load(tmp_path).pieces == PIECES


def test_folder_without_a_vocabulary(tmp_path):
    with pytest.raises(ValueError, match=r"or hold one of 30k-clean\.model"):
        tokenizers.load(tmp_path)
