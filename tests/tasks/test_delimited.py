import io

import pytest

from data_pipeline.tasks import delimited
from data_pipeline.tasks import problems
from data_pipeline.tasks import text_lines


def rows(tmp_path, name, content, on_bad_row="stop", **settings):
    path = tmp_path / name
    path.write_bytes(
        content if isinstance(content, bytes) else content.encode()
    )
    found = problems.Problems(on_bad_row)
    return list(delimited.rows(str(path), found, **settings))


def test_quotes_are_characters_of_a_tsv(tmp_path):
    content = '\ufeffid\ttext\r\n1\t"a\tb\r\n2\tc,"\u2028\n'
    with pytest.raises(ValueError, match="line 2: .*2 columns"):
        rows(tmp_path, "a.tsv", content)
    assert rows(tmp_path, "a.tsv", content, "skip") == [
        (2, None),
        (3, {"id": "2", "text": 'c,"\u2028'}),
    ]


def test_quoted_fields_of_a_csv_hold_line_ends(tmp_path):
    content = '\ufeff"id",text\r\n1,"a, ""b""\n\nc"\n2,\td\r\n\n3,e\n\n\n'
    assert rows(tmp_path, "a.csv", content, "skip") == [
        (2, {"id": "1", "text": 'a, "b"\n\nc'}),
        (5, {"id": "2", "text": "\td"}),
        (7, {"id": "3", "text": "e"}),  # after a blank line
    ]


@pytest.mark.parametrize(
    "row", ['1,"a"b', '1,"a', '1,"' + "a" * 140_000 + '"', "1,a\rb"]
)
def test_bad_csv(tmp_path, row, monkeypatch):
    monkeypatch.setattr(text_lines, "LONGEST", 1 << 17)
    content = f"id,text\n0,x\n{row}\n"
    with pytest.raises(ValueError, match="a.csv, line 3: .*quotes closed"):
        rows(tmp_path, "a.csv", content)
    found = rows(tmp_path, "a.csv", content + '9,"y"\n', "skip")
    assert found[:2] == [(2, {"id": "0", "text": "x"}), (3, None)]
    if row != '1,"a':  # which takes the next row in
        assert found[2:] == [(4, {"id": "9", "text": "y"})]


@pytest.mark.parametrize(
    "name, before, after",
    [
        ("a.tsv", b"a\tb\n", b"\t2\n3\t4\n"),
        ("a.csv", b"a,b\n", b",2\n3,4\n"),
    ],
)
def test_bad_utf8(tmp_path, name, before, after):
    found = rows(tmp_path, name, before + b"\xe9" + after, "skip")
    assert found[-2:] == [(2, None), (3, {"a": "3", "b": "4"})]


@pytest.mark.parametrize("name, comma", [("a.tsv", "\t"), ("a.csv", ",")])
def test_headers(tmp_path, name, comma):
    content = comma.join("xy") + "\n" + comma.join("ab") + "\n"
    assert rows(tmp_path, name, content, header=False) == [
        (1, {"0": "x", "1": "y"}),
        (2, {"0": "a", "1": "b"}),
    ]
    for bad in ("", comma.join("xx"), comma + "\n"):
        with pytest.raises(ValueError, match="must name its columns"):
            rows(tmp_path, name, bad)
    assert rows(tmp_path, name, "", header=False) == []


def test_lines_are_bounded_and_cross_chunks(tmp_path, monkeypatch):
    monkeypatch.setattr(text_lines, "_CHUNK", 3)
    monkeypatch.setattr(text_lines, "LONGEST", 10)
    path = tmp_path / "a"
    path.write_bytes("éa\nbcdefgh\n\n\ni".encode())
    assert list(text_lines.read(str(path))) == [
        (1, "éa"),
        (2, "bcdefgh"),
        (3, ""),
        (4, ""),
        (5, "i"),
    ]
    path.write_bytes(b"a\n" + b"b" * 20)
    with pytest.raises(ValueError, match="line 2"):
        list(text_lines.read(str(path)))


def test_a_file_without_line_ends_is_not_read_to_its_end(monkeypatch):
    class Endless(io.BytesIO):
        def read(self, size=-1):
            assert size > 0
            return b"a" * size

    monkeypatch.setattr(text_lines.files, "exists", lambda path: True)
    monkeypatch.setattr(text_lines.files, "open", lambda *_: Endless())
    with pytest.raises(ValueError, match="16 Mi char"):
        list(text_lines.read("endless"))
