import random
import warnings

import pytest
import scipy.stats
import seqeval.metrics
import sklearn.metrics
from hypothesis import given
from hypothesis import settings
from hypothesis import strategies as st
from sklearn import preprocessing

from data_pipeline.tasks.scoring import scores
from data_pipeline.tasks.tags import tag_schemes
from data_pipeline.tasks.tags import tag_scores

LABELS = ["0", "1"]
PAIRS = st.lists(
    st.tuples(st.sampled_from(LABELS), st.sampled_from(LABELS)), min_size=2
)


def test_by_hand():
    gold, predicted = list("11100000"), list("11010000")
    # 2 true positives, 1 false positive, 1 false negative, 4 true negatives.
    assert scores.accuracy(gold, predicted) == {"accuracy": 6 / 8}
    assert scores.f1(gold, predicted, LABELS) == {"f1": pytest.approx(2 / 3)}
    # "0" as the positive class: 4 of 5 found, 4 of 5 right.
    zero = scores.f1(gold, predicted, ["1", "0"])
    assert zero == {"f1": pytest.approx(0.8)}
    # (2 * 4 - 1 * 1) / sqrt(3 * 3 * 5 * 5)
    matthews = scores.matthews(gold, predicted)
    assert matthews == {"matthews": pytest.approx(7 / 15)}
    assert scores.matthews(["0", "1"], ["1", "1"]) == {"matthews": 0}
    error = scores.mean_squared_error([1, 2], [1, 4])
    assert error == {"mean_squared_error": 2}


@settings(deadline=None)
@given(PAIRS)
def test_classification_is_sklearns(pairs):
    gold, predicted = map(list, zip(*pairs, strict=True))
    numbers = [list(map(int, part)) for part in (gold, predicted)]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        expected = (
            sklearn.metrics.accuracy_score(*numbers),
            sklearn.metrics.f1_score(*numbers),
            sklearn.metrics.matthews_corrcoef(*numbers),
        )
        found = (
            scores.accuracy(gold, predicted)["accuracy"],
            scores.f1(gold, predicted, LABELS)["f1"],
            scores.matthews(gold, predicted)["matthews"],
        )
    assert found == pytest.approx(expected)


def test_groups():
    assert scores.accuracy_by_group([0, 1, 2], [0, 1, 1], ["m", "h", "h"]) == {
        "accuracy": pytest.approx(2 / 3),
        "accuracy/h": 0.5,
        "accuracy/m": 1.0,
    }


def test_correlation_is_scipys():
    gold, predicted = [0.0, 1, 2, 5, 5], [0.5, 0.5, 3, 2.5, 9]
    assert scores.correlation(gold, predicted) == {
        "pearson": pytest.approx(scipy.stats.pearsonr(gold, predicted)[0]),
        "spearman": pytest.approx(scipy.stats.spearmanr(gold, predicted)[0]),
    }
    # Ranks 1 2 3 and 1 3 2: 1 - 6 * 2 / (3 * 8).
    assert scores.correlation([1, 2, 9], [1, 3, 2])["spearman"] == (
        pytest.approx(0.5)
    )


@pytest.mark.parametrize(
    "gold, predicted", [([1, 2], [3, 3]), ([3, 3], [1, 2]), ([1], [2])]
)
def test_numbers_that_do_not_vary_correlate_0(gold, predicted, caplog):
    found = scores.correlation(gold, predicted)
    assert found == {"pearson": 0.0, "spearman": 0.0}
    assert "Numbers must vary" in caplog.text


@pytest.mark.parametrize(
    "score", [scores.correlation, scores.mean_squared_error]
)
def test_numbers_that_are_none_stop(score):
    with pytest.raises(FloatingPointError, match="1 predictions .* nan at 1"):
        score([1, 2], [3, float("nan")])
    with pytest.raises(FloatingPointError, match="labels"):
        score([float("inf"), 2], [3, 3])


def test_multilabel_by_hand():
    gold = [("a", "b"), (), ("c",)]
    predicted = [("a",), ("b",), ("c",)]
    # 2 found of 3, 2 right of 3; a and c 1, b and d 0.
    assert scores.multilabel(gold, predicted, list("abcd")) == {
        "micro_f1": pytest.approx(2 / 3),
        "macro_f1": 0.5,
    }
    # One label is no choice between two classes.
    assert scores.multilabel([("a",), ()], [(), ()], ["a"]) == {
        "micro_f1": 0,
        "macro_f1": 0,
    }


def test_multilabel_is_sklearns():
    labels = list("abcde")
    rng = random.Random(0)
    both = [
        [rng.sample(labels, rng.randint(0, 3)) for _ in range(50)]
        for _ in range(2)
    ]
    binarizer = preprocessing.MultiLabelBinarizer(classes=labels).fit([labels])
    matrices = [binarizer.transform(part) for part in both]
    assert scores.multilabel(*both, labels) == {
        f"{average}_f1": pytest.approx(
            sklearn.metrics.f1_score(*matrices, average=average)
        )
        for average in ("micro", "macro")
    }


