"""Files of pairs, triplets and scores, in the layouts that people have."""

import pytest

from data_pipeline.tasks import file_columns
from data_pipeline.tasks import row_problems
from data_pipeline.tasks.data import custom
from data_pipeline.tasks.embedding import pair_rows

SNLI = """sentence1\tsentence2\tgold_label
A man eats.\tSomeone eats.\tentailment
A man eats.\tA man sleeps.\tcontradiction
A man eats.\tA tall man eats.\tneutral
A man eats.\tA man has food.\tentailment
A dog.\tAn animal.\tentailment
A dog.\tA cat.\tcontradiction
A hat.\tA thing.\tentailment
"""
STS = (
    '4.2\tA "fat" cat.\tA big cat.\n\tNo score.\tLeft out.\n0\tRain.\tA car.\n'
)
STSB = (
    "index\tgenre\tsentence1\tsentence2\tscore\n"
    "0\tnews\tA cat.\tThe cat.\t5.000\n1\tnews\tA cat.\tRain.\t0.1\n"
)
SICK = (
    "pair_ID\tsentence_A\tsentence_B\trelatedness_score\tentailment_judgment\n"
    "1\tA cat.\tThe cat.\t4.5\tNEUTRAL\n2\tA cat.\tRain.\t1\tNEUTRAL\n"
)


@pytest.fixture
def read(tmp_path):
    def of(name, content, **columns):
        path = tmp_path / name
        path.write_text(content, encoding="utf-8")
        examples = custom.read(
            str(path),
            row_problems.Problems("stop"),
            file_columns.Columns("embedding", **columns),
        )
        return [(e.texts, e.label) for e in examples]

    return of


@pytest.mark.parametrize("layout", [None, "snli"])
def test_snli_becomes_triplets(read, layout):
    assert read("train.tsv", SNLI, layout=layout) == [
        (("A man eats.", "Someone eats.", "A man sleeps."), None),
        (("A dog.", "An animal.", "A cat."), None),
    ]


@pytest.mark.parametrize("name", ["sts.test.tsv", "sts.txt", "sts"])
def test_semeval_has_no_header_and_some_missing_scores(read, name):
    assert read(name, STS) == [
        (('A "fat" cat.', "A big cat."), 4.2),
        (("Rain.", "A car."), 0.0),
    ]


@pytest.mark.parametrize("content", [STSB, SICK])
def test_stsb_and_sick(read, content):
    (first, high), (second, low) = read("dev.tsv", content)
    assert first == ("A cat.", "The cat.") and second == ("A cat.", "Rain.")
    assert high > 4 and low <= 1


def test_beir_has_judgments_of_ids(read, tmp_path):
    (tmp_path / "queries.jsonl").write_text(
        '{"_id": "q1", "text": "why"}\n{"_id": "q2", "text": "how"}\n'
    )
    (tmp_path / "corpus.jsonl").write_text(
        '{"_id": "1", "title": "It", "text": "is so."}\n'
        '{"_id": "2", "title": "", "text": "Rain."}\n'
        '{"_id": "3", "title": "", "text": ""}\n'
    )
    (tmp_path / "qrels").mkdir()
    judgments = "query-id\tcorpus-id\tscore\nq1\t1\t2\nq1\t2\t0\nq2\t3\t1\n"
    assert read("qrels/train.tsv", judgments) == [(("why", "It is so."), None)]
    with pytest.raises(ValueError, match="such as '4'"):
        read("qrels/train.tsv", judgments + "q2\t4\t1\n")
    (tmp_path / "corpus.jsonl").unlink()
    with pytest.raises(FileNotFoundError, match="corpus.jsonl in the folder"):
        read("qrels/train.tsv", judgments)


def test_named_columns(read):
    table = "a,b,c,d,s\nq one,p one,n one,m one,3\n"
    assert read("x.csv", table, text="a") == [(("q one",), None)]
    assert read("x.csv", table, text="a", text_pair="b") == [
        (("q one", "p one"), None)
    ]
    assert read("x.csv", table, text="a", text_pair="b", score="s") == [
        (("q one", "p one"), 3.0)
    ]
    assert read(
        "x.csv", table, text="a", text_pair="b", negatives=("c", "d")
    ) == [(("q one", "p one", "n one", "m one"), None)]


def test_prompts_come_before_texts(read):
    found = read(
        "x.csv",
        "text,b\nhow,so\n",
        text_pair="b",
        query_prompt="query: ",
        document_prompt="document: ",
    )
    assert found == [(("query: how", "document: so"), None)]


@pytest.mark.parametrize(
    ("columns", "content", "message"),
    [
        ({"negatives": ("b",)}, "text,b\nx,y\n", "--text_pair_column"),
        (
            {"text_pair": "b", "negatives": ("c",), "score": "d"},
            "text,b,c,d\nx,y,z,1\n",
            "a score or negatives, not both",
        ),
        ({"score": "b"}, "text,b\nx,1\n", "score is that of a pair"),
        ({"layout": "quora"}, "text\nx\n", "--layout must be one of"),
        ({"text_pair": "b"}, "text,b\nx,\n", "must hold a non-empty text"),
        ({"text_pair": "b"}, "text,b\n,x\n", "must hold a non-empty text"),
        ({"text_pair": "b", "score": "s"}, "text,b,s\nx,y,nan\n", "finite"),
        ({"text_pair": "b", "score": "s"}, "text,b,s\nx,y,\n", "finite"),
        ({"text_pair": "c"}, "text,b\nx,y\n", "must have the columns"),
        ({"layout": "snli"}, "text,b\nx,y\n", "must have the columns"),
        (
            {"layout": "snli"},
            "sentence1,sentence2,gold_label\nx,y,neutral\n",
            "an entailment and a contradiction",
        ),
    ],
)
def test_what_cannot_be_read_is_named(read, columns, content, message):
    with pytest.raises(ValueError, match=message):
        read("x.csv", content, **columns)


def test_forms():
    def form(*texts, label=None):
        example = pair_rows.example_types.EmbeddingExample("0", texts, label)
        return pair_rows.form_of([None, example])

    assert form("a") == "texts"
    assert form("a", "b") == "pairs"
    assert form("a", "b", label=1.0) == "graded"
    assert form("a", "b", "c") == "triplets"
