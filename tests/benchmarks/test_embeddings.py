"""Benchmarks of embeddings: baselines, scores, pairs and the counted start."""

import argparse
import json

import numpy as np
import pytest

import albert_tf
from albert_tf.embedding import vectors
from benchmarks.embeddings import baselines
from benchmarks.embeddings import bootstrap
from benchmarks.embeddings import corpus_pairs
from benchmarks.embeddings import counted_weights
from benchmarks.embeddings import intents
from benchmarks.embeddings import pair_sources
from benchmarks.embeddings import pairs
from benchmarks.embeddings import rankings
from benchmarks.embeddings import retrieval
from benchmarks.embeddings import similarity
from benchmarks.embeddings import tables


class Letters:
    """Counts letters."""

    def encode(self, texts):
        return np.array(
            [[text.count(chr(i)) for i in range(97, 123)] for text in texts]
        )


def _written(path, lines):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    return str(path)


def test_sts_is_the_mean_of_years_of_the_mean_of_their_files(tmp_path):
    good = ["5\tabc\tabc", "3\tabc\tabd", "0\tabc\txyz"]
    bad = ["0\tabc\tabc", "3\tabc\tabd", "5\tabc\txyz"]
    _written(tmp_path / "2012" / "a.tsv", good)
    _written(tmp_path / "2012" / "b.tsv", bad)
    _written(tmp_path / "2013" / "a.tsv", good)
    years = similarity.read_sts(str(tmp_path))
    row = similarity.sts_row(lambda texts: Letters(), years)
    assert row[:3] == pytest.approx([0.0, 1.0, 0.5])


def test_a_quotation_mark_does_not_join_lines_of_sts(tmp_path):
    _written(tmp_path / "2012" / "a.tsv", ['5\t"abc\tabc', '0\tabc\tx"'])
    (found,) = similarity.read_sts(str(tmp_path))["2012"]
    assert found.first == ['"abc', "abc"]


def test_a_folder_without_years_is_a_message(tmp_path):
    with pytest.raises(ValueError, match="--sts_dir must be a folder"):
        similarity.read_sts(str(tmp_path))


@pytest.mark.shared
def test_tf_idf_scores_what_it_is_known_to_score(shared):
    years = similarity.read_sts(str(shared / "data" / "sts"))
    row = similarity.sts_row(baselines.TfIdf, years)
    known = [0.563, 0.601, 0.679, 0.716, 0.687, 0.649]
    assert row[:6] == pytest.approx(known, abs=6e-4)
    sick = similarity.read_sick(
        str(shared / "data" / "sts" / "sick" / "dev.tsv")
    )
    assert similarity.sick_row(baselines.TfIdf, sick)[0] == pytest.approx(
        0.614, abs=6e-4
    )


@pytest.fixture
def collection(tmp_path):
    documents = [
        {"_id": "d1", "title": "Cats", "text": "cats purr softly"},
        {"_id": "d2", "title": "", "text": "dogs bark at cats"},
        {"_id": "d3", "title": "Fish", "text": "fish swim"},
    ]
    queries = [{"_id": "q1", "text": "fish"}, {"_id": "q2", "text": "no"}]
    _written(tmp_path / "corpus.jsonl", map(json.dumps, documents))
    _written(tmp_path / "queries.jsonl", map(json.dumps, queries))
    _written(
        tmp_path / "qrels" / "test.tsv",
        ["query-id\tcorpus-id\tscore", "q1\td3\t1"],
    )
    return rankings.read(str(tmp_path))


def test_pairs_are_made_from_a_collection_and_from_plain_text(
    tmp_path, collection
):
    found = list(corpus_pairs.of_judgments(str(tmp_path), "test"))
    assert found == [("fish", "Fish fish swim")]
    found = list(corpus_pairs.of_documents(str(tmp_path)))
    assert ("Fish", "fish swim") in found
    path = _written(tmp_path / "a.txt", ["a b c d e f g h", "short"])
    ((first, second),) = corpus_pairs.copies(path, "5")
    assert set(first.split()) <= set("abcdefgh")
    assert set(second.split()) <= set("abcdefgh")


def test_a_file_of_pairs_has_a_header(tmp_path):
    source = _written(tmp_path / "a.tsv", ["Hi.\tSalut.", "Hey.\tSalut."])
    arguments = argparse.Namespace(
        source=[f"translations:{source}"],
        output_file=str(tmp_path / "pairs.tsv"),
        negatives=False,
        seed=0,
    )
    pairs.main(arguments)
    written = (tmp_path / "pairs.tsv").read_text()
    assert written == "anchor\tpositive\nHi.\tHey.\n"
    arguments.source = ["snlii:a.tsv"]
    with pytest.raises(ValueError, match="--source must begin with one of"):
        pairs.main(arguments)


