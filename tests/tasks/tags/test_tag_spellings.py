"""The scheme of a file's tags, however they are spelled."""

import logging as python_logging

import pytest

from data_pipeline.tasks import file_columns
from data_pipeline.tasks import kinds
from data_pipeline.tasks import splits
from data_pipeline.tasks import table
from data_pipeline.tasks.data import split_files
from data_pipeline.tasks.tags import tag_spellings

SENTENCES = ["B-ORG O B-MISC O", "B-PER I-PER", "B-LOC O O O O"] * 4


def read(tmp_path, sentences, expected=None, on_bad_row="stop", name="a.conll"):
    path = tmp_path / name
    path.write_text(
        "\n\n".join(
            "\n".join(f"w {tag}" for tag in sentence.split(" "))
            for sentence in sentences
        )
        + "\n"
    )
    source = splits.DataSource(files={"dev": str(path)}, on_bad_row=on_bad_row)
    task = table.named("tagging")
    return split_files.read(task, "dev", source, labelled=True, scheme=expected)


def respelled(function):
    return [
        " ".join(tag if tag == "O" else function(tag) for tag in s.split())
        for s in SENTENCES
    ]


@pytest.mark.parametrize(
    "spell, example",
    [
        (lambda tag: tag.replace("-", "_"), "'B_LOC' is read as 'B-LOC'"),
        (lambda tag: tag[0].lower() + tag[1:], "'b-LOC' is read as 'B-LOC'"),
        (
            lambda tag: tag.lower().replace("-", ":"),
            "'b:loc' is read as 'B-loc'",
        ),
        (lambda tag: f"{tag[2:]}-{tag[0]}", "'LOC-B' is read as 'B-LOC'"),
        (
            lambda tag: f"{tag[2:]}_{tag[0].lower()}",
            "'LOC_b' is read as 'B-LOC'",
        ),
        (lambda tag: tag.replace("-", "\N{EN DASH}"), "is read as 'B-LOC'"),
        (lambda tag: tag[0], "'B' is read as 'B-entity'"),
    ],
)
def test_other_spellings_are_read_and_said(tmp_path, caplog, spell, example):
    split = read(tmp_path, respelled(spell))
    assert split.scheme == "BIO"
    usual = read(tmp_path, SENTENCES, name="usual.conll")
    for found, expected in zip(split.examples, usual.examples, strict=True):
        for tag, known in zip(found.tags, expected.tags, strict=True):
            assert tag[:2] == known[:2]
            assert tag == known or tag[2:] in ("entity", known[2:].lower())
    (record,) = caplog.records
    assert example in record.getMessage() and "a.conll" in record.getMessage()


@pytest.mark.parametrize(
    "slip", ["0", "o", "OI-MISC", "B_X", "X-B", "b-X", "I", "X-PER", "_", "M-X"]
)
@pytest.mark.parametrize("count", [1, 4])
def test_a_slip_is_a_bad_row(tmp_path, slip, count):
    sentences = [*SENTENCES[:count], f"O {slip} O", *SENTENCES]
    with pytest.raises(ValueError, match="a.conll, line [0-9]+: Tags must be"):
        read(tmp_path, sentences)
    split = read(tmp_path, sentences, on_bad_row="skip")
    assert split.scheme == "BIO"
    assert [n for n, e in enumerate(split.examples) if e is None] == [count]


def test_a_slip_in_a_small_file(tmp_path):
    with pytest.raises(ValueError, match="line 5: Tags must be BIO.*'0 is no"):
        read(tmp_path, ["B-PER I-PER O", "0 B-PER"])


def test_another_sign_for_other_words_is_a_bad_row(tmp_path):
    for other in ("0", "_", "NONE"):
        sentences = [s.replace("O ", f"{other} ") for s in SENTENCES]
        sentences = [s.replace(" O", f" {other}") for s in sentences]
        with pytest.raises(ValueError, match="line 2: Tags must be BIO"):
            read(tmp_path, sentences)


