"""Labels as files have them: missing, printed as lists, a column for each."""

import dataclasses
import math

import pytest
from absl import logging
from own_tables import bad_row
from own_tables import json_rows
from own_tables import read

from data_pipeline.tasks import file_columns
from data_pipeline.tasks import kinds
from data_pipeline.tasks import splits
from data_pipeline.tasks.data import split_files
from data_pipeline.tasks.kinds import learned_labels


@pytest.fixture
def warnings(monkeypatch):
    """The warnings that are logged."""
    found = []
    monkeypatch.setattr(
        logging, "warning", lambda text, *values: found.append(text % values)
    )
    return found


@pytest.mark.parametrize(
    "cell",
    ["", " ", "nan", "NaN", "<NA>", "null", "NULL", "NaT", "\\N", "#N/A"],
)
def test_missing_labels_are_bad_rows(tmp_path, cell):
    columns = file_columns.Columns("classification")
    content = f"text,label\na,x\nb,{cell}\n"
    with pytest.raises(
        ValueError, match="line 3: .*label; this one is missing"
    ):
        read(tmp_path, "a.csv", content, columns)
    found = read(tmp_path, "a.csv", content, columns, "skip")
    assert found[0].label == "x" and found[1] is None
    assert "is missing" in bad_row(
        tmp_path, {"text": "a", "label": cell}, columns
    )


@pytest.mark.parametrize("kind", ["classification", "multilabel"])
def test_missing_labels_of_json(tmp_path, kind):
    columns = file_columns.Columns(kind)
    cells = ["null", "NaN"]
    if kind == "multilabel":
        cells += ['["a", null]', "[NaN]", '["nan"]', '"a|NULL"']
    for cell in cells:
        content = f'{{"text": "a", "label": {cell}}}\n'
        with pytest.raises(ValueError, match="'label' must hold a label; this"):
            read(tmp_path, "a.jsonl", content, columns)
    for bad in (math.inf, {"a": 1}):
        assert "'label' must hold" in bad_row(
            tmp_path, {"text": "a", "label": bad}, columns
        )


def test_words_that_may_be_classes_are_named(tmp_path, warnings):
    columns = file_columns.Columns("classification")
    content = "text,label\na,None\nb,N/A\nc,None\nd,nano\n"
    found = read(tmp_path, "a.csv", content, columns)
    assert [e.label for e in found] == ["None", "N/A", "None", "nano"]
    assert len(warnings) == 2
    assert "'None' of 2 rows counts as a class" in warnings[0]


@pytest.mark.parametrize(
    "cell",
    [
        "['pos', 'x']",
        "['pos' 'x']",
        "['pos']",
        "[pos, x]",
        "[0 1 0]",
        "[1]",
        "('a', 'b')",
        "{'a'}",
        "['a', 'b'",
        "[['a']]",
        ["pos"],
        [],
    ],
)
def test_a_list_is_no_class(tmp_path, cell):
    columns = file_columns.Columns("classification")
    row = {"text": "a", "label": cell}
    assert "one label, not a list" in bad_row(tmp_path, row, columns)


def test_brackets_alone_are_no_list(tmp_path):
    columns = file_columns.Columns("classification")
    for name in ("[other]", "(1, 2)", "it's", "a [b]"):
        content = json_rows({"text": "a", "label": name})
        (found,) = read(tmp_path, "a.jsonl", content, columns)
        assert found.label == name


@pytest.mark.parametrize(
    "cell, labels",
    [
        ("['pos', 'x y']", ("pos", "x y")),
        ("['pos'\n 'x']", ("pos", "x")),
        ("('pos', 'x')", ("pos", "x")),
        ("[np.str_('pos')]", ("pos",)),
        ("[3, 18]", ("3", "18")),
        ("[3 18]", ("3", "18")),
        ("[]", ()),
        ("[a]|[b c]", ("[a]", "[b c]")),
        ("[pos, x]", None),
        ("[0 1 0]", None),
        ("[0.5 1]", None),
        ("['a', None]", None),
        ("[0 1 ... 1]", None),
        ("{'a', 'b'}", None),
        ("[[1]]", None),
        ("['a'", None),
    ],
)
def test_printed_lists_of_labels(tmp_path, cell, labels):
    columns = file_columns.Columns("multilabel")
    content = f'text,label\na,"{cell}"\n'
    (found,) = read(tmp_path, "a.csv", content, columns, "skip")
    assert (found and found.label) == labels
    if labels is None:
        with pytest.raises(ValueError, match="line 2: .*'label' must hold"):
            read(tmp_path, "a.csv", content, columns)