def test_entities_by_hand():
    gold = ["B-P I-P O B-L B-L".split(), ["O"], ["B-P"]]
    # P: one of two found, without its B, and one too many; L: one of two.
    predicted = ["I-P I-P O B-L I-L".split(), ["I-P"], ["B-O"]]
    found = tag_scores.entities(gold, predicted, "BIO")
    # Found: P at 0-1 (right), L at 3-4, P, O.
    assert found == {
        "precision": 1 / 4,
        "recall": 1 / 4,
        "f1": 1 / 4,
        "precision/P": 1 / 2,
        "recall/P": 1 / 2,
        "f1/P": 1 / 2,
        **{f"{n}/{k}": 0 for n in ("precision", "recall", "f1") for k in "LO"},
    }
    assert tag_scores.entities([["O"]], [["O"]], "BIO") == {
        "precision": 0,
        "recall": 0,
        "f1": 0,
    }


@settings(deadline=None)
@given(st.data(), st.sampled_from(["BIO", "IOB1", "BIOES"]))
def test_entities_are_seqevals(data, scheme):
    letters = "BIES" if scheme == "BIOES" else "BI"
    tag = st.sampled_from(["O", *(f"{a}-{b}" for a in letters for b in "PL")])
    words = data.draw(st.lists(st.lists(st.tuples(tag, tag)), min_size=1))
    gold = [[g for g, _ in sentence] for sentence in words]
    predicted = [[p for _, p in sentence] for sentence in words]
    found = tag_scores.entities(gold, predicted, scheme)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for name in ("precision", "recall", "f1"):
            score = getattr(seqeval.metrics, f"{name}_score")
            assert found[name] == pytest.approx(score(gold, predicted))
        try:
            report = seqeval.metrics.classification_report(
                gold, predicted, output_dict=True
            )
        except ValueError:  # seqeval's own, where there is no entity
            report = {}
    for kind in set("PL") & set(report):
        assert found[f"f1/{kind}"] == report[kind]["f1-score"]
        assert found[f"precision/{kind}"] == report[kind]["precision"]
    assert len(found) == 3 + 3 * len(set("PL") & set(report))


def test_scores_are_of_their_types():
    gold = [[f"B-{kind}"] for kind in "fedcba"]
    predicted = [
        [tag] if tag in ("B-a", "B-d", "B-e") else ["O"] for [tag] in gold
    ]
    found = tag_scores.entities(gold, predicted, "BIO")
    assert [found[f"recall/{kind}"] for kind in "abcdef"] == [1, 0, 0, 1, 1, 0]


@settings(deadline=None)
@given(
    st.lists(
        st.lists(
            st.one_of(
                st.sampled_from(
                    ["O", "B-P", "I-P", "0", "X", "I", "X-P", "B_P"]
                ),
                st.text(max_size=4),
            ),
            min_size=3,
            max_size=3,
        ),
        min_size=1,
    ),
    st.sampled_from(tag_schemes.SCHEMES[:-1]),
)
def test_no_predicted_tags_end_a_run(predicted, scheme):
    gold = [["B-P", "O", "B-L"]] * len(predicted)
    found = tag_scores.entities(gold, predicted, scheme)
    assert 0 <= found["f1"] <= 1


@pytest.mark.parametrize(
    "slip", ["0", "X", "I", "OI-P", "X-P", "", "B-", "b-P"]
)
def test_a_predicted_tag_of_no_scheme_is_no_entity(slip):
    gold, predicted = [["B-P", "O", "B-L"]], [["B-P", slip, "B-L"]]
    assert tag_scores.entities(gold, predicted, "BIO")["f1"] == 1


def test_every_scheme_scores_the_same_entities():
    gold = ["B-P I-P I-P O B-P B-L".split()]
    predicted = ["B-P I-P I-P O B-P O".split()]
    expected = tag_scores.entities(gold, predicted, "BIO")
    assert expected["f1"] == 0.8
    for scheme in tag_schemes.SCHEMES[1:-1]:
        both = [
            [tag_schemes.from_bio(tags, scheme) for tags in part]
            for part in (gold, predicted)
        ]
        assert tag_scores.entities(*both, scheme) == expected


def test_tag_accuracy_and_majority():
    gold, predicted = [["N", "V", "N"], ["N"]], [["N", "N", "N"], ["V"]]
    assert tag_scores.tag_accuracy(gold, predicted) == {"accuracy": 0.5}
    with pytest.raises(ValueError, match="zip"):
        tag_scores.tag_accuracy([["N", "V"]], [["N"]])
    assert scores.majority(["b", "a", "b", "a", "c"]) == "a"
    assert scores.majority([1, 2, 2]) == 2


@pytest.mark.parametrize(
    "gold, predicted", [([], []), ([1], [1, 2])], ids=["none", "uneven"]
)
@pytest.mark.parametrize(
    "score",
    [
        scores.accuracy,
        scores.matthews,
        scores.correlation,
        scores.mean_squared_error,
        tag_scores.tag_accuracy,
        lambda g, p: scores.f1(g, p, LABELS),
        lambda g, p: scores.multilabel(g, p, LABELS),
        lambda g, p: tag_scores.entities(g, p, "BIO"),
        lambda g, p: scores.accuracy_by_group(g, p, ["a"]),
    ],
)
def test_nothing_to_score(score, gold, predicted):
    with pytest.raises(ValueError, match="must have one prediction"):
        score(gold, predicted)