@pytest.mark.parametrize(
    "spell",
    [
        {"B-ORG": "U-ORG", "B-MISC": "U-MISC", "B-LOC": "U-LOC", "I-": "L-"},
        {"B-ORG": "S-ORG", "B-MISC": "S-MISC", "B-LOC": "S-LOC", "I-": "E-"},
        {"B-ORG": "W-ORG", "B-MISC": "W-MISC", "B-LOC": "W-LOC", "I-": "E-"},
        {"B-": "I-"},
        {"B-PER": "I-PER", "I-PER": "E-PER", "B-": "E-"},
    ],
)
def test_the_scheme_is_said_and_entities_are_the_same(tmp_path, caplog, spell):
    sentences = SENTENCES
    for old, new in spell.items():
        sentences = [
            " ".join(
                new + tag[len(old) :] if tag.startswith(old) else tag
                for tag in s.split()
            )
            for s in sentences
        ]
    if "I-PER" in spell:
        sentences = ["E-ORG O E-MISC O", "I-PER E-PER", "E-LOC O O O O"] * 4
    caplog.set_level(python_logging.INFO, "absl")
    split = read(tmp_path, sentences)
    assert (
        f"the scheme {split.scheme}." in caplog.text and split.scheme != "BIO"
    )
    usual = read(tmp_path, SENTENCES)
    assert split.examples == usual.examples


def test_plain_labels_are_said_and_warned_of(tmp_path, caplog):
    caplog.set_level(python_logging.INFO, "absl")
    assert read(tmp_path, ["NN VB DT", "NN"]).scheme == "none"
    assert "plain labels" in caplog.text and "look like" not in caplog.text
    caplog.clear()
    split = read(tmp_path, ["NN VB DT", "B-X NN", "VB VB"])
    assert split.scheme == "none"
    assert "look like" in caplog.text and "B-X" in caplog.text


def test_types_without_letters_are_warned_of(tmp_path, caplog):
    assert read(tmp_path, ["PER PER O", "BEGIN-LOC O"]).scheme == "none"
    assert "'PER', 'BEGIN-LOC'" in caplog.text and "I-" in caplog.text
    caplog.clear()
    read(tmp_path, ["O O"])
    assert "all of its tags are O" in caplog.text


def test_a_few_sentences_have_the_scheme_of_the_training_data(tmp_path, caplog):
    for expected in ("BMES", "BIOES", "BIO", "BILOU", "IOB1"):
        assert read(tmp_path, ["O O"], expected).scheme == expected
    assert read(tmp_path, ["S-X O"], "BMES").scheme == "BMES"
    assert not caplog.records
    assert read(tmp_path, ["B-X I-X"], "none").scheme == "none"
    assert "look like" in caplog.text


def test_another_scheme_than_the_training_data_is_said(tmp_path, caplog):
    split = read(tmp_path, ["U-X O B-X L-X"], "BIO")
    assert split.scheme == "BILOU"
    assert split.examples[0].tags == ("B-X", "O", "B-X", "I-X")
    assert "has the scheme BILOU, but the training data had BIO" in caplog.text
    with pytest.raises(ValueError, match="line 1: Tags must be BIO.*NN"):
        read(tmp_path, ["NN VB"], "BIO")


@pytest.mark.parametrize("ending", ["tsv", "jsonl", "json"])
def test_the_place_of_a_tag_in_a_table(tmp_path, ending):
    rows = {
        "tsv": "words\ttags\na b\tB-X I-X\na b\tO 0\n",
        "jsonl": '{"words": ["a", "b"], "tags": ["B-X", "I-X"]}\n'
        '{"words": ["a", "b"], "tags": ["O", "0"]}\n',
        "json": '[{"words": "a b", "tags": "B-X I-X"},\n'
        '{"words": "a b", "tags": "O 0"}]',
    }
    path = tmp_path / f"a.{ending}"
    path.write_text(rows[ending])
    source = splits.DataSource(
        files={"dev": str(path)}, columns=file_columns.Columns("tagging")
    )
    line = 3 if ending == "tsv" else 2
    with pytest.raises(
        ValueError, match=f"a.{ending}, line {line}.*, word 2: Tags"
    ):
        split_files.read(
            kinds.custom_task("tagging"), "dev", source, labelled=True
        )


def test_respelled_leaves_other_tags():
    spelling = tag_spellings.detect([["b-X", "i-X", "o"]])
    assert spelling == ("BIO", {"b-X": "B-X", "i-X": "I-X", "o": "O"})
    assert tag_spellings.respelled([["i-X", "?"]], spelling.usual) == [
        ("I-X", "?")
    ]


@pytest.mark.shared
@pytest.mark.parametrize("slip", ["0", "OI-MISC"])
def test_one_slip_in_conll_2003(shared, tmp_path, slip):
    text = (shared / "data/ner/conll2003/valid.txt").read_text()
    path = tmp_path / "valid.txt"
    path.write_text(
        text.replace(" O\n", f" {slip}\n", 100).replace(
            f" {slip}\n", " O\n", 99
        )
    )
    source = splits.DataSource(files={"dev": str(path)})
    task = table.named("tagging")
    with pytest.raises(ValueError, match="valid.txt, line 1[0-9]+: Tags must"):
        split_files.read(task, "dev", source, labelled=True)