@pytest.mark.parametrize(
    "words, tags, found",
    [
        ("['EU', 'rejects']", "['B-X', 'O']", ("EU", "rejects")),
        ("['EU'\n 'rejects']", "['B-X' 'O']", ("EU", "rejects")),
        ("[\"don't\" 'a \\'b\\'']", "B-X O", ("don't", "a 'b'")),
        ("('EU', 'rejects')", "('B-X', 'O')", ("EU", "rejects")),
        ("[np.str_('EU'), np.str_('a')]", "[B-X O]", None),
        ("EU rejects", "[0 1]", ("EU", "rejects")),
        ("[ ' EU", "O O B-X", ("[", "'", "EU")),
        ("[laughs loudly]", "O O", ("[laughs", "loudly]")),
        ("['EU', 'rejects'", "O O", None),
        ("EU rejects", "['B-X', 'O'", None),
        ("EU rejects", "[B-X, O]", None),
        ("['EU', None]", "O O", None),
        ("[0 1]", "O O", None),
        ("[0 1 ... 7]", "O O O O O", None),
        ("[['EU'], ['a']]", "O O", None),
        ("{'EU', 'a'}", "O O", None),
        ("['EU' ... 'a']", "O O O", None),
    ],
)
def test_printed_lists_of_words_and_tags(tmp_path, words, tags, found):
    words, tags = words.replace('"', '""'), tags.replace('"', '""')
    content = f'words,tags\n"{words}","{tags}"\n'
    columns = file_columns.Columns("tagging")
    (example,) = read(tmp_path, "a.csv", content, columns, "skip")
    assert (example and example.words) == found
    if found is None:
        with pytest.raises(ValueError, match="line 2: .*must hold a list of"):
            read(tmp_path, "a.csv", content, columns)


def test_another_separator_is_proposed(tmp_path, warnings):
    content = "a\t3\nb\t3,18\nc\t18\n"
    columns = file_columns.Columns(
        "multilabel", text="0", label="1", header=False
    )
    found = read(tmp_path, "a.tsv", content, columns)
    assert found[1].label == ("3,18",)
    assert "1 labels contain ',', such as '3,18'" in warnings[0]
    warnings.clear()
    columns = dataclasses.replace(columns, label_separator=",")
    found = read(tmp_path, "a.tsv", content, columns)
    assert found[1].label == ("3", "18") and not warnings
    # Names may have spaces.
    columns = file_columns.Columns("multilabel")
    content = "text,label\na,very good|b\nb,very good\n"
    read(tmp_path, "a.csv", content, columns)
    assert not warnings


def test_a_column_for_each_label(tmp_path):
    columns = file_columns.Columns(
        "multilabel",
        text="comment_text",
        id="id",
        label_columns=("toxic", "obscene", "threat"),
    )
    content = (
        "id,comment_text,toxic,obscene,threat\n"
        '0a,"two\nlines",0,1,0\n0b,b,1.0,0.0,0\n'
        "0c,c,True,false,FALSE\n0d,d,0,0,0\n"
    )
    found = read(tmp_path, "a.csv", content, columns)
    assert [e.label for e in found] == [
        ("obscene",),
        ("toxic",),
        ("toxic",),
        (),
    ]
    for bad in ("-1", "2", "", "yes", "nan", "0.5"):
        row = f"0e,e,0,{bad},0\n"
        with pytest.raises(ValueError, match="line 7: .*'obscene' must hold 0"):
            read(tmp_path, "a.csv", content + row, columns)
    row = {"id": 1, "comment_text": "a", "toxic": True, "obscene": 0}
    (found,) = read(
        tmp_path, "a.jsonl", json_rows({**row, "threat": 1.0}), columns
    )
    assert found.label == ("toxic", "threat")
    for bad in (None, [1], 2):
        bad_row(tmp_path, {**row, "threat": bad}, columns)
    # Without labels the columns need not be there.
    test = dataclasses.replace(columns, labelled=False)
    (found,) = read(tmp_path, "a.csv", "id,comment_text\n1,a\n", test)
    assert found.label is None
    with pytest.raises(ValueError, match="that the model knows.*toxic, other"):
        read(tmp_path, "a.csv", content, columns, labels=["toxic", "other"])


def test_labels_are_those_of_their_columns(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("text,b,a\nx,0,1\n")
    source = splits.DataSource(
        files={"train": str(path)},
        columns=file_columns.Columns("multilabel", label_columns=("b", "a")),
    )
    task = kinds.custom_task("multilabel")
    split = split_files.read(task, "train", source, labelled=True)
    assert learned_labels.of(task, split.examples, split.classes) == ["b", "a"]


def test_rows_that_are_skipped_keep_their_ids(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("n,text,label\nq1,a,x\n\nq2,,x\nq1,b,x\nq4\nq5,b,x\n")
    task = kinds.custom_task("classification")

    def ids(**columns):
        source = splits.DataSource(
            files={"dev": str(path)},
            columns=file_columns.Columns("classification", **columns),
            on_bad_row="skip",
        )
        split = split_files.read(task, "dev", source, labelled=True)
        assert [e is None for e in split.examples][:2] == [False, True]
        return split.indices

    # One comes twice, and one row is broken.
    assert ids(id="n") == ["q1", "q2", "row 2", "row 3", "q5"]
    assert ids() == ["0", "1", "2", "3", "4"]
