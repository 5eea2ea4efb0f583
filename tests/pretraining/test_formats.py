"""Formats of files, told by how they begin; what is no text is refused."""

import bz2
import gzip
import io
import json
import lzma
import tarfile

import pytest
from backports import zstd

from data_pipeline.corpora import documents
from data_pipeline.corpora import text_config
from data_pipeline.corpora import text_sources
from data_pipeline.corpora.formats import detection

OBJECTS = [
    {"id": n, "title": "标题", "text": "标题\n\n今天天气很好。我们去公园玩。"}
    for n in range(6)
]
LINES = "".join(json.dumps(o) + "\n" for o in OBJECTS)
ARTICLES = (
    '<doc id="1" url="u" title="Sea">\nSea\n\nHe went. He came.\n\n</doc>\n' * 3
)


@pytest.fixture
def find(tmp_path):
    def find(content, name="file"):
        content = content.encode() if isinstance(content, str) else content
        (tmp_path / name).write_bytes(content)
        return detection.find(str(tmp_path / name), "auto")

    return find


@pytest.mark.parametrize("name", ["wiki_00", "a.json", "a.txt", "a", "a.jsonl"])
@pytest.mark.parametrize(
    "compress",
    [bytes, gzip.compress, bz2.compress, lzma.compress, zstd.compress],
    ids=["plain", "gz", "bz2", "xz", "zst"],
)
def test_json_lines_under_any_name(find, name, compress):
    assert find(compress(LINES.encode()), name) == "jsonl"


@pytest.mark.parametrize(
    "text, expected",
    [
        ("\ufeff" + LINES, "jsonl"),
        ("\n\n" + LINES.replace("\n", "\n\n"), "jsonl"),
        (LINES.replace("\n", "\r\n"), "jsonl"),
        ('{"text": \n' + LINES, "jsonl"),  # a broken line
        (LINES + "and prose.\n", "jsonl"),
        ('["a"]\n["b"]\n', "jsonl"),  # which is no object: an error later
        ("[" * 3000 + "]" * 3000 + "\n" + LINES, "jsonl"),
        (json.dumps({"text": "word " * 30_000}) + "\n", "jsonl"),  # over 64 KB
        (json.dumps(OBJECTS[0]), "jsonl"),  # no line end
        (json.dumps(OBJECTS), "json"),
        (json.dumps(OBJECTS, indent=2), "json"),
        (json.dumps(OBJECTS * 1000), "json"),
        (json.dumps(["One text.", "And one."], indent=0), "json"),
        ("[\n" + ",\n".join(map(json.dumps, OBJECTS)) + "\n]", "json"),
        ("\n".join(json.dumps(o, indent=1) for o in OBJECTS), "json"),
        ('{"a": 1,\n"text": "x"}\n{"a": 2,\n"text": "y"}\n', "json"),
        ('{"a": [1,\n2],\n"text": "x"}\n{"text": "y"}', "json"),
        ('{"text": "a}\n' * 3, "jsonl"),  # an error later
        (ARTICLES, "wikiextractor"),
        ("\n" + ARTICLES.replace("\n", "\r\n"), "wikiextractor"),
        ("the end of an article\n</doc>\n" + ARTICLES, "wikiextractor"),
        ("<mediawiki xmlns='x'>\n<page>", "wikipedia"),
        ('<?xml version="1.0"?>\n<mediawiki>', "wikipedia"),
        ("  <page>\n    <title>A</title>", "wikipedia"),
        ("{ it was late }\nHe slept.\n", "sentences"),
        ('{"note": "a poem"}\nHe slept.\nShe woke.\n', "sentences"),
        ('{"Love": a poem}\nHe slept.\nShe woke.\n', "sentences"),
        ("{}\nHe slept.\nShe woke.\n", "sentences"),
        ("[1] He slept.\n[2] She woke.\n", "sentences"),
        ('["Yes", he said.]\nHe slept.\n', "sentences"),
        ('He wrote:\n<doc id="3" title="A">\nHe slept.\n', "sentences"),
        ("<unk> slept.\nShe <unk> up.\n", "sentences"),
        ('"Yes," he said.\n"No," said she.\n"Well," it was.\n', "sentences"),
        ("Yes, he said.\nNo, she said.\nWell, it rained.\n", "sentences"),
        ("One line without an end.", "sentences"),
        ("", "sentences"),
    ],
)
def test_the_beginning_decides(find, text, expected):
    assert find(text) == expected


def test_names_decide_where_the_text_does_not(find):
    assert find("no json\n", "a.jsonl.gz") == "jsonl"
    assert find("no json\n", "a.JSON") == "jsonl"
    with pytest.raises(ValueError, match="a table, by its name"):
        find("He slept. She woke.\n", "a.csv")


def _tar() -> bytes:
    archive = io.BytesIO()
    with tarfile.open(fileobj=archive, mode="w:gz") as tar:
        member = tarfile.TarInfo("a.txt")
        member.size = 5000
        tar.addfile(member, io.BytesIO(b"He slept. " * 500))
    return archive.getvalue()


