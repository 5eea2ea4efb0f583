"""Documents that are not what they should be: named, left out and counted."""

import bz2
import json

import pytest

from data_pipeline.corpora import blocks
from data_pipeline.corpora import documents
from data_pipeline.corpora import text_config
from data_pipeline.corpora import text_sources

GOOD = '{"text": "He slept. She woke."}\n'
SENTENCES = ["He slept.", "She woke."]
NESTED = '{"text": ' + "[" * 100_000 + "]" * 100_000 + "}"


@pytest.fixture
def read(tmp_path):
    def read(content, name="file", **settings):
        content = content.encode() if isinstance(content, str) else content
        (tmp_path / name).write_bytes(content)
        text_input = text_config.TextConfig(
            input_file=str(tmp_path / name), **settings
        )
        return [d.sentences for d in documents.read(text_input)]

    return read


@pytest.mark.parametrize(
    "line, what",
    [
        ('{"text": "He slept.', "which is not JSON"),
        (GOOD.strip() + ",", "Extra data"),
        ("He slept.", "which is not JSON"),
        (NESTED, "nested too deeply"),
        ('{"text": ' + "9" * 5000 + "}", "which is not JSON"),
        ('{"id": 1, "body": "He slept."}', "no 'text' among.*'id', 'body'"),
        ("{}", "among the fields .none"),
        ('{"text": null}', "'text' is null"),
        ('{"text": ["He slept."]}', "'text' is a list"),
        ('{"text": 3.5}', "'text' is a number"),
        ('{"text": true}', "'text' is a boolean"),
        ('{"text": {"en": "He slept."}}', "'text' is an object"),
        ('["He slept."]', "a list instead of an object"),
    ],
)
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_a_bad_json_line(read, caplog, line, what, end):
    text = (GOOD + "\n" + line + "\n" + GOOD * 3).replace("\n", end)
    with pytest.raises(ValueError, match=f"must be.*file, line 3: .*{what}"):
        read(text)
    assert read(text, on_bad_document="skip") == [SENTENCES] * 4
    assert "Left out: " in caplog.text and "file, line 3: " in caplog.text
    assert "0 invalid_utf8, 1 bad_documents in all" in caplog.text


def test_the_message_names_the_flag_for_another_field(read):
    with pytest.raises(ValueError, match="Name the field .*--text_field"):
        read('{"content": "He slept. She woke."}\n')
    text = '{"content": "He slept. She woke."}\n'
    assert read(text, text_field="content") == [SENTENCES]


@pytest.mark.parametrize("layout", ["GOOD\nBAD\nGOOD", "[GOOD,\nBAD,\nGOOD]"])
@pytest.mark.parametrize("escape", [r"\ud800", r"\udbff", r"\ude00"])
def test_lone_surrogates(read, caplog, layout, escape):
    bad = f'{{"text": "A {escape} b."}}'
    text = layout.replace("BAD", bad).replace("GOOD", GOOD.strip())
    with pytest.raises(ValueError) as error:
        read(text)
    assert f"file, line 2: {escape}, a lone surrogate" in str(error.value)
    assert "--invalid_utf8=replace" in str(error.value)
    replaced = read(text, invalid_utf8="replace")
    assert replaced == [SENTENCES, ["A \ufffd b."], SENTENCES]
    assert f"file, line 2: {escape}." in caplog.text
    assert read(text, invalid_utf8="skip") == [SENTENCES] * 2


def test_a_pair_of_surrogates_is_a_character(read):
    assert read('{"text": "\\ud83d\\ude00 a."}\n') == [["😀 a."]]


def test_bytes_that_are_not_utf8_in_json_are_of_their_document(read):
    text = GOOD.encode() * 2 + b'{"text": "Caf\xe9 b.", "url": "u"}\n'
    with pytest.raises(ValueError, match="line 3: byte 0xe9"):
        read(text)
    assert read(text, invalid_utf8="replace")[2] == ["Caf\ufffd b."]
    assert read(text, invalid_utf8="skip") == [SENTENCES] * 2
    # What is not read does not matter.
    assert read(text.replace(b"Caf\xe9", b"A").replace(b'"u"', b'"\xe9"'))


def test_arrays_and_objects_over_many_lines(read):
    objects = [
        {"id": 1, "text": "He slept. She woke."},
        {"title": "Sea", "text": 'Sea\n\nA "}", and {so]. On.'},
        {"text": ""},
    ]
    expected = [SENTENCES, ['A "}", and {so].', "On."]]
    for text in (
        json.dumps(objects),
        "\ufeff" + json.dumps(objects, indent=2) + "\n\n",
        "\n".join(json.dumps(o, indent=1) for o in objects),
    ):
        assert read(text) == expected
    assert read("[]") == []
    bad = json.dumps([*objects, {"text": None}, 3], indent=1)
    with pytest.raises(ValueError, match="line 13: 'text' is null"):
        read(bad)
    assert read(bad, on_bad_document="skip") == expected
    with pytest.raises(ValueError, match="'data'. .*the objects of 'data'"):
        read(json.dumps({"version": 1, "data": objects}, indent=1))


def test_a_broken_array_is_an_error_whatever_is_asked(read):
    text = json.dumps([{"text": "He slept."}] * 3, indent=1)
    for skip in ("stop", "skip"):
        with pytest.raises(ValueError, match=r"must end with \].*cut short"):
            read(text[:-2], "a.json", on_bad_document=skip)
        with pytest.raises(
            ValueError, match="valid to its end.*line 3, .*Expec"
        ):
            read(text.replace('"He', '2"He', 1), on_bad_document=skip)
        with pytest.raises(ValueError, match="nested too deeply"):
            read(f"[{GOOD},\n{NESTED}]", on_bad_document=skip)


