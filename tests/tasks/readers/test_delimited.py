import csv
import io

import pytest
from absl import logging

from data_pipeline.tasks import row_problems
from data_pipeline.tasks.readers import delimited
from data_pipeline.tasks.readers import text_lines


def rows(tmp_path, name, content, on_bad_row="stop", **settings):
    path = tmp_path / name
    path.write_bytes(
        content if isinstance(content, bytes) else content.encode()
    )
    found = row_problems.Problems(on_bad_row)
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
    with pytest.raises(ValueError, match="a.csv, line 3: .*closed quotes"):
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
        with pytest.raises(ValueError, match="must name each column"):
            rows(tmp_path, name, bad)
    assert rows(tmp_path, name, "", header=False) == []


@pytest.fixture
def log(monkeypatch):
    """The lines that are logged."""
    found = []
    monkeypatch.setattr(
        logging, "info", lambda text, *values: found.append(text % values)
    )
    return found


@pytest.mark.parametrize("name", ["a.csv", "a.txt", "a.tsv"])
@pytest.mark.parametrize("mark", [",", ";", "\t", "|"])
def test_delimiters_are_found(tmp_path, log, name, mark):
    others = ",;|".replace(mark, "")
    content = f"text{mark}label\na{others} b{mark}x\n{others}c{mark}y,z\n"
    content = content.replace("y,z", "y" if mark == "," else "y,z")
    found = rows(tmp_path, name, content)
    assert found[0] == (2, {"text": f"a{others} b", "label": "x"})
    assert found[1][1]["text"] == f"{others}c"
    own = {"a.csv": ",", "a.tsv": "\t"}.get(name)
    assert any("between columns" in line for line in log) == (mark != own)


def test_delimiters_are_found_by_the_columns_that_are_needed(tmp_path, log):
    content = "a,b;text,c;label\n1,2;x,3;y\n"
    found = rows(tmp_path, "a.csv", content, needed=["text,c"])
    assert found == [(2, {"a,b": "1,2", "text,c": "x,3", "label": "y"})]
    content = "text;score, in euro\ngood, cheap;1,5\n"
    (row,) = rows(tmp_path, "a.csv", content, needed=["text"])
    assert row[1] == {"text": "good, cheap", "score, in euro": "1,5"}
    # Neither names nor rows decide.
    content = "a;1,5\nb;2,5\n"
    with pytest.raises(ValueError, match="',' and ';' divide equally well"):
        rows(tmp_path, "a.csv", content, header=False)
    for mark in (";", ","):
        found = rows(tmp_path, "a.csv", content, header=False, delimiter=mark)
        assert found[0][1]["0"] == content[:5].split(mark)[0]


@pytest.mark.parametrize(
    "content",
    [
        'a;b\n"x, y";z\n1;2\n',
        "\n\na;b\nx, y;z\n1,0;2\n",
        'a;b\n"x, y\n\n;";z\n"1;""";2\n',
        "a;b\nx;z;bad\n1;2\n",
        "a, or c;b\nx;z\n1;2\n",
    ],
)
def test_semicolons_beside_commas_and_quotes(tmp_path, content):
    found = rows(tmp_path, "a.csv", content, "skip")
    assert list(found[-1][1].values())[-1] == "2"
    assert len(found) == 2


def test_a_first_row_that_is_bad_names_no_columns(tmp_path):
    for name, first in (("a.csv", '"a"x,b'), ("a.tsv", "\udce9\tb")):
        mark = "," if name == "a.csv" else "\t"
        content = f"{first}\nc{mark}d\n".encode("utf-8", "surrogateescape")
        found = rows(
            tmp_path, name, content, "skip", header=False, needed=["1"]
        )
        assert found == [(1, None), (2, {"0": "c", "1": "d"})]


def test_what_excel_says_of_the_delimiter(tmp_path, log):
    for first in ("sep=;", '"sep=;"\r', "SEP=;"):
        content = f"{first}\ntext;label\na,b;x\n\n1;2;3\n"
        with pytest.raises(ValueError, match="line 5: A row must have 2"):
            rows(tmp_path, "a.csv", content)
        found = rows(tmp_path, "a.csv", content, "skip")
        assert found == [(3, {"text": "a,b", "label": "x"}), (5, None)]
    found = rows(tmp_path, "a.txt", "sep=\t\ntext\tlabel\na\tx\n")
    assert found == [(3, {"text": "a", "label": "x"})]
    assert not any("separated" in line for line in log)


