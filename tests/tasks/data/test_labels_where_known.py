"""What is to be predicted is read with labels where there are some."""

import json

import pytest

from data_pipeline.tasks import file_columns
from data_pipeline.tasks import kinds
from data_pipeline.tasks import splits
from data_pipeline.tasks import table
from data_pipeline.tasks.data import labels_where_known


def read(path, kind="classification", labels=("good", "bad"), **columns):
    on_bad_row = columns.pop("on_bad_row", "stop")
    source = splits.DataSource(
        files={"test": str(path)},
        columns=file_columns.Columns(kind, **columns),
        on_bad_row=on_bad_row,
    )
    return labels_where_known.read(
        kinds.custom_task(kind, unanswerable=True),
        "test",
        source,
        labels=labels,
        scheme="BIO" if kind == "tagging" else None,
    )


def write(folder, name, content):
    path = folder / name
    path.write_text(content)
    return path


@pytest.mark.parametrize(
    "name, content",
    [
        ("a.csv", "label,text,more\ngood,one,1\nbad,two,2\n"),
        ("a.tsv", "text\tlabel\none\tgood\ntwo\tbad\n"),
        ("a.txt", "text,label\none,good\ntwo,bad\n"),
        (
            "a.jsonl",
            '{"text": "one", "label": "good"}\n{"text": "two", "label": "bad"}',
        ),
        ("a.csv", "\ntext,label\n\none,good\n\ntwo,bad\n\n"),
    ],
)
def test_labels_and_other_columns(tmp_path, name, content):
    examples = read(write(tmp_path, name, content)).examples
    assert [example.texts for example in examples] == [("one",), ("two",)]
    assert [example.label for example in examples] == ["good", "bad"]


def test_without_labels(tmp_path):
    path = write(tmp_path, "a.csv", "id,text\n1,one\n2,two\n")
    split = read(path, id="id")
    assert [example.label for example in split.examples] == [None, None]
    assert split.ids == ["1", "2"]


def test_a_label_that_is_unknown_or_missing_costs_no_prediction(
    tmp_path, caplog
):
    path = write(tmp_path, "a.csv", "text,label\none,good\ntwo,odd\nthree,\n")
    examples = read(path).examples
    assert [example.label for example in examples] == ["good", None, None]
    assert "2 of 3 rows" in caplog.text and "Skipped" not in caplog.text


def test_an_empty_text_is_an_error_that_names_its_row(tmp_path):
    path = write(tmp_path, "a.csv", "text,label\none,good\n  ,bad\n")
    with pytest.raises(ValueError, match=r"line 3: .* must hold a non-empty"):
        read(path)
    assert read(path, on_bad_row="skip").examples[1] is None


def test_a_text_on_each_line(tmp_path, caplog):
    caplog.set_level("INFO", logger="absl")
    path = write(tmp_path, "a.txt", "one, two\n\nthree; it's\r\n four \n")
    split = read(path)
    texts = [example.texts[0] for example in split.examples]
    assert texts == ["one, two", "three; it's", " four "]
    assert split.ids == ["0", "1", "2"]
    assert "3 texts, one on each line" in caplog.text
    with pytest.raises(ValueError, match="must have a text on each line"):
        read(write(tmp_path, "b.txt", "\n \n"))


def test_a_text_file_that_is_a_table(tmp_path):
    path = write(tmp_path, "a.txt", "one;good\ntwo;bad\n")
    examples = read(
        path, header=False, delimiter=";", text="0", label="1"
    ).examples
    assert [example.label for example in examples] == ["good", "bad"]


def test_without_a_header_a_tab_makes_a_table(tmp_path):
    columns = {"header": False, "text": "0", "label": "1"}
    examples = read(write(tmp_path, "a.txt", "one, two\n"), **columns).examples
    assert examples[0].texts == ("one, two",)
    path = write(tmp_path, "b.txt", "one\tgood\n")
    assert read(path, **columns).examples[0].label == "good"


def test_several_labels(tmp_path):
    path = write(tmp_path, "a.csv", "text,good,bad\none,1,0\ntwo,0,0\n")
    examples = read(path, "multilabel", label_columns=("good", "bad")).examples
    assert [example.label for example in examples] == [("good",), ()]
    path = write(tmp_path, "b.csv", "text\none\n")
    examples = read(path, "multilabel", label_columns=("good", "bad")).examples
    assert examples[0].label is None


TAGS = ("O", "B-PER", "I-PER")


@pytest.mark.parametrize(
    "name, content, tags",
    [
        ("a.conll", "Ada B-PER\ncomes O\n", ("B-PER", "O")),
        ("a.txt", "Ada\ncomes\n", None),
        (
            "a.jsonl",
            json.dumps({"words": ["Ada", "comes"], "tags": ["B-PER", "O"]}),
            ("B-PER", "O"),
        ),
        ("a.jsonl", json.dumps({"words": ["Ada", "comes"]}), None),
        (
            "a.jsonl",
            json.dumps({"text": "Ada comes", "label": [[0, 3, "PER"]]}),
            ("B-PER", "O"),
        ),
        ("a.jsonl", json.dumps({"text": "Ada comes"}), None),
    ],
)
def test_tags(tmp_path, name, content, tags):
    (example,) = read(write(tmp_path, name, content), "tagging", TAGS).examples
    assert example.words == ("Ada", "comes") and example.tags == tags


@pytest.mark.parametrize(
    "name, content, answers",
    [
        ("a.csv", "context,question,answer\nhe is,who?,he\n", ((0, "he"),)),
        ("a.csv", "context,question\nhe is,who?\n", None),
        ("a.csv", "context,question,answer\nhe is,who?,\n", ()),
        (
            "a.json",
            '[{"context": "he is", "id": "1", "question": "who?", '
            '"answers": ["he"]}]',
            ((0, "he"),),
        ),
    ],
)
def test_answers(tmp_path, name, content, answers):
    (example,) = read(write(tmp_path, name, content), "span", ()).examples
    assert example.question == "who?" and example.answers == answers


@pytest.mark.parametrize(
    "task, name, content, labels",
    [
        ("sst-2", "a.tsv", "sentence\tlabel\nfine\t1\nodd\t7\n", ["1", None]),
        ("sst-2", "a.tsv", "sentence\nfine\nodd\n", [None, None]),
        ("sst-2", "a.txt", "fine\nodd\n", [None, None]),
        ("cola", "a.tsv", "x\t1\t\tfine\nx\t0\t*\todd\n", ["1", "0"]),
        ("cola", "a.tsv", "index\tsentence\n0\tfine\n1\todd\n", [None, None]),
    ],
)
def test_published_tasks(tmp_path, task, name, content, labels):
    source = splits.DataSource(
        files={"test": str(write(tmp_path, name, content))}
    )
    split = labels_where_known.read(
        table.named(task), "test", source, labels=("0", "1"), scheme=None
    )
    assert [example.texts[0] for example in split.examples] == ["fine", "odd"]
    assert [example.label for example in split.examples] == labels


def test_a_workbook_is_refused(tmp_path):
    path = tmp_path / "a.xlsx"
    path.write_bytes(b"PK\x03\x04" + bytes(100))
    with pytest.raises(ValueError, match="save it as CSV"):
        read(path)
