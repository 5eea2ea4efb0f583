"""Readers of text, and the command that writes a corpus."""

import bz2

import pytest

from data_pipeline.corpora import documents
from data_pipeline.corpora import plain_text
from data_pipeline.corpora import text_config
from data_pipeline.corpora.formats import wikipedia

PAGE = """<page><title>{title}</title><ns>0</ns><id>{id}</id>
<revision><id>9</id><text>{text}</text></revision></page>"""
ARTICLE = """{{{{Infobox|name=x}}}}
'''{title}''' (; , ''x'') is a [[town]] by the [[North Sea|sea]]. \
It was founded in 1210.&lt;ref&gt;A book.&lt;/ref&gt; Most people there fish.
* a list item that is long enough to be taken for a paragraph of prose.
== References ==
Here a long sentence that belongs to the sources and must not be taken along."""


def read(patterns, input_format="auto"):
    return documents.read(
        text_config.TextConfig(
            input_file=str(patterns), input_format=input_format
        )
    )


@pytest.fixture
def dump(tmp_path):
    titles = [f"Town{number}" for number in range(12)]
    pages = [
        PAGE.format(id=7, title=title, text=ARTICLE.format(title=title))
        for title in titles
    ]
    pages.append(PAGE.format(id=99, title="Tn", text="#REDIRECT [[Town1]]"))
    xml = (
        '<mediawiki xmlns="http://www.mediawiki.org/xml/export-0.10/">'
        + "".join(pages)
        + "</mediawiki>"
    )
    path = tmp_path / "wiki-pages-articles1.xml-p1p99.bz2"
    path.write_bytes(bz2.compress(xml.encode()))
    return path


def test_prose_keeps_running_text():
    text = (
        "'''Queen Anna''' (; , ''Ana'') ruled a country that lay by the sea.\n"
        "== Life ==\n"
        "* She is on a list that should not be taken for running text at all.\n"
        "A caption of a picture that is long enough but ends without a stop\n"
        "Short. \n"
        "She reigned for forty years (  ) and was followed by her daughter.\n"
        "== See also ==\n"
        "This paragraph follows the heading of the back matter and goes away."
    )
    assert wikipedia.prose(text) == [
        "Queen Anna (Ana) ruled a country that lay by the sea.",
        "She reigned for forty years and was followed by her daughter.",
    ]


def test_wikipedia_dump(dump):
    documents = list(read(str(dump)))
    assert [document.name for document in documents] == [
        f"Town{n}" for n in range(12)
    ]
    assert documents[3].sentences == [
        "Town3 (x) is a town by the sea.",
        "It was founded in 1210.",
        "Most people there fish.",
    ]


def test_sentences_and_blank_lines(tmp_path):
    (tmp_path / "a.txt").write_text("One.\nTwo.\n\n\nThree.\n")
    (tmp_path / "b.txt").write_text("\n\n")
    documents = list(read(f"{tmp_path}/*.txt"))
    assert [document.sentences for document in documents] == [
        ["One.", "Two."],
        ["Three."],
    ]
    assert documents[0].name != documents[1].name


def test_prose_files_are_split_into_sentences(tmp_path):
    (tmp_path / "novel.txt").write_text(
        "It was late. Mr. Brown\nwent home.\n\nHe slept.\n"
    )
    (document,) = read(f"{tmp_path}/novel.txt", "prose")
    assert document.sentences == [
        "It was late.",
        "Mr. Brown went home.",
        "He slept.",
    ]


def test_text_that_is_not_utf8_names_the_line(tmp_path):
    (tmp_path / "a.txt").write_bytes(b"fine\nb\xe9d\n")
    with pytest.raises(ValueError, match=r"a\.txt, byte 6 \(0xe9\)"):
        list(read(f"{tmp_path}/a.txt"))


def test_no_such_file():
    with pytest.raises(FileNotFoundError, match="nowhere"):
        list(read("nowhere*.txt"))


def test_write_corpus_holds_out_by_name(corpus, tmp_path):
    counts = plain_text.write(read(str(corpus)), str(tmp_path / "out"), 0.25)
    assert counts["train"]["documents"] + counts["heldout"]["documents"] == 40
    assert 4 <= counts["heldout"]["documents"] <= 16
    everything = {
        sentence
        for document in read(f"{tmp_path}/out/*.txt")
        for sentence in document.sentences
    }
    assert everything == set(corpus.read_text().splitlines()) - {""}
    with pytest.raises(FileExistsError, match="train.txt"):
        plain_text.write([], str(tmp_path / "out"), 0.25)


def test_an_empty_part_is_an_error(tmp_path):
    with pytest.raises(ValueError, match="0 documents"):
        plain_text.write([], str(tmp_path / "out"), 0.1)
    assert not list((tmp_path / "out").glob("*.txt"))


def test_holding_out_is_stable_and_close_to_the_fraction():
    names = [f"Article {number}" for number in range(20_000)]
    held = [plain_text.is_heldout(name, 0.1) for name in names]
    # A standard deviation is 42.
    assert abs(sum(held) - 2000) < 170
    assert all(
        plain_text.is_heldout(name, 0.3)
        for name, out in zip(names, held, strict=True)
        if out
    )
