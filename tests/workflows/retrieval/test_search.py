"""albert_tf.index, albert_tf.search and albert_tf.searcher."""

import json
import shutil

import commands
import numpy as np
import pytest
import toy_embedders

import albert_tf
from albert_tf.retrieval.indexes import qdrant
from albert_tf.workflows.retrieval import models

EMBEDDER = toy_embedders.ToyEmbedder()
ROWS = [
    ("dog", "the dog barks", 1),
    ("car", "a red car", 2),
    ("sky", "the sky is blue", 3),
]


@pytest.fixture
def table(tmp_path):
    path = tmp_path / "texts.csv"
    lines = [f"{id},{text},{page}" for id, text, page in ROWS]
    path.write_text("\n".join(["id,text,page", *lines]))
    return path


@pytest.fixture(scope="module")
def template(tmp_path_factory):
    """The folder of an index with embeddings and BM25."""
    folder = tmp_path_factory.mktemp("built")
    table = folder / "texts.jsonl"
    rows = [{"id": id, "text": text, "page": page} for id, text, page in ROWS]
    table.write_text("".join(json.dumps(row) + "\n" for row in rows))
    index(str(folder / "index"), table)
    return folder / "index"


@pytest.fixture
def built(template, tmp_path):
    """A copy of that index, which a test may change."""
    return str(shutil.copytree(template, tmp_path / "index"))


def index(folder, documents=None, **settings):
    config = albert_tf.IndexConfig(
        index=folder, documents=documents, **settings
    )
    return albert_tf.index(config, embedder=EMBEDDER)


def search(folder, *text, **settings):
    config = albert_tf.SearchConfig(index=folder, text=text, **settings)
    return albert_tf.search(config, embedder=EMBEDDER)


def ids(hits):
    return [hit.id for hit in hits]


def test_what_was_built_is_reported(table, tmp_path):
    result = index(str(tmp_path / "index"), table)
    assert result.num_documents == 3 and result.size == 16
    assert (result.model, result.kind) == ("toy", "flat")
    assert result.recall_at_10 == 1 and result.has_lexical
    assert "Kind: flat, recall@10 1.000 compared with flat" in result.report


def test_hits_have_the_document_and_each_score(built):
    searcher = albert_tf.searcher(built, embedder=EMBEDDER)
    (hit,) = searcher("the hound barks", 1)
    assert (hit.id, hit.text, hit.title) == ("dog", "the dog barks", "")
    assert hit.metadata == {"page": 1}
    assert hit.score == pytest.approx(1, abs=1e-5)
    assert list(hit.scores) == ["embedding"]
    first, second = searcher(["a red car", "blue"], 2, lexical=True)
    assert first[0].id == "car" and second[0].id == "sky"
    assert list(first[0].scores) == ["embedding", "bm25", "fused"]
    assert first[0].score == first[0].scores["fused"] == pytest.approx(2 / 61)
    assert "bm25" not in first[1].scores


def test_more_than_there_are(built):
    searcher = albert_tf.searcher(built, embedder=EMBEDDER)
    assert len(searcher("dog", 99)) == len(searcher.store) == 3


@pytest.mark.parametrize("queries", ["", " ", ["dog", ""], [None]])
def test_empty_queries_are_errors(queries, built):
    searcher = albert_tf.searcher(built, embedder=EMBEDDER)
    with pytest.raises(ValueError, match="query must be a non-empty string"):
        searcher(queries)


@pytest.mark.parametrize("top_k", [0, True, 2.0])
def test_top_k_is_a_whole_number(top_k, built):
    searcher = albert_tf.searcher(built, embedder=EMBEDDER)
    with pytest.raises(ValueError, match="top_k"):
        searcher("dog", top_k)


def test_another_model_is_an_error(built):
    other = toy_embedders.ToyEmbedder(16, "other", "1" * 64)
    with pytest.raises(ValueError, match="model that made it"):
        albert_tf.searcher(built, embedder=other)