TEXT = "He slept.\nShe woke.\n"
NO_TEXT = [
    (TEXT.encode("utf-16"), "UTF-16 text. .*iconv -f UTF-16"),
    (TEXT.encode("utf-32"), "UTF-32 text"),
    (TEXT.encode("utf-16-le"), "binary data, or UTF-16 without"),
    (bytes(range(256)) * 300, "binary data"),
    (b"PAR1\x15\x04\x15" + b"text" * 30, "a Parquet file. .*JSON lines"),
    (gzip.compress(b"WARC/1.0\r\nWARC-Type: warcinfo\r\n"), "a WARC"),
    (b"PK\x03\x04\x14\x00\x06", "a zip archive"),
    (b"%PDF-1.7\n", "a PDF"),
    (_tar(), "a tar archive. Unpack"),
    (
        b"version https://git-lfs.github.com/spec/v1\noid s",
        "a Git LFS pointer. .*git lfs pull",
    ),
]
NO_PROSE = [
    ("id,text\n1,He slept\n2,She woke\n", r"a table \(CSV\)"),
    ('a;b\n1;"He; slept"\n2;"She\nwoke"\n', r"a table \(CSV\)"),
    ('1,"He slept"\n2,"She, he"\n3,"It"\n', r"a table \(CSV\)"),
    ("# 1\n1\tHe\tN\n2\tslept\tV\n3\t.\tP\n\n" * 4, r"a table \(TSV\)"),
    ("id,text\n" + "1,He slept\n" * 20 + "2,She, too\n", r"a table \(CSV\)"),
    ("He slept.\tIl dormait.\n" * 3, r"a table \(TSV\)"),
    ('<?xml version="1.0"?>\n<TEI>He slept.</TEI>\n', "XML or HTML"),
    ("<!doctype html>\n<p>He slept.</p>\n", "XML or HTML"),
    ("<DOC>\n<TEXT>\nHe slept.\n</TEXT>\n</DOC>\n" * 2, "XML or HTML"),
    ("{'text': 'He slept.'}\n" * 3, "dictionaries as Python"),
]


@pytest.mark.parametrize("content, what", NO_TEXT, ids=range(len(NO_TEXT)))
def test_what_is_no_text_is_refused_whatever_is_asked(
    find, tmp_path, content, what
):
    with pytest.raises(ValueError, match=f"/a, which looks like {what}"):
        find(content, "a")
    with pytest.raises(ValueError, match=what):
        detection.find(str(tmp_path / "a"), "sentences")


@pytest.mark.parametrize("content, what", NO_PROSE, ids=range(len(NO_PROSE)))
def test_what_is_no_prose_is_refused_unless_asked_for(
    find, tmp_path, content, what
):
    with pytest.raises(ValueError, match=f"looks like {what}.*=sentences"):
        find(content, "a")
    assert detection.find(str(tmp_path / "a"), "sentences") == "sentences"


def test_a_stray_control_character_is_no_binary_data(find):
    assert find("He \x00slept.\x0c\n" + TEXT * 40) == "sentences"


def test_an_empty_compressed_file(find):
    with pytest.raises(ValueError, match="it is empty"):
        find(b"", "a.gz")
    assert find(b"", "a.txt") == "sentences"


def test_a_folder_is_all_files_under_it(tmp_path, caplog):
    for folder in ("AA", "AB[1]", ".git", "AC"):
        (tmp_path / folder).mkdir()
        for name in ("wiki_01", "wiki_00", "_SUCCESS", ".crc"):
            text = ARTICLES.replace("Sea", folder + name)
            (tmp_path / folder / name).write_text(text)
    text_input = text_config.TextConfig(input_file=f"{tmp_path}/AC,{tmp_path}")
    with caplog.at_level("INFO", "absl"):
        sources = text_sources.list_sources(text_input)
    found = [source.name for source in sources]
    names = [
        f"{tmp_path}/{at}/wiki_0{n}"
        for at in ("AA", "AB[1]", "AC")
        for n in range(2)
    ]
    assert sorted(found) == sorted([*names, *names[-2:]])
    assert (
        "8 of 8 files are read as --input_format=wikiextractor" in caplog.text
    )
    titles = [
        d.name
        for d in documents.read(
            text_config.TextConfig(input_file=str(tmp_path))
        )
    ]
    assert titles[:4] == [*["AAwiki_00"] * 3, "AAwiki_01"]
    (tmp_path / "empty").mkdir()
    with pytest.raises(FileNotFoundError, match="must hold files"):
        text_sources.list_sources(
            text_config.TextConfig(input_file=f"{tmp_path}/empty")
        )


SENTENCES = "He came home.\nIt was late.\n\nNobody saw him.\n" * 20
PARAGRAPHS = "He came home. It was late. It rained.\n\nNobody saw.\n" * 20
WRAPPED = "He came home when it was\nalready late and\nrained. No\n" * 20
CHINESE = "他回家了。天已经很晚。外面下着雨，没有人看见他。\n" + "诗一行\n" * 9


@pytest.mark.parametrize(
    "text, expected",
    [
        (SENTENCES, "sentences"),
        (PARAGRAPHS, "prose"),
        (WRAPPED, "prose"),
        (CHINESE * 5, "prose"),
        ("He came home. It was late. " * 3000, "prose"),  # a line of 81 KB
        ("今天天气很好。\n我们去公园玩。\n" * 20, "sentences"),
    ],
)
def test_sniffing(text, expected):
    assert detection.sniff(text) == expected


@pytest.mark.shared
@pytest.mark.parametrize("folder, number", [("text", 44), ("zh/text", 4)])
def test_novels_are_prose(shared, folder, number):
    novels = text_config.TextConfig(
        input_file=str(shared / "data" / folder / "novels")
    )
    found = text_sources.list_sources(novels)
    assert len(found) == number and {s.format for s in found} == {"prose"}
