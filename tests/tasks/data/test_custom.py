import json

import pytest
from own_tables import bad_row
from own_tables import json_rows
from own_tables import read

from data_pipeline.tasks import example_types
from data_pipeline.tasks import file_columns
from data_pipeline.tasks import row_problems
from data_pipeline.tasks.data import custom


def test_classification(tmp_path):
    columns = file_columns.Columns(
        "classification", text="a", text_pair="b", label="y", id="n"
    )
    content = "n\ta\tb\ty\nq1\tone\ttwo\t pos \nq2\t\ttwo\tneg\nq1\tc\td\tneg\n"
    assert read(tmp_path, "a.tsv", content, columns, "skip") == [
        example_types.TextExample("q1", ("one", "two"), "pos"),
        None,
        None,
    ]
    with pytest.raises(
        ValueError, match="line 3: The column 'a' must hold a non-empty"
    ):
        read(tmp_path, "a.tsv", content, columns)
    with pytest.raises(
        ValueError, match="line 3: An id must be unique; line 2"
    ):
        read(tmp_path, "a.tsv", content.replace("q2\t\t", "q1\tx\t"), columns)
    with pytest.raises(
        ValueError, match="line 2: A label must be one of 'x'.*'pos'"
    ):
        read(tmp_path, "a.tsv", content, columns, labels=["x"])


def test_ids_are_numbers_of_rows_and_labels_may_be_absent(tmp_path):
    columns = file_columns.Columns(
        "classification", text="0", header=False, labelled=False
    )
    assert read(tmp_path, "a.csv", "x\n  \n\nz\n", columns, "skip") == [
        example_types.TextExample("0", ("x",)),
        None,
        example_types.TextExample("2", ("z",)),
    ]


def test_labels_of_json(tmp_path):
    columns = file_columns.Columns("classification")
    content = json_rows(
        *({"text": "a", "label": y} for y in (1, True, "x", 1.5))
    )
    found = read(tmp_path, "a.jsonl", content, columns)
    assert [example.label for example in found] == ["1", "true", "x", "1.5"]
    assert "must have the column 'label'. Received: ['text']" in bad_row(
        tmp_path, {"text": "a"}, columns
    )
    assert "'text' must hold a text" in bad_row(
        tmp_path, {"text": 3, "label": 1}, columns
    )


def test_ids_come_once_also_on_one_line(tmp_path):
    columns = file_columns.Columns("classification", id="n")
    row = {"n": 1, "text": "a", "label": "x"}
    with pytest.raises(
        ValueError, match="line 1, row 1 .*row 0 .* has the same"
    ):
        read(tmp_path, "a.json", json.dumps([row, row]), columns)


def test_a_missing_column_stops_whatever_on_bad_row_says(tmp_path):
    columns = file_columns.Columns("classification", label="stars", id="n")
    with pytest.raises(
        ValueError,
        match="Received: text, label; missing: n, stars",
    ):
        read(tmp_path, "a.csv", "text,label\na,b\n", columns, "skip")
    with pytest.raises(ValueError, match="which has no rows"):
        read(tmp_path, "a.csv", "text,stars,n\n", columns)


def test_multilabel(tmp_path):
    columns = file_columns.Columns("multilabel")
    cells = ["a | b|a", "", '["b|c", "a"]', ["b", 3], []]
    content = json_rows(*({"text": "t", "label": cell} for cell in cells))
    found = read(tmp_path, "a.jsonl", content, columns)
    assert [example.label for example in found] == [
        ("a", "b"),
        (),
        ("b|c", "a"),
        ("b", "3"),
        (),
    ]
    comma = file_columns.Columns("multilabel", label_separator=";")
    (one,) = read(tmp_path, "a.tsv", "text\tlabel\nt\ta;b|c\n", comma)
    assert one.label == ("a", "b|c")
    row = {"text": "t", "label": "a|z"}
    assert "'a', 'b'. Received: 'z'" in bad_row(
        tmp_path, row, columns, ["a", "b"]
    )


def test_regression(tmp_path):
    columns = file_columns.Columns("regression")
    content = "text,label\na,1.5\nb,nan\nc,x\nd,-1e3\ne,inf\n"
    found = read(tmp_path, "a.csv", content, columns, "skip")
    assert [e and e.label for e in found] == [1.5, None, None, -1000.0, None]
    with pytest.raises(
        ValueError, match="line 3: .*'label' must hold a finite"
    ):
        read(tmp_path, "a.csv", content, columns)
    row = {"text": "a", "label": True}
    assert "finite number" in bad_row(tmp_path, row, columns)


@pytest.mark.parametrize(
    "label, number", [("0", 0), (2, 2), ("B", 1), ("tea", 1), (" C ", 2)]
)
def test_multiple_choice(tmp_path, label, number):
    columns = file_columns.Columns(
        "multiple_choice", context="q", choices=("a", "b", "c")
    )
    row = {"q": "", "a": "milk", "b": "tea", "c": "rum", "label": label}
    (found,) = read(tmp_path, "a.jsonl", json_rows(row), columns)
    assert found == example_types.ChoiceExample(
        "0", "", ("milk", "tea", "rum"), number
    )


@pytest.mark.parametrize(
    "label, fault", [("3", "no choice"), ("D", "no choice"), ("1", "several")]
)
def test_labels_that_choose_nothing_or_twice(tmp_path, label, fault):
    columns = file_columns.Columns(
        "multiple_choice", context=None, choices=("a", "b")
    )
    row = {"a": "1", "b": "2", "label": label}
    assert f"matches {fault}" in bad_row(tmp_path, row, columns)
    (found,) = read(
        tmp_path, "a.jsonl", json_rows({**row, "label": "A"}), columns
    )
    assert found.label == 0
    assert "'b' must hold a non-empty" in bad_row(
        tmp_path, {**row, "b": ""}, columns
    )


