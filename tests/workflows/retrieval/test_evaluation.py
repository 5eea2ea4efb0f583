"""Rankings evaluated on BEIR's layout, and negatives mined from it."""

import json

import commands
import numpy as np
import pytest
import toy_embedders

import albert_tf

EMBEDDER = toy_embedders.ToyEmbedder(64)
CORPUS = {
    "d1": ("Dogs", "the dog barks at night"),
    "d2": ("", "a red car on the road"),
    "d3": ("", "the sky is blue"),
    "d4": ("", "a red dog"),
    "d5": ("Empty", ""),
}
QUERIES = {"q1": "hound at night", "q2": "red automobile", "q3": "unjudged"}
QRELS = [("q1", "d1", "1"), ("q2", "d2", "2"), ("q2", "d3", "0")]


def write(folder, corpus=CORPUS, queries=QUERIES, qrels=QRELS):
    (folder / "qrels").mkdir(parents=True)
    rows = [
        {"_id": id, "title": title, "text": text}
        for id, (title, text) in corpus.items()
    ]
    lines = "".join(json.dumps(row) + "\n" for row in rows)
    (folder / "corpus.jsonl").write_text(lines)
    rows = [{"_id": id, "text": text} for id, text in queries.items()]
    lines = "".join(json.dumps(row) + "\n" for row in rows)
    (folder / "queries.jsonl").write_text(lines)
    for split in ("train", "test"):
        lines = ["query-id\tcorpus-id\tscore", *map("\t".join, qrels)]
        (folder / f"qrels/{split}.tsv").write_text("\n".join(lines) + "\n")


@pytest.fixture
def beir(tmp_path):
    folder = tmp_path / "beir"
    write(folder)
    return folder


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    folder = tmp_path_factory.mktemp("built")
    write(folder / "beir")
    config = albert_tf.IndexConfig(
        index=str(folder / "index"), documents=folder / "beir"
    )
    albert_tf.index(config, embedder=EMBEDDER)
    return config.index


def evaluate(index, beir, **settings):
    config = albert_tf.SearchConfig(
        index=index, queries=beir, resamples=100, **settings
    )
    return albert_tf.search(config, embedder=EMBEDDER)


def test_rankings_side_by_side(built, beir, tmp_path):
    result = evaluate(built, beir, run_dir=tmp_path / "runs")
    found = result.evaluation
    assert found.num_queries == 2
    assert list(found.scores) == ["bm25", "embedding", "fused"]
    # The words of q1 are in d1; BM25 does not know that a hound is a dog.
    assert found.scores["embedding"]["nDCG@10"].mean == 1
    assert found.scores["bm25"]["recall@10"].mean == 1
    difference = found.differences["fused"]["MRR@10"].mean
    assert difference == pytest.approx(
        found.scores["fused"]["MRR@10"].mean
        - found.scores["bm25"]["MRR@10"].mean
    )
    assert "2 queries" in result.report
    header = result.report.splitlines()[1].split()
    assert header == ["metric", "bm25", "embedding", "fused"]
    names = sorted(each.name for each in (tmp_path / "runs").iterdir())
    assert names == ["bm25.run", "embedding.run", "fused.run", "metrics.json"]
    first = (tmp_path / "runs/embedding.run").read_text().split("\n")[0]
    assert first.split()[:4] == ["q1", "Q0", "d1", "1"]
    assert first.split()[5] == "embedding"
    saved = json.loads((tmp_path / "runs/metrics.json").read_text())
    assert saved["scores"]["embedding"]["nDCG@10"]["mean"] == 1


def test_judged_documents_that_are_not_indexed_count_as_missed(
    built, tmp_path, caplog
):
    folder = tmp_path / "other"
    write(folder, qrels=[*QRELS, ("q1", "gone", "1")])
    found = evaluate(built, folder).evaluation
    assert found.scores["embedding"]["recall@10"].mean == 0.75
    assert "1 of the 4 documents" in caplog.text and "'gone'" in caplog.text


@pytest.mark.parametrize(
    "changes, message",
    [
        ({"qrels": [("q9", "d1", "1")]}, "judged query.*'q9'"),
        ({"qrels": [("q1", "x", "1")]}, "must be in the index.*'x'"),
        ({"qrels": [("q1", "d1", "yes")]}, "test.tsv, line 2.*finite number"),
        ({"qrels": [("q1", "d1", "0.5")]}, "integer.*'0.5'"),
        (
            {"qrels": [("q1", "d1", "1"), ("q1", "d1", "0")]},
            "judged once.*line says 1",
        ),
        ({"qrels": [("q1", "d1", "0")]}, "have a relevant document"),
        ({"qrels": []}, "must have rows"),
        ({"queries": {}}, "at least one row"),
        ({"queries": {"q1": ""}}, "queries.jsonl, line 1.*non-empty text"),
    ],
)
def test_damaged_folders(changes, message, built, tmp_path):
    folder = tmp_path / "damaged"
    write(folder, **changes)
    with pytest.raises(ValueError, match=message):
        evaluate(built, folder)


