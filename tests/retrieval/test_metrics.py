"""Metrics of rankings and of clusters, with their intervals."""

import math

import numpy as np
import pytest

from albert_tf.retrieval import clustering
from albert_tf.retrieval import metrics
from albert_tf.retrieval.store import Scored

JUDGMENTS = {"q1": {"a": 1, "b": 2, "c": 0}, "q2": {"d": 1}, "q3": {"e": 0}}


def run(**rankings):
    return {
        query: [Scored(id, float(-n)) for n, id in enumerate(ids)]
        for query, ids in rankings.items()
    }


def test_values_by_hand():
    found = metrics.by_query(JUDGMENTS, run(q1="cxba", q2="yz"))
    ideal = 2 + 1 / math.log2(3)
    gained = 2 / math.log2(4) + 1 / math.log2(5)
    assert found["nDCG@10"] == pytest.approx([gained / ideal, 0])
    assert found["MRR@10"] == pytest.approx([1 / 3, 0])
    assert found["MAP"] == pytest.approx([(1 / 3 + 2 / 4) / 2, 0])
    assert found["recall@10"] == pytest.approx([1, 0])
    assert found["recall@100"] == pytest.approx([1, 0])


def test_queries_without_a_ranking_count_and_unjudged_ones_do_not():
    found = metrics.by_query(JUDGMENTS, run(q1="b", q3="e"))
    assert len(found["MRR@10"]) == 2
    assert found["MRR@10"] == pytest.approx([1, 0])


def test_the_order_decides_where_scores_are_equal():
    ranking = {"q2": [Scored("z", 1.0), Scored("d", 1.0), Scored("a", 1.0)]}
    found = metrics.by_query({"q2": {"d": 1}}, ranking)
    assert found["MRR@10"] == pytest.approx([1 / 2])


def test_a_relevant_document_is_needed():
    with pytest.raises(ValueError, match="relevant document.*1 queries"):
        metrics.by_query({"q": {"a": 0}}, {})


def test_an_interval_holds_the_mean_and_narrows():
    generator = np.random.default_rng(0)
    few = metrics.interval(generator.normal(size=30))
    many = metrics.interval(generator.normal(size=3000))
    for each in (few, many):
        assert each.low < each.mean < each.high
    # 95% of a normal mean lie within 1.96 standard errors.
    width = 2 * 1.96 / 3000**0.5
    assert many.high - many.low == pytest.approx(width, rel=0.1)
    assert metrics.interval(np.ones(5)) == (1, 1, 1)


def test_paired_differences_are_narrower():
    generator = np.random.default_rng(1)
    first = generator.normal(size=100)
    second = first + 0.1
    paired = metrics.interval(second - first)
    assert paired.mean == pytest.approx(0.1)
    assert paired.high - paired.low < 1e-9


def test_a_run_in_trec_format():
    lines = metrics.run_lines({"q": [Scored("a", 2.5), Scored("b", 1)]}, "x")
    assert lines == ["q Q0 a 1 2.500000 x", "q Q0 b 2 1.000000 x"]


def test_v_measure():
    generator = np.random.default_rng(0)
    labels = ["a"] * 30 + ["b"] * 30 + ["c"] * 30
    centers = np.repeat(np.eye(3), 30, axis=0)
    near = centers + 0.05 * generator.normal(size=centers.shape)
    found = clustering.v_measure(near, labels, resamples=10)
    assert found == pytest.approx((1, 1, 1))
    noise = generator.normal(size=(90, 3))
    other = clustering.v_measure(noise, labels, resamples=40)
    assert other.low < other.mean < other.high and other.mean < 0.3
    found = clustering.agreement(np.array([7, 7, -1]), ["a", "a", "b"])
    assert found.mean == 1


@pytest.mark.parametrize(
    "embeddings, labels, message",
    [
        (np.ones((2, 3)), ["a"], "one label"),
        (np.full((2, 3), np.nan), ["a", "b"], "finite"),
        (np.ones((2, 3)), ["a", "a"], "two classes"),
    ],
)
def test_bad_clusters(embeddings, labels, message):
    with pytest.raises(ValueError, match=message):
        clustering.v_measure(embeddings, labels)