def test_tagging(tmp_path):
    columns = file_columns.Columns("tagging")
    content = (
        "words\ttags\n"
        "New  York\tB-X I-X\n"
        '["New York", "is"]\tB-X O\n'
        "[1] a\tO O\n"
        "[1]\tO\n"
        "a b\tO\n"
    )
    found = read(tmp_path, "a.tsv", content, columns, "skip")
    assert found[:3] == [
        example_types.TaggedExample("0", ("New", "York"), ("B-X", "I-X")),
        example_types.TaggedExample("1", ("New York", "is"), ("B-X", "O")),
        example_types.TaggedExample("2", ("[1]", "a"), ("O", "O")),
    ]
    assert found[3].words == ("[1]",)
    assert found[4:] == [None]
    with pytest.raises(ValueError, match="line 6: .*'2 words, 1 tags'"):
        read(tmp_path, "a.tsv", content, columns)
    for words in ([], ["a\tb"], [""], "", [["a"]], None):
        row = {"words": words, "tags": "O"}
        assert "'words' must hold a list" in bad_row(tmp_path, row, columns)
    row = {"words": ["a"], "tags": [3]}
    (found,) = read(tmp_path, "a.jsonl", json_rows(row), columns)
    assert found.tags == ("3",)


@pytest.mark.parametrize("name", ["a.conll", "a.txt"])
def test_conll_files_go_to_their_reader(tmp_path, name):
    columns = file_columns.Columns("tagging", token_column=1, tag_column=0)
    expected = [example_types.TaggedExample("0", ("a",), ("O",))]
    assert read(tmp_path, name, "O a\n", columns) == expected


def test_conll_files_of_any_encoding(tmp_path):
    columns = file_columns.Columns("tagging", encoding="latin-1")
    (tmp_path / "a.conll").write_bytes("Málaga B-LOC\rè O\r".encode("latin-1"))
    (tmp_path / "a.txt").write_bytes("Málaga B-LOC\nè O\n".encode("utf-16"))
    for name in ("a.conll", "a.txt"):
        found = custom.read(
            str(tmp_path / name), row_problems.Problems(), columns
        )
        assert found[0].words == ("Málaga", "è")
    columns = file_columns.Columns("tagging")
    with pytest.raises(ValueError, match="line 1: .*'Málaga B-LOC' in cp1252"):
        custom.read(str(tmp_path / "a.conll"), row_problems.Problems(), columns)


def test_spans(tmp_path):
    columns = file_columns.Columns("span", answer_start="at")
    row = {
        "context": "one two one",
        "question": "?",
        "answer": "two",
        "at": None,
    }

    def answers(**changes):
        content = json_rows({**row, **changes})
        (found,) = read(tmp_path, "a.jsonl", content, columns)
        return found.answers

    assert answers() == ((4, "two"),)
    assert answers(answer="one", at="8") == ((8, "one"),)
    assert answers(answer="one", at=0) == ((0, "one"),)
    assert answers(answer="") == answers(answer=None) == ()
    for changes, fault in (
        ({"answer": "one"}, "must have an answer_start"),
        ({"answer": "one", "at": 3}, "at answer_start"),
        ({"answer": "four"}, "must be a part of its context"),
        ({"at": "-1"}, "must hold the position of a char"),
        ({"question": ""}, "'question' must hold a non-empty"),
        ({"answer": 2}, "'answer' must hold a text"),
    ):
        assert fault in bad_row(tmp_path, {**row, **changes}, columns)
    test = file_columns.Columns("span", labelled=False)
    (found,) = read(tmp_path, "a.csv", "context,question\nc,q\n", test)
    assert found == example_types.SpanExample("0", "q", "c", None)


def test_squad_files_go_to_their_reader(tmp_path):
    question = {"id": "q1", "question": "Who?", "answers": []}
    paragraph = {"context": "Ms Lee", "qas": [question]}
    content = json.dumps({"data": [{"paragraphs": [paragraph]}]})
    columns = file_columns.Columns("span")
    found = read(tmp_path, "a.json", content, columns)
    assert found == [example_types.SpanExample("q1", "Who?", "Ms Lee", ())]


def test_columns_are_checked():
    def check(*names, **columns):
        custom.check(file_columns.Columns(*names, **columns))

    with pytest.raises(
        ValueError, match="kind of a task must be one of.*'rank'"
    ):
        check("rank")
    with pytest.raises(ValueError, match="two columns"):
        check("multiple_choice", choices=("a",))
    with pytest.raises(ValueError, match="context=None"):
        check("span", context=None)
    with pytest.raises(ValueError, match="label_separator must"):
        file_columns.Columns("multilabel", label_separator="")
    for kind, names in (("regression", "a"), ("multilabel", "aa")):
        with pytest.raises(ValueError, match="of the kind multilabel"):
            check(kind, label_columns=tuple(names))


@pytest.mark.shared
@pytest.mark.parametrize(
    "task, columns, rows",
    [
        ("RTE", {"text": "sentence1", "text_pair": "sentence2"}, 277),
        ("CoLA", {"text": "3", "label": "1", "header": False}, 1043),
        ("SST-2", {"text": "sentence"}, 872),
    ],
)
def test_glue(shared, task, columns, rows):
    path = str(shared / "data/glue" / task / "dev.tsv")
    columns = file_columns.Columns("classification", **columns)
    found = custom.read(path, row_problems.Problems(), columns)
    assert len(found) == rows
    assert len({example.label for example in found}) == 2
