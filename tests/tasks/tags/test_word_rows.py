"""Tables with a word in each row."""

import json

import pytest

from data_pipeline.tasks import file_columns
from data_pipeline.tasks import kinds
from data_pipeline.tasks import row_problems
from data_pipeline.tasks import splits
from data_pipeline.tasks.data import custom
from data_pipeline.tasks.data import split_files

# As the "Annotated Corpus for Named Entity Recognition" on Kaggle has them.
KAGGLE = """Sentence #,Word,POS,Tag
Sentence: 1,Thousands,NNS,O
,of,IN,O
,London,NNP,B-geo
Sentence: 2,\"\"\"\",``,O
,\"1,000\",CD,O
"""
NAMES = {"sentence": "Sentence #", "words": "Word", "tags": "Tag"}


def read(tmp_path, text, name="a.csv", on_bad_row="stop", **columns):
    path = tmp_path / name
    path.write_text(text)
    return custom.read(
        str(path),
        row_problems.Problems(on_bad_row),
        file_columns.Columns("tagging", **{**NAMES, **columns}),
    )


def check(found):
    assert [example.id for example in found] == ["0", "1"]
    assert found[0].words == ("Thousands", "of", "London")
    assert found[0].tags == ("O", "O", "B-geo")
    assert found[1].words == ('"', "1,000")


def test_a_sentence_is_named_at_its_first_word(tmp_path):
    found = read(tmp_path, KAGGLE)
    check(found)
    assert list(found[1].lines) == [5, 6]
    assert read(tmp_path, KAGGLE, labelled=False)[0].tags is None
    tags = read(tmp_path, KAGGLE, tags="POS")[1].tags
    assert tags == ("``", "CD")


@pytest.mark.parametrize("name", ["a.csv", "a.tsv", "a.jsonl"])
@pytest.mark.parametrize("empty", ["repeated", "", "nan", None, float("nan")])
def test_a_sentence_is_named_at_each_word(tmp_path, name, empty):
    words = [("Thousands", "O"), ("of", "O"), ("London", "B-geo")]
    rows = [(1, *words[0]), (1, *words[1]), (1, *words[2]), (2, '"', "O")]
    rows.append((2, "1,000", "O"))
    if empty != "repeated":
        for number in (1, 2, 4):
            rows[number] = (empty, *rows[number][1:])
    keys = ("Sentence #", "Word", "Tag")
    if name == "a.jsonl":
        text = "".join(
            json.dumps(dict(zip(keys, row, strict=True))) + "\n" for row in rows
        )
    else:
        mark, quoted = ("\t", str) if name == "a.tsv" else (",", json.dumps)
        lines = [keys, *(("" if c is None else c for c in r) for r in rows)]
        text = "".join(
            mark.join(
                '""""' if cell == '"' and mark == "," else quoted(str(cell))
                for cell in line
            )
            + "\n"
            for line in lines
        )
    check(read(tmp_path, text, name))


@pytest.mark.parametrize(
    "row, rule",
    [
        (",,X,O", "Each word must be a non-empty string"),
        (", ,X,O", "Each word must be"),
        (",nan,X,O", "Each word must be .* other than nan and NaN"),
        (",NaN,X,O", "Each word must be .* other than nan and NaN"),
        (',"a\tb",X,O', "without tabs"),
        (",a,X,", "Each tag must be a non-empty string"),
        (",a,X", "4 columns"),
        ("Sentence: 1,a,X,O", "must be consecutive.*line 2"),
    ],
)
def test_a_bad_row_takes_its_sentence(tmp_path, row, rule):
    text = f"{KAGGLE}{row}\nSentence: 3,x,X,O\n"
    with pytest.raises(ValueError, match=f"a.csv, line 7: .*{rule}"):
        read(tmp_path, text)
    found = read(tmp_path, text, on_bad_row="skip")
    assert found[0].words[0] == "Thousands" and found[-1].words == ("x",)
    assert None in found[1:-1]


def test_words_that_json_has_none_of(tmp_path):
    row = {"Sentence #": 1, "Word": "a", "Tag": "O"}
    for word in (None, float("nan"), [], True):
        text = json.dumps({**row, "Word": word}) + "\n"
        with pytest.raises(ValueError, match="line 1: Each word must be"):
            read(tmp_path, text, "a.jsonl")
    text = json.dumps({**row, "Word": 1850}) + "\n"
    assert read(tmp_path, text, "a.jsonl")[0].words == ("1850",)


def test_a_table_by_its_flag_whatever_the_ending(tmp_path):
    text = KAGGLE.replace(",", "\t").replace('"1\t000"', "1,000")
    check(read(tmp_path, text.replace('""""', '"'), "a.txt"))


def test_the_first_row_names_its_sentence(tmp_path):
    with pytest.raises(ValueError, match="line 2: The first row must name"):
        read(tmp_path, "Sentence #,Word,Tag\n,a,O\n")


def test_the_line_of_a_tag(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text(KAGGLE.replace('"1,000",CD,O', "x,CD,I-geo"))
    columns = file_columns.Columns("tagging", **NAMES)
    source = splits.DataSource(files={"train": str(path)}, columns=columns)
    with pytest.raises(ValueError, match="line 6: Tags must be BIO.*I-geo fol"):
        split_files.read(
            kinds.custom_task("tagging"), "train", source, labelled=True
        )


def test_rows_of_single_words_are_noticed(tmp_path, caplog):
    path = tmp_path / "a.csv"
    path.write_text("words,tags\na,O\nb,B-X\nc,O\n")
    source = splits.DataSource(
        files={"train": str(path)}, columns=file_columns.Columns("tagging")
    )
    split_files.read(
        kinds.custom_task("tagging"), "train", source, labelled=True
    )
    assert "one word" in caplog.text and "--sentence_column" in caplog.text