def test_a_model_that_has_moved_is_named(built):
    with pytest.raises((OSError, ValueError), match="toy.*with --model"):
        albert_tf.searcher(built)


def test_a_rebuild_keeps_what_the_index_has(table, tmp_path):
    folder = str(tmp_path / "index")
    assert not index(folder, table, lexical=False).has_lexical
    assert not index(folder, rebuild=True).has_lexical
    given = frozenset(["lexical"])
    assert index(folder, rebuild=True, given=given).has_lexical


def test_prompts_go_to_the_model(table, tmp_path):
    folder = str(tmp_path / "index")
    model = toy_embedders.ToyEmbedder()
    config = albert_tf.IndexConfig(
        index=folder, documents=table, document_prompt="document"
    )
    albert_tf.index(config, embedder=model)
    searcher = albert_tf.searcher(folder, embedder=model, query_prompt="query")
    searcher("dog")
    assert model.prompts == ["document", "query"]


def test_added_deleted_and_rebuilt(built, tmp_path):
    more = tmp_path / "more.jsonl"
    more.write_text('{"_id": "sea", "title": "Sea", "text": "deep water"}\n')
    assert index(built, more, add=True).num_documents == 4
    (hit,) = search(built, "deep water", top_k=1).answers[0].hits
    assert (hit.id, hit.title) == ("sea", "Sea")
    assert index(built, delete="dog,car").num_documents == 2
    assert index(built, rebuild=True, kind="hnsw").kind == "hnsw"
    found = search(built, "the dog barks").answers[0].hits
    assert {*ids(found)} == {"sky", "sea"}
    assert index(built, more, rebuild=True).num_documents == 1


@pytest.mark.parametrize(
    "settings, error, message",
    [
        ({}, FileExistsError, "--add for more documents, --rebuild"),
        ({"add": True, "rebuild": True}, ValueError, "one way at a time"),
        ({"delete": ("x",), "documents": None}, ValueError, "Received: 'x'"),
        ({"add": True, "documents": None}, ValueError, "must be given with"),
        ({"delete": ("dog",)}, ValueError, "must not be given with --delete"),
        ({"add": True}, ValueError, "unique.*'dog', 'car', 'sky'"),
        ({"embeddings": "a.npy", "rebuild": True}, ValueError, "the --model"),
    ],
)
def test_changes_that_are_errors(settings, error, message, built, table):
    settings = {"documents": table, **settings}
    with pytest.raises(error, match=message):
        index(built, **settings)
    assert len(albert_tf.searcher(built, embedder=EMBEDDER).store) == 3


def test_places_that_are_errors(table, tmp_path):
    with pytest.raises(FileNotFoundError, match="folder with index.json"):
        index(str(tmp_path / "none"), table, add=True)
    assert not (tmp_path / "none").exists()
    with pytest.raises(FileExistsError, match="folder of its own.*texts.csv"):
        index(str(tmp_path), table)
    with pytest.raises(ValueError, match="local disk"):
        index("gs://bucket/index", table)
    with pytest.raises(ValueError, match="embeddings, BM25 or both"):
        config = albert_tf.IndexConfig(
            index=str(tmp_path / "i"), documents=table, lexical=False
        )
        albert_tf.index(config)


def test_a_bad_file_leaves_nothing(tmp_path):
    empty = tmp_path / "empty.csv"
    empty.write_text("text\n")
    with pytest.raises(ValueError, match="at least one row with a text"):
        index(str(tmp_path / "index"), empty)
    assert [each.name for each in tmp_path.iterdir()] == ["empty.csv"]


def test_reranked(built, monkeypatch):
    monkeypatch.setattr(
        models,
        "reranker",
        lambda name: lambda pairs: [len(p[1]) for p in pairs],
    )
    searcher = albert_tf.searcher(
        built, embedder=EMBEDDER, reranker="pairs", rerank_depth=2
    )
    hits = searcher("a red car", 3)
    assert ids(hits) == ["sky", "dog", "car"]
    found = searcher.rankings(["a red car"], 3)
    (ranking,) = found["reranked"]
    assert len(ranking) == 3
    assert ranking[0].score > ranking[1].score > ranking[2].score
    # The third one is not scored, and stays where it was.
    assert ranking[2].id == found["embedding"][0][2].id


