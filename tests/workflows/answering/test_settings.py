"""Settings of a predictor: thresholds, top_k, explanations."""

import pytest
from predicted import MASKED
from predicted import PAIRS
from predicted import TEXTS
from predicted import assert_close

import albert_tf
from albert_tf.workflows.answering import answers


def test_thresholds_decide(make):
    assert make("classification", threshold=1.0)(TEXTS[0])["label"] is None
    plain = make("span")(PAIRS[0])
    always = make("span", threshold=1e9)(PAIRS[0])
    assert always["answer"] == plain["best_answer"] != ""
    assert make("span", threshold=-1e9)(PAIRS[0])["answer"] == ""
    scores = {"labels": ["x", "y"], "probabilities": [0.4, 0.2]}
    found = answers.above({**scores, "chosen": [False, False]}, 0.3)
    assert found == {**scores, "chosen": [True, False]}
    entities = {
        "entities": ["Ada", "Rome"],
        "types": ["PER", "LOC"],
        "starts": [0, 9],
        "ends": [3, 13],
        "probabilities": [0.4, 0.9],
    }
    found = answers.above({**entities, "tags": ["B", "O", "B"]}, 0.5)
    assert found.pop("tags") == ["B", "O", "B"]
    assert found == {name: values[1:] for name, values in entities.items()}


def test_the_likeliest_come_first(make):
    best = make("classification", top_k=2)(TEXTS[0])
    plain = make("classification")(TEXTS[0])
    assert best["labels"][0] == plain["label"] and len(best["labels"]) == 2
    assert best["probabilities"] == sorted(plain["probabilities"])[:0:-1]
    filled = make("pretraining", top_k=1)(MASKED[0])
    assert filled["tokens"] == [
        tokens[:1] for tokens in make("pretraining")(MASKED[0])["tokens"]
    ]


def test_explanations_come_with_answers(make):
    answer = make("classification", explain=True)(TEXTS[:3])[2]
    found = answer.pop("explanation")
    assert_close(answer, make("classification")(TEXTS[2]))
    assert found["pieces"][0] == "[CLS]" and len(found["starts"]) > 3
    assert sum(found["importance"]) == pytest.approx(1, abs=1e-5)
    assert max(found["ends"]) == len(TEXTS[2])


@pytest.mark.parametrize(
    "name, settings, message",
    [
        ("span", {"top_k": 1}, "`top_k` must be used with a model that"),
        ("pretraining", {"top_k": 6}, "at most 5 for masks. Received: 6"),
        ("classification", {"top_k": 0}, "whole number of at least 1"),
        ("pretraining", {"threshold": 0.5}, "`threshold` must be used with"),
        ("classification", {"threshold": 5}, "from 0 to 1. Received: 5"),
        ("classification", {"threshold": "0.5"}, "must be a number"),
        ("multiple_choice", {"explain": True}, "the signature 'explain'"),
    ],
)
def test_settings_fit_the_model(name, settings, message, make):
    with pytest.raises(ValueError, match=message):
        make(name, **settings)


def test_a_checkpoint_is_asked_of_a_run(trained):
    with pytest.raises(ValueError, match="must be used with the folder of a r"):
        albert_tf.predictor(trained("classification"), which="last")
