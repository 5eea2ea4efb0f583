"""Documents from files of any layout."""

import gzip
import json

import pyarrow
import pytest
from pyarrow import parquet

from albert_tf.retrieval.documents import Document
from albert_tf.workflows.configs.retrieval import documents as config_lib
from albert_tf.workflows.retrieval import documents

ROWS = [
    {"_id": "a", "text": "one, two", "title": "T", "page": 3},
    {"_id": "b", "text": "三", "title": "", "page": None},
]
FOUND = [Document("a", "one, two", "T", {"page": 3}), Document("b", "三")]


def read(path, **settings):
    config = config_lib.DocumentsConfig(**settings)
    return list(documents.read(str(path), config))


def lines(rows):
    return "".join(json.dumps(row) + "\n" for row in rows)


def test_json_lines_and_beir(tmp_path):
    path = tmp_path / "corpus.jsonl"
    path.write_text(lines(ROWS))
    assert read(path) == read(tmp_path) == FOUND
    path.with_suffix(".json").write_text(json.dumps(ROWS))
    assert read(path.with_suffix(".json")) == FOUND


def test_compressed(tmp_path):
    path = tmp_path / "corpus.jsonl.gz"
    path.write_bytes(gzip.compress(lines(ROWS).encode()))
    assert read(path) == FOUND


def test_parquet_with_all_its_columns(tmp_path):
    path = tmp_path / "texts.parquet"
    table = pyarrow.Table.from_pylist(ROWS)
    days = pyarrow.array([1, 2], pyarrow.timestamp("s"))
    parquet.write_table(table.append_column("day", days), path)
    # A type that JSON does not have is left out.
    assert read(path) == FOUND
    with pytest.raises(ValueError, match="columns body.*missing: body"):
        read(path, text_column="body")


def test_delimited(tmp_path):
    path = tmp_path / "texts.csv"
    path.write_text('name,body,page\nx,"one, two",3\ny,three,\n')
    found = read(path, text_column="body", id_column="name")
    assert found == [
        Document("x", "one, two", "", {"page": "3"}),
        Document("y", "three"),
    ]
    found = read(path, text_column="body", title_column="name")
    assert [(each.id, each.title) for each in found] == [("0", "x"), ("1", "y")]
    path.write_text("one;two\nthree;four\n")
    found = read(path, header=False, text_column="1")
    assert found[1] == Document("1", "four", "", {"0": "three"})


def test_lines_of_text(tmp_path):
    path = tmp_path / "texts.txt"
    path.write_text("one, two\n\nthree\tfour\r\n")
    assert read(path) == [
        Document("0", "one, two"),
        Document("1", "three\tfour"),
    ]


@pytest.mark.parametrize(
    "row, message",
    [
        ({"_id": "c", "text": " "}, "line 2.*non-empty text"),
        ({"_id": "c", "text": None, "title": None}, "line 2.*non-empty text"),
        ({"_id": "c", "txt": "x"}, "line 2.*column 'text'.*'txt'"),
        ({"_id": "c", "text": ["x"]}, "line 2.*hold a text.*\\['x'\\]"),
        ({"_id": None, "text": "x"}, "line 2.*name or a number"),
    ],
)
def test_bad_rows_are_named_or_skipped(row, message, tmp_path):
    path = tmp_path / "texts.jsonl"
    path.write_text(lines([ROWS[0], row, ROWS[1]]))
    with pytest.raises(ValueError, match=message):
        read(path)
    assert read(path, on_bad_row="skip") == FOUND


def test_numbers_that_json_lacks_are_left_out(tmp_path):
    path = tmp_path / "texts.jsonl"
    path.write_text('{"text": "x", "score": NaN, "other": Infinity, "n": 1}\n')
    assert read(path) == [Document("0", "x", "", {"n": 1})]


@pytest.mark.parametrize("name", ["t.csv", "t.jsonl", "t.txt"])
def test_empty_files_are_errors(name, tmp_path):
    (tmp_path / name).write_text("text\n" if name == "t.csv" else "\n")
    with pytest.raises(ValueError, match=f"at least one row.*{name}"):
        read(tmp_path / name)


def test_missing_files_are_errors(tmp_path):
    with pytest.raises(FileNotFoundError, match="must exist"):
        read(tmp_path / "none.csv")