def test_a_query_twice(built, beir):
    path = beir / "queries.jsonl"
    path.write_text(path.read_text() * 2)
    with pytest.raises(ValueError, match="an id of its own.*'q1'"):
        evaluate(built, beir)


def test_missing_splits_are_named(built, beir, tmp_path):
    with pytest.raises(FileNotFoundError, match="test.tsv, train.tsv"):
        evaluate(built, beir, split="dev")
    (beir / "queries.jsonl").unlink()
    with pytest.raises(FileNotFoundError, match="queries.jsonl"):
        evaluate(built, beir)


def test_documents_without_text_are_named(tmp_path):
    folder = tmp_path / "beir"
    write(folder, {**CORPUS, "d6": ("", " ")})
    config = albert_tf.IndexConfig(index=str(tmp_path / "i"), documents=folder)
    with pytest.raises(ValueError, match="corpus.jsonl, line 6.*on_bad_row"):
        albert_tf.index(config)
    config = albert_tf.IndexConfig(
        index=str(tmp_path / "i"), documents=folder, on_bad_row="skip"
    )
    assert albert_tf.index(config).num_documents == 5


def mine(data, output, embedder=EMBEDDER, **settings):
    config = albert_tf.MineConfig(data=data, output=output, **settings)
    return albert_tf.mine(config, embedder=embedder)


def rows_of(path):
    return [json.loads(line) for line in path.read_text().splitlines()]


def test_triplets_from_an_index(built, beir, tmp_path):
    output = tmp_path / "triplets.jsonl"
    result = mine(beir, output, index=built, num_negatives=2)
    assert (result.rows, result.num_queries, result.left_out) == (2, 2, 0)
    for row in rows_of(output):
        assert list(row) == ["text", "positive", "negative_1", "negative_2"]
        assert row["positive"] not in (row["negative_1"], row["negative_2"])
    assert rows_of(output)[1]["positive"] == "a red car on the road"


def test_negatives_stay_below_the_positive(built, beir, tmp_path):
    output = tmp_path / "pairs.tsv"
    mine(beir, output, index=built, format="pairs", max_relative_score=0.5)
    lines = output.read_text().splitlines()
    assert lines[0] == "text\ttext_pair\tlabel"
    for line in lines[1:]:
        query, text, label = line.split("\t")
        cosine = _cosine(query, text)
        positive = {"hound at night": "Dogs the dog barks at night"}.get(
            query, "a red car on the road"
        )
        limit = 0.5 * _cosine(query, positive)
        assert (text == positive) == (label == "1")
        assert label == "1" or cosine <= limit + 1e-6


def _cosine(a, b):
    x, y = EMBEDDER.encode([a, b])
    return float(x @ y / np.linalg.norm(x) / np.linalg.norm(y))


def test_a_file_of_pairs_by_bm25(tmp_path):
    pairs = tmp_path / "pairs.csv"
    pairs.write_text(
        "question,answer\nlost card,I lost my card.\n"
        "lost card,My CARD is lost\nnew card,When does my new card come?\n"
        "pay,How do I pay?\n"
    )
    output = tmp_path / "out.csv"
    result = mine(
        pairs,
        output,
        None,
        text_column="question",
        positive_column="answer",
        num_negatives=1,
    )
    assert (result.rows, result.left_out) == (3, 1)
    lines = output.read_text().splitlines()
    assert lines[0] == "text,positive,negative_1"
    assert lines[1] == "lost card,I lost my card.,When does my new card come?"


def test_mined_rows_train(tmp_path):
    """The columns are those that the reader of training data asks for."""
    pairs = tmp_path / "pairs.csv"
    pairs.write_text("text,positive\nx,red car\ny red,red dog\n")
    output = tmp_path / "out.jsonl"
    mine(pairs, output, None, num_negatives=1)
    assert rows_of(output) == [
        {"text": "y red", "positive": "red dog", "negative_1": "red car"}
    ]


@pytest.mark.parametrize(
    "settings, message",
    [
        ({"output": "x.txt"}, "must end in .jsonl, .csv, .tsv"),
        ({"range_min": 5, "range_max": 4}, "at least --range_min"),
        ({"max_relative_score": 0.0, "range_max": 1}, "have a hard negative"),
    ],
)
def test_mining_that_is_an_error(settings, message, built, beir, tmp_path):
    settings = {"output": str(tmp_path / "out.csv"), **settings}
    with pytest.raises(ValueError, match=message):
        mine(beir, index=built, **settings)
    assert not (tmp_path / "out.csv").exists()


def test_the_commands(beir, tmp_path, capsys):
    folder = str(tmp_path / "words")
    commands.run("albert-tf index", words=[folder, str(beir)])
    commands.run("albert-tf search", words=[folder], queries=str(beir))
    assert "recall@100" in capsys.readouterr().out
    output = str(tmp_path / "t.jsonl")
    commands.run("albert-tf mine", words=[str(beir), output], num_negatives=1)
    assert "Rows: 1, from 2 pairs" in capsys.readouterr().out