def test_delimiters_are_named(tmp_path):
    content = "text^label\na,b;c^x\n"
    for name in ("a.csv", "a.txt", "a.tsv"):
        (row,) = rows(tmp_path, name, content, delimiter="^")
        assert row[1] == {"text": "a,b;c", "label": "x"}
    for tab in ("tab", "\\t", "\t"):
        (row,) = rows(tmp_path, "a.csv", '"a"\tb\n1\t2\n', delimiter=tab)
        assert row[1] == {"a": "1", "b": "2"}
    for bad in ("", "::", '"', "\n"):
        with pytest.raises(ValueError, match="must be one character"):
            rows(tmp_path, "a.csv", content, delimiter=bad or "ab")


def test_long_cells_and_open_quotes(tmp_path):
    long = "word " * 40_000
    for content in (f"{long},x", f'"{long}\n""{long}""",x'):
        (row,) = rows(tmp_path, "a.csv", f"text,label\n{content}\n")
        assert len(row[1]["text"]) >= 200_000
    csv.field_size_limit(1000)
    (row,) = rows(tmp_path, "a.txt", f'"{long}";x\n', header=False)
    assert row[1]["1"] == "x"
    content = 'text,label\na,b\n"c,d\ne,f\ng,h\n'
    with pytest.raises(ValueError, match="line 3: .*closed.*up to line 5"):
        rows(tmp_path, "a.csv", content)


def test_quotes_of_a_tsv_that_pandas_wrote(tmp_path, log):
    content = 'id\ttext\n1\t"a ""b"" c"\n2\tplain\n3\t"""d"""\n'
    found = rows(tmp_path, "a.tsv", content)
    texts = [row["text"] for _, row in found]
    assert texts == ['a "b" c', "plain", '"d"']
    assert "removed" in "".join(log)
    # R puts quotes around every text.
    found = rows(tmp_path, "a.tsv", '"id"\t"text"\n"1"\t"a"\n')
    assert found == [(2, {"id": "1", "text": "a"})]
    # A spreadsheet may have put them there, or not.
    log.clear()
    found = rows(tmp_path, "a.txt", 'id\ttext\n1\t"a, b"\n')
    assert found == [(2, {"id": "1", "text": '"a, b"'})]
    assert "1 cells of" in "".join(
        log
    ) and "rename the file to .csv" in "".join(log)
    # Named tabs leave no doubt.
    found = rows(tmp_path, "a.tsv", content, delimiter="tab")
    assert found[0][1]["text"] == '"a ""b"" c"'
    # One cell that CSV would not have so: they are characters.
    for cell in ('"said', '"all of it"', 'so "called"'):
        found = rows(tmp_path, "a.tsv", f"{content}4\t{cell}\n")
        texts = [row["text"] for _, row in found]
        assert texts == ['"a ""b"" c"', "plain", '"""d"""', cell]


def test_headers_say_what_is_wrong(tmp_path):
    needed = ["text", "label"]
    for content, finding in (
        ("text,text,label\n", "text more than once"),
        ("Text ,LABEL\n", "Did you mean 'Text' by 'text'.*'LABEL' by"),
        ("\u200btext,label\n", "missing: text. Did you mean .*u200btext' by"),
        ("text,lable\n", "Received: text, lable.*Did you mean 'lable'"),
        ("nice one,pos\n", "missing: text, label. Name the col.*--noheader"),
        (f"{'long ' * 99},b\n", r"long lo\.\.\., b; missing"),
        (f"{','.join(map(str, range(99)))}\n", "28, 29 and 69 more"),
    ):
        with pytest.raises(ValueError, match=finding):
            rows(tmp_path, "a.csv", content + "a,b\n", needed=needed)
    # Columns without a name cannot be chosen, and do no harm.
    (row,) = rows(tmp_path, "a.csv", ",,text,label\n0,1,a,x\n", needed=needed)
    assert row[1]["text"] == "a" and row[1]["label"] == "x"


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
