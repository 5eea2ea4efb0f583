import pytest

from data_pipeline.tasks import example_types
from data_pipeline.tasks import row_problems
from data_pipeline.tasks.tags import conll

TEXT = """-DOCSTART- -X- O

EU NNP B-ORG
rejects VBZ O


-DOCSTART- -X- O

Peter  NNP B-PER
# SYM O"""


def read(tmp_path, content, on_bad_row="stop", **settings):
    path = tmp_path / "data.conll"
    path.write_bytes(
        content if isinstance(content, bytes) else content.encode()
    )
    return conll.read(str(path), row_problems.Problems(on_bad_row), **settings)


def test_columns_documents_and_no_last_line_end(tmp_path):
    assert read(tmp_path, TEXT) == [
        example_types.TaggedExample("0", ("EU", "rejects"), ("B-ORG", "O")),
        example_types.TaggedExample("1", ("Peter", "#"), ("B-PER", "O")),
    ]
    assert read(tmp_path, TEXT, tag_column=1)[1].tags == ("NNP", "SYM")
    assert read(tmp_path, TEXT, labelled=False)[1].tags is None
    assert read(tmp_path, TEXT, tag_column=None)[0].words == ("EU", "rejects")
    assert read(tmp_path, TEXT.replace("\n", "\r\n")) == read(tmp_path, TEXT)
    assert (
        read(tmp_path, "\ufeff" + TEXT[TEXT.index("EU") :])[0].words[0] == "EU"
    )


def test_tabs_separate_words_with_spaces(tmp_path):
    (sentence,) = read(tmp_path, "New York\tB-LOC\nis\tO\n\n")
    assert sentence.words == ("New York", "is")


def test_white_space_that_is_a_word(tmp_path):
    (sentence,) = read(tmp_path, "\u3000 O\n\u2028 O\n\xa0 B-X\n")
    assert sentence.words == ("\u3000", "\u2028", "\xa0")
    (sentence,) = read(tmp_path, "a\n\u3000\nb\n \t\n", labelled=False)
    assert sentence.words == ("a", "\u3000", "b")


@pytest.mark.parametrize(
    "row, rule",
    [
        (b"b", "3 columns"),
        (b"b X O O", "3 columns"),
        (b"\xff X O", "UTF-8"),
    ],
)
def test_a_bad_row_takes_its_sentence(tmp_path, row, rule):
    content = b"a X O\n\nc X O\n" + row + b"\nd X O\n\ne X O\n"
    sentences = read(tmp_path, content, "skip")
    assert [s and s.id for s in sentences] == ["0", None, "2"]
    with pytest.raises(ValueError, match=rf"data.conll, line 4: .*{rule}"):
        read(tmp_path, content)


@pytest.mark.parametrize("row", ["\tO", "b\t"])
def test_empty_cells(tmp_path, row):
    with pytest.raises(ValueError, match="line 2: .* non-empty"):
        read(tmp_path, f"a\tO\n{row}\n")


def test_files_that_are_something_else(tmp_path):
    with pytest.raises(ValueError, match="1 column.*without labels"):
        read(tmp_path, "a\nb\n")
    with pytest.raises(ValueError, match="0 and 5"):
        read(tmp_path, "a O\n", tag_column=5)
    with pytest.raises(ValueError, match="has no words"):
        read(tmp_path, "\n-DOCSTART- O\n\n")
    with pytest.raises(FileNotFoundError, match="must exist"):
        conll.read(str(tmp_path / "none"), row_problems.Problems())
    assert read(tmp_path, "a\n\nb\n", labelled=False)[1].words == ("b",)


@pytest.mark.parametrize(
    "name, content, expected",
    [
        ("a.conll", "a O", True),
        ("a.TXT", "", True),
        ("train.char.bmes", "a O\n\nb O\n", True),
        ("eng.train", "a O\r\n\r\nb O\r\n", True),
        ("plain", "a O\nb O\n\nc O", True),
        ("a.bio", "words\ttags\na\tO\n", False),
        ("a.data", '{"words": "a"}\n\n{"words": "b"}\n', False),
        ("a.data", "PAR1\0\n\n", False),
        ("a.csv", "words,tags\n\na,O\n", False),
        ("a.jsonl", "\n\n", False),
    ],
)
def test_what_such_files_look_like(tmp_path, name, content, expected):
    path = tmp_path / name
    path.write_bytes(content.encode())
    assert conll.is_in(str(path)) == expected
    assert not conll.is_in(str(tmp_path / "none.bio"))
    assert not conll.is_in(str(tmp_path))


def test_predictions_have_a_line_for_each_word(tmp_path):
    path = str(tmp_path / "predictions.conll")
    sentences = read(tmp_path, "a O\nb\n\nNew O\nYork B-X\n\nc O\n", "skip")
    conll.write(path, sentences, [None, ["O", "I-X"], ["B-X"]])
    assert open(path).read() == "New\tO\tO\nYork\tB-X\tI-X\n\nc\tO\tB-X\n"
    plain = [example_types.TaggedExample("0", ("New York",))]
    conll.write(path, plain, [["B-X"]])
    assert open(path).read() == "New York\tB-X\n"
    again = conll.read(path, row_problems.Problems())
    assert again[0].words == plain[0].words
    with pytest.raises(ValueError, match="zip"):
        conll.write(path, plain, [["O", "O"]])


@pytest.mark.shared
def test_conll_2003(shared, tmp_path):
    path = str(shared / "data/ner/conll2003/valid.txt")
    sentences = conll.read(path, row_problems.Problems())
    # The counts of the shared task's paper, table 1.
    assert len(sentences) == 3250
    tags = [tag for sentence in sentences for tag in sentence.tags]
    assert len(tags) == 51362
    assert sum(tag.startswith("B-") for tag in tags) == 1837 + 922 + 1341 + 1842