def test_only_queries_with_judgments_count(collection):
    assert collection.query_ids == ["q1"]
    assert collection.documents[0] == "Cats cats purr softly"
    scores = baselines.Bm25(collection.documents).scores(collection.queries)
    assert rankings.measured(collection, scores)[0] == 1.0
    found = retrieval.by_meaning(baselines.TfIdf, collection)
    assert found.argmax() == 2


def test_fusion_adds_reciprocal_ranks():
    first = np.array([[3.0, 2.0, 1.0]])
    second = np.array([[1.0, 3.0, 2.0]])
    assert rankings.ranks(second).tolist() == [[3, 1, 2]]
    expected = [[1 / 61 + 1 / 63, 1 / 62 + 1 / 61, 1 / 63 + 1 / 62]]
    assert np.allclose(rankings.fused(first, second), expected)


def test_an_interval_holds_the_mean():
    values = np.arange(100.0)
    low, high = bootstrap.interval(
        [100], lambda places: float(values[places[0]].mean())
    )
    assert 40 < low < values.mean() < high < 60


def test_intents_are_learned_from_few_examples():
    examples = [("aaa", "A"), ("aab", "A"), ("zzz", "Z"), ("zzy", "Z")]
    assert len(intents.drawn(examples, 1, seed=0)) == 2
    for method in (intents.nearest_mean, intents.regression):
        predict = method(lambda texts: Letters())
        assert predict(examples, ["aa", "zy"]).tolist() == ["A", "Z"]


def test_clinc_and_csv_files_are_read(tmp_path):
    path = _written(
        tmp_path / "data.json",
        [json.dumps({"train": [["hi", "greet"]], "oos_train": [["x", "oos"]]})],
    )
    assert intents.read(path, "train") == [("hi", "greet")]
    path = _written(tmp_path / "a.csv", ["text,category", '"a, b",greet'])
    assert intents.read(path, "train") == [("a, b", "greet")]


def test_entailments_have_contradictions_of_the_same_premise():
    rows = [
        ("p", "yes", "entailment"),
        ("p", "no", "contradiction"),
        ("p", "also", "entailment"),
        ("p", "maybe", "neutral"),
    ]
    assert list(pair_sources.nli(rows)) == [
        ("p", "yes", "no"),
        ("p", "also"),
        ("yes", "also"),
    ]


def test_sentences_that_share_a_translation_are_a_pair(tmp_path):
    path = _written(
        tmp_path / "a.tsv",
        ["Hi.\tSalut.\tCC", "Bye.\tAu revoir.", "Hey.\tSalut."],
    )
    assert list(pair_sources.translations(path)) == [("Hi.", "Hey.")]


def test_questions_go_with_the_sentence_of_their_answer(tmp_path):
    context = "Rome is old. Paris, e.g. its tower, is tall."
    answer = {"text": "tall", "answer_start": context.index("tall")}
    data = {
        "paragraphs": [
            {
                "context": context,
                "qas": [{"question": "How is Paris?", "answers": [answer]}],
            }
        ]
    }
    path = _written(tmp_path / "a.json", [json.dumps({"data": [data]})])
    (pair,) = pair_sources.squad(path)
    assert pair[1].endswith("is tall.")
    assert "Rome" not in pair[1]


def test_the_title_is_no_part_of_its_text(tmp_path):
    row = {"title": "a wing .", "text": "a wing . it flies. high up."}
    path = _written(tmp_path / "a.jsonl", [json.dumps(row)])
    assert list(pair_sources.titled(path, "title", "text")) == [
        ("a wing .", "it flies. high up.")
    ]


def test_counted_weights_give_tf_idf_cosines():
    random = np.random.default_rng(0)
    config = albert_tf.AlbertConfig(
        vocab_size=50,
        embedding_size=128,
        hidden_size=128,
        num_hidden_layers=1,
        num_attention_heads=2,
        intermediate_size=8,
        max_position_embeddings=16,
    )
    model = albert_tf.AlbertEmbedder(config, {"dense_size": 128})
    own = random.normal(size=(50, 128)) * random.uniform(0.1, 3, (50, 1))
    own -= own.mean(axis=1, keepdims=True)
    counted_weights.fill(model, own, random)
    ids = random.integers(5, 50, (20, 8))
    found = model({"token_ids": ids})["embeddings"].numpy()
    expected = vectors.unit(own[ids].mean(axis=1))
    assert np.abs(found @ found.T - expected @ expected.T).max() < 0.1


def test_tables_have_three_decimals():
    found = tables.markdown("x", [1, "y"], {"a": [0.12345, (0.1, 0.2)]})
    assert found.splitlines()[-1] == "| a | 0.123 | 0.100 to 0.200 |"
