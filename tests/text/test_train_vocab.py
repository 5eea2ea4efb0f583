"""Vocabularies: ALBERT's special pieces, the same bytes again, errors."""

import subprocess
import sys

import pytest

from data_pipeline.text import tokenizer as tokenizer_lib
from data_pipeline.text import train_vocab


def run(**flags):
    return subprocess.run(
        [
            *(sys.executable, "-m", "data_pipeline.text.train_vocab"),
            *(f"--{name}={value}" for name, value in flags.items()),
        ],
        capture_output=True,
        text=True,
    )


def test_special_pieces_stand_where_the_released_models_have_them(vocabulary):
    tokenizer = tokenizer_lib.load(vocabulary)
    assert tokenizer.pieces[:13] == [
        *("<pad>", "<unk>", "[CLS]", "[SEP]", "[MASK]"),
        *("(", ")", '"', "-", ".", "–", "£", "€"),
    ]
    assert tokenizer.vocab_size == 70
    assert not {0, 2, 3, 4} & set(tokenizer.encode("<pad> [CLS] [SEP] [MASK]"))


def test_the_same_text_gives_the_same_bytes():
    sentences = [f"a sentence about number {n} of many" for n in range(300)]
    models = {train_vocab.train(sentences, vocab_size=50) for _ in range(2)}
    assert len(models) == 1


def test_the_command_writes_a_tokenizer_and_refuses_to_overwrite(
    corpus, tmp_path
):
    flags = {
        "input_file": corpus,
        "output_dir": tmp_path / "vocab",
        "vocab_size": 60,
    }
    outcome = run(**flags, do_lower_case=False, normalization="nfkc")
    assert outcome.returncode == 0, outcome.stderr
    tokenizer = tokenizer_lib.load(tmp_path / "vocab")
    assert tokenizer.vocab_size == 60 and not tokenizer.lower_case
    assert tokenizer.settings.normalization == "nfkc"
    assert any("T" in piece for piece in tokenizer.pieces[13:])
    again = run(**flags)
    assert again.returncode == 1 and "Nothing is overwritten" in again.stderr


def test_too_little_text(tmp_path):
    for text in ("\n", "one short line\n"):
        (tmp_path / "text.txt").write_text(text)
        outcome = run(
            input_file=tmp_path / "text.txt", output_dir=tmp_path / "vocab"
        )
        assert outcome.returncode == 1
        assert "must yield the vocabulary asked for" in outcome.stderr
        assert "Traceback" not in outcome.stderr
        assert not (tmp_path / "vocab").exists()
    with pytest.raises(ValueError, match="vocab_size=70"):
        train_vocab.train(["too little"], vocab_size=70)
