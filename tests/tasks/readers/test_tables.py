"""Which kind of table a file is, and the rows of JSON files."""

import gzip

import pytest
from absl import logging

from data_pipeline.tasks import row_problems
from data_pipeline.tasks.readers import tables
from data_pipeline.tasks.readers import text_lines


def rows(tmp_path, name, content, on_bad_row="stop", **settings):
    path = tmp_path / name
    path.write_bytes(
        content if isinstance(content, bytes) else content.encode()
    )
    found = row_problems.Problems(on_bad_row)
    return list(tables.rows(str(path), found, **settings))


ROW = {"text": "a, b", "label": "x"}


def packed(content: bytes) -> bytes:
    """As gzip, without the time: both workers must see the same cases."""
    return gzip.compress(content, mtime=0)


@pytest.mark.parametrize(
    "name, content",
    [
        ("a.csv", 'text,label\n"a, b",x\n'),
        ("A.CSV", 'text,label\n"a, b",x\n'),
        ("a.tsv", "text\tlabel\na, b\tx\n"),
        ("a.TAB", "text\tlabel\na, b\tx\n"),
        ("a.txt", "text;label\na, b;x\n"),
        ("a", "text|label\na, b|x\n"),
        ("a.data", '{"text": "a, b", "label": "x"}\n'),
        ("a.dat", '[{"text": "a, b", "label": "x"}]'),
        ("a.jsonl", '{"text": "a, b", "label": "x"}\n'),
        ("a.ndjson", '\ufeff{"text": "a, b", "label": "x"}\n'),
        ("a.JSON", '\n[\n  {"text": "a, b",\n "label": "x"}\n]\n'),
        ("a.csv.gz", packed(b'text,label\n"a, b",x\n')),
        ("a.json.GZ", packed(b'[{"text": "a, b", "label": "x"}]')),
        ("gz.csv", packed(b'text,label\n"a, b",x\n')),
    ],
)
def test_the_ending_or_the_contents_say_the_kind(tmp_path, name, content):
    ((_, row),) = rows(tmp_path, name, content)
    assert row == ROW


@pytest.mark.parametrize(
    "name, content, finding",
    [
        ("a.xlsx", b"PK\x03\x04\x14\x00", "workbook such as .xlsx"),
        ("a.csv", b"PK\x03\x04\x14\x00", "save it as CSV"),
        ("a.xls", b"\xd0\xcf\x11\xe0\xa1\xb1", "workbook such as .xls"),
        ("a.csv.bz2", b"BZh91AY", "compressed with bzip2"),
        ("a.parquet", b"text,label\n", "not a parquet file"),
        ("a.txt", "Only prose.\nNo columns.\n", "with --delimiter"),
        ("a.xml", "<a>\n<b>x</b>\n</a>\n", "which is XML"),
        ("a", '\ufeff<?xml version="1.0"?>\n<a/>\n', "which is XML"),
        ("a.csv.gz", packed(b"text,label\na,b\n")[:-6], "be complete"),
        ("a.csv.gz", packed(b"a,b\n" * 9)[:18], "be complete"),
        ("a.csv.gz", b"\x1f\x8b\x08\x00" + b"\xff" * 30, "be complete"),
    ],
)
def test_other_kinds_say_what_to_do(tmp_path, name, content, finding):
    with pytest.raises(ValueError, match=finding) as error:
        rows(tmp_path, name, content)
    assert "Rename" not in str(error.value)


def test_no_file_and_folders_of_something_else(tmp_path):
    with pytest.raises(FileNotFoundError, match="must exist"):
        list(tables.rows("none.tsv", row_problems.Problems()))
    (tmp_path / "a.csv").write_text("x")
    with pytest.raises(ValueError, match="save_to_disk.*a.csv"):
        list(tables.rows(str(tmp_path), row_problems.Problems()))


def test_one_column_needs_its_name_or_an_ending(tmp_path):
    for name in ("a.txt", "a.csv", "a.tsv"):
        found = rows(tmp_path, name, "text\nan; x\n\nb\n", needed=["text"])
        assert [row for _, row in found] == [{"text": "an; x"}, {"text": "b"}]
    found = rows(tmp_path, "a.txt", "an, x\nb\n", header=False, delimiter="tab")
    assert [row["0"] for _, row in found] == ["an, x", "b"]


