"""albert_tf.predictor: every kind, as servers and `predict` have it."""

import keras
import numpy as np
import orjson
import pytest
import tensorflow as tf
from predicted import CHOICES
from predicted import INPUTS
from predicted import TEXTS
from predicted import assert_close

import albert_tf
from albert_tf.serving.models import requests
from albert_tf.serving.models import rows as rows_lib
from albert_tf.serving.models import saved_model

SLOW = ("pairs", "multilabel", "regression", "multiple_choice")
KINDS = [
    pytest.param(name, marks=pytest.mark.slow) if name in SLOW else name
    for name in INPUTS
]


def by_name(names, row):
    row = row if isinstance(row, tuple) else (row,)
    return dict(zip(names, row, strict=True))


def served(source, row):
    """What the server answers to one row, read from its JSON."""
    signature = source.signature("text")
    model = saved_model.Model("m", 1, {"text": signature}, {}, {}, 64, {})
    content = {"signature_name": "text", "instances": [row]}
    request = requests.parse(orjson.dumps(content), model, 100)
    (outputs,) = rows_lib.split(
        request.signature.call(request.columns), [1], signature.padded
    )
    return orjson.loads(requests.answer(outputs, True))["predictions"][0]


@pytest.mark.parametrize("name", KINDS)
def test_answers_are_the_servers_alone_and_among_others(name, make, source):
    names, rows = INPUTS[name]
    predictor = make(name)
    assert predictor.inputs == names
    together = predictor(rows)
    for row, answer in zip(rows, together, strict=True):
        assert_close(predictor(row), answer)
        as_dict = by_name(names, row)
        assert_close(predictor(as_dict), answer)
        assert_close(served(source(name), as_dict), answer)


def test_what_a_predictor_says_of_its_model(make):
    assert make("tagging").labels[:2] == ("O", "B-PER")
    assert make("span").kind == "span" and make("span").labels == ()
    assert make("pretraining").kind == "pretraining"


@pytest.mark.parametrize(
    "name, settings, prediction, probability",
    [
        ("classification", {"text": TEXTS}, "label", "probabilities"),
        pytest.param(
            *("regression", {"text": TEXTS}, "value", None),
            marks=pytest.mark.slow,
        ),
        pytest.param(
            *("multilabel", {"text": TEXTS}, "chosen", None),
            marks=pytest.mark.slow,
        ),
        pytest.param(
            "pairs",
            {"text": TEXTS, "text_b": TEXTS[::-1]},
            "label",
            "probabilities",
            marks=pytest.mark.slow,
        ),
        (
            "span",
            {"question": TEXTS, "context": TEXTS[::-1]},
            "answer",
            None,
        ),
    ],
)
def test_predictions_are_those_of_predict(
    name, settings, prediction, probability, make, trained
):
    config = albert_tf.PredictConfig(
        checkpoint=trained(name), strategy="one_device", **settings
    )
    expected = albert_tf.predict(config).predictions
    for answer, row in zip(make(name)(INPUTS[name][1]), expected, strict=True):
        found = answer[prediction]
        if prediction == "chosen":
            chosen = {x for x, y in zip("xyz", found, strict=True) if y}
            assert chosen == set(row["prediction"])
        else:
            assert_close(found, row["prediction"])
        if probability:
            best = max(answer[probability])
            assert best == pytest.approx(row["probability"], abs=1e-5)


@pytest.mark.slow
def test_an_export_answers_as_its_model(make, trained, tmp_path):
    albert_tf.export(
        albert_tf.ExportConfig(
            checkpoint=trained("classification"), output=tmp_path / "export"
        )
    )
    exported = albert_tf.predictor(tmp_path / "export", explain=True)
    model = albert_tf.predictor(trained("classification"), explain=True)
    assert exported.labels == model.labels == ("x", "y", "z")
    assert exported.kind == model.kind == "classification"
    for found, expected in zip(exported(TEXTS), model(TEXTS), strict=True):
        assert_close(found, expected)
    plain = make("classification")(TEXTS)
    signature = tf.saved_model.load(tmp_path / "export").signatures["text"]
    outputs = signature(texts=tf.constant(TEXTS))
    np.testing.assert_allclose(
        [answer["probabilities"] for answer in plain],
        outputs["probabilities"],
        atol=1e-5,
    )


def test_characters_of_tags_and_answers(make):
    answer = make("tagging")(TEXTS[3])
    for word, start, end in zip(
        *(answer[name] for name in ("words", "word_starts", "word_ends")),
        strict=True,
    ):
        assert TEXTS[3][start:end] == word
    (short, long) = make("tagging")(["a letter", TEXTS[1]])
    assert len(short["words"]) == 2 and len(long["words"]) == 48
    answer = make("span")((TEXTS[0], TEXTS[4]))
    start, end = answer["start"], answer["end"]
    assert TEXTS[4][start:end] == answer["best_answer"]


def test_words_of_a_tagger(make):
    words = make("tagging")([{"words": ["a", "letter"]}, "a letter"])
    assert [answer["words"] for answer in words] == [["a", "letter"]] * 2
    assert words[0]["tags"] == words[1]["tags"]


def test_seeds_and_cleared_sessions_leave_predictors_alone(make):
    predictor = make("classification")
    before = predictor(TEXTS)
    keras.utils.set_random_seed(1)
    keras.backend.clear_session()
    assert_close(predictor(TEXTS), before)


def test_tags_are_those_of_predict(make, trained):
    config = albert_tf.PredictConfig(
        checkpoint=trained("tagging"), strategy="one_device", text=TEXTS
    )
    rows = albert_tf.predict(config).predictions
    answers = make("tagging")(TEXTS)
    assert any(answer["entities"] for answer in answers)
    for answer, row in zip(answers, rows, strict=True):
        assert answer["tags"] == row["prediction"]
        found = zip(
            *(answer[key] for key in ("starts", "ends", "types", "entities")),
            strict=True,
        )
        expected = [
            tuple(entity[key] for key in ("start", "end", "type", "text"))
            for entity in row["entities"]
        ]
        assert [*found] == expected


def test_choices_are_those_of_predict(make, trained):
    for context, choices in (CHOICES[0], CHOICES[2]):
        config = albert_tf.PredictConfig(
            checkpoint=trained("multiple_choice"),
            strategy="one_device",
            context=[context],
            choice=choices,
            choice_columns=["a", "b"],  # of the file that it was trained on
        )
        (row,) = albert_tf.predict(config).predictions
        answer = make("multiple_choice")((context, choices))
        assert answer["choice"] == row["prediction"]
        best = max(answer["probabilities"])
        assert best == pytest.approx(row["probability"], abs=1e-5)