ARTICLE = """<doc id="{n}" url="u?a=1&b" title="A &amp; "B" > {n}">
A &amp; "B" > {n}

He slept &lt;well&gt;. She woke.

</doc>
"""


def test_articles_of_wikiextractor(read, caplog):
    good = "".join(ARTICLE.format(n=n) for n in range(3))
    sentences = ["He slept <well>.", "She woke."]
    assert read(good) == [sentences] * 3
    assert read(good.rstrip()) == [sentences] * 3
    assert read(good.replace("\n", "\r\n")) == [sentences] * 3
    only_title = '<doc id="9" title="Sea">\nSea\n\n</doc>\n'
    assert read(only_title + good) == [sentences] * 3
    for bad, line, what, kept in (
        (good[:-10], 13, "the article .* has no </doc>", 2),
        (good.replace("</doc>\n", "", 1), 1, "has no </doc>", 2),
        (good + "and\nmore\n", 19, "outside of an article, 'and'", 3),
    ):
        with pytest.raises(ValueError, match=f"file, line {line}: .*{what}"):
            read(bad)
        caplog.clear()
        assert read(bad, on_bad_document="skip") == [sentences] * kept
        assert "1 bad_documents in all" in caplog.text


PAGE = """<page><title>Town &amp; {n}</title><ns>0</ns><id>{n}</id>
<revision><text>The old [[town]] number {n} lies by the [[North Sea|sea]], \
and it was founded in 1210. Most people there fish.</text></revision></page>
"""
HEAD = "<mediawiki xmlns='x'>\n"
PAGES = [PAGE.format(n=n) for n in range(4)]
DUMP = HEAD + "".join(PAGES) + "</mediawiki>\n"


@pytest.mark.parametrize(
    "old, new, what",
    [
        ("2 lies", "2 \x01lies", "&amp; 2</title>, not well-formed"),
        ("2 lies", "2&nbsp;lies", "undefined entity"),
        ("<id>2</id>", "<id>2", "mismatched tag"),
        ("<title>Town &amp; 2</title>", "", r"\?, no title"),
        ("</page>\n<page><title>Town &amp; 3", "<page><title>3", "no </page>"),
    ],
)
def test_a_fault_in_a_page_of_a_dump(read, caplog, old, new, what):
    bad = DUMP.replace(old, new)
    with pytest.raises(ValueError, match=f"file, line 6: page .*{what}"):
        read(bad)
    found = read(bad, on_bad_document="skip")
    assert [sentences[0][:21] for sentences in found] == [
        f"The old town number {n}" for n in (0, 1, 3)
    ]
    assert "1 bad_documents in all" in caplog.text


@pytest.mark.parametrize("name", ["a.xml", "a"])
def test_a_dump_that_does_not_reach_its_end(read, name):
    assert len(read(DUMP, name)) == 4
    streams = [bz2.compress(x.encode()) for x in (HEAD, *PAGES)]
    for whole in (b"".join(streams), DUMP[:-300], DUMP[:-14]):
        for skip in ("stop", "skip"):
            with pytest.raises(ValueError, match="end with </mediawiki>.*cut"):
                read(whole, name, on_bad_document=skip)


@pytest.mark.parametrize(
    "sentence",
    [
        "北京是中华人民共和国的首都，" * 4 + "毗邻天津市。",
        "दिल्ली भारत की राजधानी और एक महानगर है जो यमुना नदी पर है।",
        "กรุงเทพมหานครเป็นเมืองหลวงและนครที่มีประชากรมากที่สุดของประเทศไทย",
    ],
)
def test_a_dump_in_another_script(read, sentence):
    page = f"<page><title>A</title><revision><text>{sentence}"
    redirect = "<page><title>A</title><redirect title='B'/><revision><text>"
    redirect += "#WEITERLEITUNG [[B]] " + "and some more text. " * 5
    end = "</text></revision></page>"
    dump = f"<mediawiki>{page}{end}{redirect}{end}</mediawiki>"
    assert read(dump) == [[sentence]]


@pytest.mark.parametrize("piece_bytes", [60, 300, 700, 2000])
def test_documents_are_whole_wherever_text_is_cut(
    read, tmp_path, monkeypatch, piece_bytes
):
    monkeypatch.setattr("data_pipeline.corpora.formats.streams._CHUNK", 50)
    objects = [{"text": f'He "{n}" {{]. ' * n} for n in range(1, 40)]
    objects[20] = {"text": None}
    contents = {
        "jsonl": "".join(json.dumps(o) + "\n" for o in objects),
        "json": json.dumps(objects, indent=1),
        "wikiextractor": "".join(ARTICLE.format(n=n) for n in range(20)),
        "wikipedia": DUMP.replace("Most", "Most \x01", 1),
    }
    contents["wikiextractor"] += "stray\n" + ARTICLE.format(n=1)
    for name, content in contents.items():
        (tmp_path / name).write_text(content)
        text_input = text_config.TextConfig(
            input_file=str(tmp_path / name), on_bad_document="skip"
        )
        results = []
        for limit in (4 << 20, piece_bytes):
            monkeypatch.setattr(blocks, "_PIECE_BYTES", limit)
            monkeypatch.setattr(blocks, "_FULL_BLOCK_BYTES", limit // 2)
            made = [
                block
                for block, _ in blocks.cut(
                    0, text_sources.list_sources(text_input), text_input
                )
            ]
            parsed = [documents.parse(block, text_input) for block in made]
            sentences = [d.sentences for found, _ in parsed for d in found]
            places = [place for _, f in parsed for place in f.places]
            results.append((sentences, places))
        assert results[0] == results[1]
        assert len(results[0][1]) == 1 and len(made) > 1 or piece_bytes > 700
