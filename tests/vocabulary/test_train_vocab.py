"""Vocabularies: ALBERT's special pieces, the same bytes again, errors."""

import json
import random

import pytest

from data_pipeline.text import tokenizers
from data_pipeline.text.pieces import tokenizer_settings
from data_pipeline.vocabulary import sampling
from data_pipeline.vocabulary import train_vocabulary
from data_pipeline.vocabulary import trainer_memory
from data_pipeline.vocabulary import training
from data_pipeline.vocabulary import vocabulary_config


def run(**settings):
    return train_vocabulary.train_vocabulary(
        vocabulary_config.VocabularyConfig(**settings)
    )


def test_special_pieces_stand_where_the_released_models_have_them(vocabulary):
    tokenizer = tokenizers.load(vocabulary)
    assert tokenizer.pieces[:13] == [
        *("<pad>", "<unk>", "[CLS]", "[SEP]", "[MASK]"),
        *("(", ")", '"', "-", ".", "–", "£", "€"),
    ]
    assert tokenizer.vocab_size == 70
    assert not {0, 2, 3, 4} & set(tokenizer.encode("<pad> [CLS] [SEP] [MASK]"))


def test_the_same_text_gives_the_same_bytes():
    sentences = [f"a sentence about number {n} of many" for n in range(300)]
    models = {training.train(sentences, vocab_size=50) for _ in range(2)}
    assert len(models) == 1


def test_the_command_writes_a_tokenizer_and_refuses_to_overwrite(
    corpus, tmp_path
):
    flags = {
        "input_file": corpus,
        "output_dir": tmp_path / "vocab",
        "vocab_size": 60,
    }
    run(**flags, do_lower_case=False, normalization="nfkc")
    tokenizer = tokenizers.load(tmp_path / "vocab")
    assert tokenizer.vocab_size == 60 and not tokenizer.lower_case
    assert tokenizer.settings.normalization == "nfkc"
    assert any("T" in piece for piece in tokenizer.pieces[13:])
    with pytest.raises(FileExistsError, match="Nothing is overwritten"):
        run(**flags)


def test_too_little_text(tmp_path):
    for text in ("\n", "one short line\n"):
        (tmp_path / "text.txt").write_text(text)
        with pytest.raises(ValueError, match="must yield the number of pieces"):
            run(input_file=tmp_path / "text.txt", output_dir=tmp_path / "vocab")
        assert not (tmp_path / "vocab").exists()
    with pytest.raises(ValueError, match="vocab_size=70, .*at most"):
        training.train(["too little"], vocab_size=70)
    letters = "".join(map(chr, range(0x4E00, 0x4E40)))
    with pytest.raises(ValueError, match="are 7[78] pieces. Raise --vocab"):
        training.train([letters] * 9, vocab_size=40)


def test_a_small_corpus_is_trained_on_whole(corpus, tmp_path, caplog):
    run(input_file=corpus, output_dir=tmp_path, vocab_size=60)
    report = json.loads((tmp_path / "report.json").read_text())
    lines = [line for line in corpus.read_text().splitlines() if line]
    assert report["sentences"]["read"] == len(lines)
    assert report["sentences"]["sampled"] == len(lines)
    assert not report["reported_on"]["held_out"]
    assert "vocabulary was trained on" in caplog.text
    assert report["fit"]["character_coverage"] == 1


def test_some_sentences_of_more_text_are_held_out(tmp_path, caplog):
    (tmp_path / "text.txt").write_text(
        "\n".join(f"this is number {n} of many" for n in range(20_000))
    )
    (tmp_path / "heldout.txt").write_text("天 地 玄 黄\nnumber 7\n")
    flags = {
        "input_file": tmp_path / "text.txt",
        "input_format": "sentences",
        "vocab_size": 40,
    }
    run(**flags, output_dir=tmp_path / "a")
    report = json.loads((tmp_path / "a/report.json").read_text())
    held = report["reported_on"]["sentences"]
    assert 150 < held < 250  # 1%, standard deviation 14
    assert report["sentences"]["sampled"] == 20_000 - held
    assert report["fit"]["unknown_pieces"] == 0
    assert "WARNING" not in caplog.text

    run(
        **flags,
        output_dir=tmp_path / "b",
        heldout_file=tmp_path / "heldout.txt",
    )
    report = json.loads((tmp_path / "b/report.json").read_text())
    assert report["sentences"]["sampled"] == 20_000
    assert report["reported_on"]["sentences"] == 2
    assert report["fit"]["words"] == 6
    assert "Train on text that has them" in caplog.text


@pytest.mark.parametrize("number, held_out", [(5000, True), (400, False)])
def test_a_small_corpus_is_reported_on_as_it_was(
    number, held_out, tmp_path, caplog
):
    words = "Tôi đi chợ mua rau Hà Nội là thủ đô Cô đọc sách rồi ngủ".split()
    rng = random.Random(1)
    lines = [" ".join(rng.choices(words, k=6)) + "." for _ in range(number)]
    (tmp_path / "text.txt").write_text("\n".join(lines))
    run(input_file=tmp_path / "text.txt", output_dir=tmp_path, vocab_size=35)
    report = json.loads((tmp_path / "report.json").read_text())
    assert report["reported_on"]["held_out"] == held_out
    held = report["reported_on"]["sentences"]
    assert 100 < held < 210 if held_out else held == number  # deviation 12
    assert report["sentences"]["sampled"] == number - held * held_out
    changed = sum(char in "ôợàộủọáồ" for char in "".join(words))
    share = changed / (len("".join(words)) + len(words) / 6)
    fit = report["fit"]
    assert fit["changed_by_normalization"] == pytest.approx(share, rel=0.1)
    assert fit["changed_by_nfkc"] == 0
    assert "--normalization=nfkc" in caplog.text


def test_long_lines_are_used():
    line = "only here zebras " + "and here horses " * 1000
    assert len(line) > training.LONGEST_SENTENCE
    parts = sampling.split_long(line.strip(), training.LONGEST_SENTENCE)
    model = training.train(parts, vocab_size=28)
    pieces = tokenizers.Tokenizer(
        model, tokenizer_settings.TokenizerSettings(kind="sentencepiece")
    ).pieces
    assert "z" in "".join(pieces)


def test_the_sample_follows_from_the_memory_limit():
    # (1.1 GB - 0.1 GB) / 32
    assert trainer_memory.sample_bytes(1.1e9, 0.1e9) == 31_250_000
    assert trainer_memory.sample_bytes(1e12, 0) < 2**31
    with pytest.raises(ValueError, match="--memory_limit_gb=0.14"):
        trainer_memory.sample_bytes(0.1e9, 0.1e9)