def test_json_values_stay(tmp_path):
    content = '{"a": [1, "x"], "b": null}\n[1]\n{"a": \n \n{"b": 2}\n\n'
    for name in ("a.jsonl", "a.json"):
        assert rows(tmp_path, name, content, "skip") == [
            (1, {"a": [1, "x"], "b": None}),
            (2, None),
            (3, None),
            (5, {"b": 2}),
        ]
    deep = '{"a":' * 200_000
    for line in ('{"a": "\\ud800"}', deep, '{"a": ' + "1" * 5000 + "}"):
        with pytest.raises(ValueError, match="line 1: .*JSON object"):
            rows(tmp_path, "a.jsonl", line)
    (row,) = rows(tmp_path, "a.jsonl", '{"a": "\\ud83d\\ude00"}')
    assert row[1] == {"a": "😀"}
    with pytest.raises(ValueError, match="line 1: A line must be UTF-8"):
        rows(tmp_path, "a.jsonl", '{"a": "é"}'.encode("latin-1"))


@pytest.mark.parametrize("chunk", [1 << 20, 3])
def test_a_list_of_objects(tmp_path, monkeypatch, chunk):
    monkeypatch.setattr(text_lines, "_CHUNK", chunk)
    content = '\n[ {"a": 1},\n3, {"a": "[1, 2]\\n"}\n, {"a":\n[]}]\n \n'
    assert rows(tmp_path, "a.json", content, "skip") == [
        ("line 2, row 0 (from 0)", {"a": 1}),
        ("line 3, row 1 (from 0)", None),
        ("line 3, row 2 (from 0)", {"a": "[1, 2]\n"}),
        ("line 4, row 3 (from 0)", {"a": []}),
    ]
    assert rows(tmp_path, "a.json", " [ ] \n") == []
    with pytest.raises(ValueError, match="row 1 .*must be a JSON object.*: 3"):
        rows(tmp_path, "a.json", content)


@pytest.mark.parametrize(
    "content, finding",
    [
        ('[{"a": 1},\n]', "line 2: A JSON file must be a list.*Expecting"),
        ('[{"a": 1}\n{"a": 2}]', "line 1: .*without a comma or bracket"),
        ('[{"a": 1},\n{"a"\n 2}]', "line 3: .*':' delimiter"),
        ('[{"a": 1}] x', "text after the list"),
        ('[{"a": 1}', "without a comma or bracket"),
        ("[" * 100_000, "nested too deeply"),
        ('[{"a": ' + "1" * 5000 + "}]", "line 1: A JSON file must be"),
        ('[{"a": "\\ud800"}]', "must be a JSON object"),
        (
            '{"train": [\n["a", "b"]\n]}',
            "line 1: Each line must be a JSON object",
        ),
    ],
)
def test_json_that_is_no_table(tmp_path, content, finding):
    with pytest.raises(ValueError, match=f"a.json, .*{finding}"):
        rows(tmp_path, "a.json", content)


@pytest.mark.parametrize("depth", [60, 900, 100_000])
def test_a_line_with_many_nested_brackets_is_a_bad_row(tmp_path, depth):
    deep = '{"text": ' + "[" * depth + "]" * depth + "}"
    content = f'{{"text": "fine"}}\n{deep}\n'
    found = rows(tmp_path, "a.jsonl", content, "skip")
    assert found == [(1, {"text": "fine"}), (2, None)]
    with pytest.raises(ValueError, match="a.jsonl, line 2: Each line must"):
        rows(tmp_path, "a.jsonl", content)


@pytest.fixture
def log(monkeypatch):
    """The lines that are logged."""
    found = []
    monkeypatch.setattr(
        logging, "info", lambda text, *values: found.append(text % values)
    )
    return found


@pytest.mark.parametrize(
    "encoding, guesses",
    [
        ("utf-8-sig", 0),
        ("utf-16", 0),
        ("utf-32", 0),
        ("utf-16-le", 1),
        ("utf-16-be", 1),
    ],
)
def test_encodings_that_bytes_show(tmp_path, log, encoding, guesses):
    for name, content in (
        ("a.tsv", "text\tlabel\r\n你好, é\tx\r\n"),
        ("a.txt", 'text|label\n"你好, é"|x\n'),
        ("a.json", '[\n{"text": "你好, é", "label": "x"}\n]'),
    ):
        log.clear()
        ((_, row),) = rows(tmp_path, name, content.encode(encoding))
        assert row == {"text": "你好, é", "label": "x"}
        assert sum("is read as utf-16" in line for line in log) == guesses