def test_answers_of_a_file(built, tmp_path):
    queries = tmp_path / "queries.tsv"
    queries.write_text("id\ttext\nq7\tthe hound\nq8\tautomobile\n")
    output = tmp_path / "answers.jsonl"
    config = albert_tf.SearchConfig(
        index=built, file=queries, output=output, top_k=1
    )
    result = albert_tf.search(config, embedder=EMBEDDER)
    assert result.report == f"Answers: {output}"
    rows = [json.loads(line) for line in output.read_text().splitlines()]
    assert [row["id"] for row in rows] == ["q7", "q8"]
    assert rows[1]["hits"][0]["id"] == "car"
    assert rows[1]["hits"][0]["metadata"] == {"page": 2}


def test_one_kind_of_queries(built):
    with pytest.raises(ValueError, match="one way.*none of them"):
        search(built)
    with pytest.raises(ValueError, match="--text, --queries"):
        search(built, "dog", queries="folder")


def test_the_commands_print_a_table_or_json(table, tmp_path, capsys):
    folder = str(tmp_path / "words")
    said = commands.run("albert-tf index", words=[folder, str(table)])
    assert said is None
    assert "Documents: 3, with BM25" in capsys.readouterr().out
    commands.run("albert-tf search", words=[folder], text="Red CAR?")
    out = capsys.readouterr().out
    assert out.splitlines()[:2] == ["Red CAR?", "document    bm25  text"]
    assert out.splitlines()[2].endswith("a red car")
    commands.run("albert-tf search", "json", words=[folder], text="green")
    answer = json.loads(capsys.readouterr().out)
    assert answer == {"id": "0", "query": "green", "hits": []}
    said = commands.run("albert-tf index", words=[folder], delete="x")
    assert said.startswith("Error: Each id must be that of a document")


@pytest.fixture
def server(monkeypatch):
    """One embedded database for all commands of a test."""
    client = qdrant.connect(":memory:")
    monkeypatch.setattr(qdrant, "connect", lambda url: client)
    return {"url": "http://localhost:6333"}


def test_the_same_in_qdrant(server, table, tmp_path):
    result = index("faq", table, **server)
    assert (result.num_documents, result.kind) == (3, "qdrant")
    more = tmp_path / "more.jsonl"
    more.write_text('{"id": "sea", "text": "deep water"}\n')
    assert index("faq", more, add=True, **server).num_documents == 4
    with pytest.raises(ValueError, match="unique.*'sea'"):
        index("faq", more, add=True, **server)
    assert index("faq", delete=("dog",), **server).num_documents == 3
    (hit,) = search("faq", "water", top_k=1, **server).answers[0].hits
    assert hit.id == "sea"
    with pytest.raises(FileExistsError, match="--rebuild"):
        index("faq", table, **server)
    with pytest.raises(ValueError, match="rebuilt from a file"):
        index("faq", rebuild=True, **server)
    assert index("faq", table, rebuild=True, **server).num_documents == 3
    other = toy_embedders.ToyEmbedder(16, "other", "1" * 64)
    config = albert_tf.SearchConfig(index="faq", text=("dog",), **server)
    with pytest.raises(ValueError, match="model that made it"):
        albert_tf.search(config, embedder=other)
    with pytest.raises(ValueError, match="embeddings alone"):
        search("faq", "dog", lexical=True, **server)


def test_vectors_with_nan_are_an_error(table, tmp_path):
    class Diverged(toy_embedders.ToyEmbedder):
        def encode(self, texts, **_):
            return np.full((len(texts), self.size), np.nan)

    config = albert_tf.IndexConfig(
        index=str(tmp_path / "index"), documents=table
    )
    with pytest.raises(ValueError, match="finite.*a run that diverged"):
        albert_tf.index(config, embedder=Diverged())
    assert not (tmp_path / "index").exists()