@pytest.mark.parametrize(
    "encoding, text",
    [
        ("cp1252", "Le café est fermé – “hé”"),
        ("gb18030", "这家酒店很好"),
        ("shift_jis", "とても良いホテル"),
        ("cp1251", "Хороший отель"),
    ],
)
def test_other_encodings_are_named(tmp_path, encoding, text):
    content = f"text,label\nx,y\n{text},z\n".encode(encoding)
    for name in ("a.csv", "a.txt"):
        with pytest.raises(ValueError) as error:
            rows(tmp_path, name, content)
        message = str(error.value)
        assert (
            "line 3: A line must be UTF-8, unless --encoding names" in message
        )
        assert f"{text[:12]}" in message and f"in {encoding}" in message
        found = rows(tmp_path, name, content, encoding=encoding)
        assert found[1] == (3, {"text": text, "label": "z"})
    found = rows(tmp_path, "a.csv", content, "skip")
    assert found == [(2, {"text": "x", "label": "y"}), (3, None)]


def test_a_name_that_utf8_contradicts_is_warned_of(tmp_path, monkeypatch):
    said = []
    monkeypatch.setattr(logging, "warning", lambda *said_: said.append(said_))
    for number, (text, encoding) in enumerate(
        (
            ("é", "cp1252"),
            ("e", "cp1252"),
            ("é", "UTF8"),
            ("你好", "gb18030"),
            ("é", "utf-8-sig"),
        )
    ):
        content = f"text,label\n{text},x\n".encode()
        rows(tmp_path, f"{number}.csv", content, "skip", encoding=encoding)
    said = [text % tuple(values) for text, *values in said]
    said = [line for line in said if "is valid UTF-8 too" in line]
    assert len(said) == 2 and "0.csv" in said[0] and "3.csv" in said[1]


def test_marks_come_before_names_and_names_are_checked(tmp_path):
    content = "text,label\né,x\n"
    found = rows(
        tmp_path, "a.csv", content.encode("utf-8-sig"), encoding="cp1252"
    )
    assert found == [(2, {"text": "é", "label": "x"})]
    with pytest.raises(ValueError, match="must be in ascii, the encoding of"):
        rows(tmp_path, "a.csv", content, encoding="ascii")
    for bad in ("klingon", "hex", "a\0b", "undefined", "idna"):
        with pytest.raises(ValueError, match="--encoding must be the name"):
            rows(tmp_path, "a.csv", content, encoding=bad)
    for encoding in ("utf-16-le", "utf-16-be"):
        found = rows(
            tmp_path, "a.csv", content.encode(encoding), encoding="UTF16"
        )
        assert found == [(2, {"text": "é", "label": "x"})]
    with pytest.raises(ValueError, match="--encoding=utf-16-le or --enc"):
        rows(tmp_path, "a.csv", content, encoding="utf_16")
    broken = content.encode("utf-16") + b"\x00\xd8\n\x00y"
    with pytest.raises(ValueError, match="line 3: .*that its file begins with"):
        rows(tmp_path, "a.csv", broken)


@pytest.mark.parametrize("name, mark", [("a.csv", ","), ("a.tsv", "\t")])
def test_line_ends_of_any_kind(tmp_path, log, name, mark):
    lines = [f"text{mark}label", f"a{mark}x", "", f"b{mark}y"]
    for end in ("\n", "\r\n", "\r"):
        log.clear()
        found = rows(tmp_path, name, end.join(lines) + end)
        assert found == [
            (2, {"text": "a", "label": "x"}),
            (4, {"text": "b", "label": "y"}),
        ]
        assert any("carriage returns" in line for line in log) == (end == "\r")
        assert "Blank lines skipped" in "".join(log)
    mixed = f"{lines[0]}\r\n{lines[1]}\n{lines[3]}\r\n"
    assert [n for n, _ in rows(tmp_path, name, mixed)] == [2, 3]
