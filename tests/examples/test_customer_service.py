"""examples/customer_service: decisions, thresholds, data, the server."""

import json
import pathlib
import types

import numpy as np
import pytest

ROOT = pathlib.Path(__file__).parent.parent.parent
FOLDER = ROOT / "examples/customer_service"
ANSWER = "You pay in the app. Bills are due on Friday."
NUMBERS = {
    "thresholds": {"faq": 0.6, "intent": 0.5, "reader": 0.5},
    "service": {
        "intent_accuracy": 0.8,
        "faq_accuracy": 0.7,
        "out_of_scope_recall": 0.6,
        "out_of_scope_precision": 0.5,
    },
    "examples": ["how do i pay?"],
}


@pytest.fixture
def example(monkeypatch):
    """The example's modules."""
    monkeypatch.syspath_prepend(str(FOLDER))
    import customer_service
    import service_data
    import service_folder
    import service_measures
    import service_passages

    return types.SimpleNamespace(
        service=customer_service,
        data=service_data,
        folder=service_folder,
        measures=service_measures,
        passages=service_passages,
    )


class Models:
    """Stands for the models: scores by question, from a table."""

    cosines = {"how do i pay?": 0.9, "Pay it!": 0.3, "pay it": 0.3, "sing": 0.1}
    probabilities = {"how do i pay": 0.9, "pay it": 0.8, "sing": 0.2}

    def intents(self, questions):
        return [
            {
                "labels": ["greet", "pay_bill"],
                "probabilities": [
                    1 - self.probabilities[question],
                    self.probabilities[question],
                ],
            }
            if question != "sing"
            else {"labels": ["greet", "pay_bill"], "probabilities": [0.4, 0.3]}
            for question in questions
        ]

    def faq(self, questions, top_k, lexical):
        assert lexical
        return [
            [
                types.SimpleNamespace(
                    id="f1",
                    text="How to pay",
                    metadata={"answer": ANSWER},
                    scores={"embedding": self.cosines[question], "bm25": 2.0},
                )
            ]
            for question in questions
        ]

    def reader(self, pairs):
        return [self.read(*pair) for pair in pairs]

    def read(self, question, sentence):
        found = "in the app" in sentence and "pay" in question
        start = sentence.find("in the app") if found else 0
        return {
            "best_answer": sentence[start : start + 10],
            "start": start,
            "end": start + 10,
            "null_score": -1.0 if found else 800.0,
        }


@pytest.fixture
def service(example):
    models = Models()
    return example.service.Service(
        models.intents,
        models.faq,
        models.reader,
        example.service.Thresholds(faq=0.6, intent=0.5, reader=0.5),
    )


def test_the_faq_answers_first_and_the_reader_marks_the_words(service):
    found = service("  how do i pay? ")
    assert (found["by"], found["answer"], found["source"]) == (
        "faq",
        ANSWER,
        "f1",
    )
    faq, reader = found["steps"]
    assert faq["taken"] and faq["threshold"] == 0.6
    assert faq["candidates"][0]["score"] == 0.9
    best = reader["candidates"][0]
    assert reader["taken"]
    assert ANSWER[best["start"] : best["end"]] == "in the app"
    assert best["score"] == pytest.approx(0.731, abs=1e-3)


def test_an_intent_answers_when_the_faq_is_not_sure(service):
    found = service("Pay it!")
    assert (found["by"], found["source"]) == ("intent", "pay_bill")
    assert found["answer"] == "pay bill"
    faq, intents = found["steps"]
    assert not faq["taken"] and intents["taken"]
    assert [each["id"] for each in intents["candidates"]] == [
        "pay_bill",
        "greet",
    ]


def test_nobody_answers_what_is_out_of_scope(service):
    found = service("sing")
    assert (found["by"], found["source"]) == ("out_of_scope", None)
    assert "cannot help" in found["answer"]
    assert [step["taken"] for step in found["steps"]] == [False, False]
    assert found["steps"][1]["candidates"][0]["id"] == "greet"  # the nearest


def test_only_the_reader_answers_about_a_passage(service):
    passage = "Bills come. Pay in the app."
    found = service("how do i pay?", passage)
    assert (found["by"], found["answer"]) == ("passage", "in the app")
    assert found["source"] == "characters 16 to 26"
    assert passage[16:26] == "in the app"
    assert [step["by"] for step in found["steps"]] == ["passage"]
    found = service("how do i pay?", "It rains.")
    assert found["by"] == "out_of_scope"
    assert "passage does not" in found["answer"]


@pytest.mark.parametrize(
    "question, passage, message",
    [
        (" ", None, "question must be a non-empty text. Received: ' '"),
        (None, None, "question must be a non-empty text. Received: None"),
        ("a" * 501, None, "at most 500 characters. Received: 501"),
        ("a", "", "passage must be a non-empty text"),
        ("a", "b" * 10_001, "at most 10,000 characters. Received: 10,001"),
    ],
)
def test_bad_questions_are_refused(service, question, passage, message):
    with pytest.raises(ValueError, match=message):
        service(question, passage)


def test_a_folder_must_have_a_finished_training(example, tmp_path):
    with pytest.raises(FileNotFoundError, match="which has none"):
        example.folder.load(str(tmp_path / "missing"))
    (tmp_path / "intents").mkdir()
    with pytest.raises(FileNotFoundError, match="has not ended"):
        example.folder.load(str(tmp_path))
    path = tmp_path / "service.json"
    for text in ("{", "[]", '{"thresholds": {"faq": "high"}}', "[" * 10_000):
        path.write_text(text)
        with pytest.raises(ValueError, match="damaged"):
            example.folder.load(str(tmp_path))
    path.write_text(json.dumps(NUMBERS))
    assert example.folder.about(str(tmp_path)) == NUMBERS


def test_the_threshold_serves_both_sides(example):
    decided = example.measures.Decided(
        np.array([0.9, 0.8, 0.7, 0.2]), np.array([1.0, 1, 0, 1])
    )
    outside = np.array([0.1, 0.3, 0.75])
    least = example.measures.threshold(decided, outside)
    # 2 of 4 answered correctly and 3 of 3 rejected beat any other choice.
    assert 0.75 < least < 0.8
    found = example.measures.scope(decided, outside, least)
    assert found["accuracy"] == 0.75
    assert found["accuracy_with_threshold"] == 0.5
    assert found["out_of_scope_recall"] == 1
    assert found["out_of_scope_precision"] == pytest.approx(3 / 5)


def test_the_service_is_measured_on_other_questions(example, service):
    clinc = {
        "val": [("pay it", "pay_bill")],
        "test": [("pay it", "pay_bill"), ("pay it", "greet")],
        "oos_val": [("sing", "oos")],
        "oos_test": [("sing", "oos")],
        "train": [],
    }
    questions = [("how do i pay?", frozenset(["f1"]))] * 4
    found = example.measures.of_service(service, clinc, questions)
    assert 0.3 < found["thresholds"]["faq"] < 0.9
    assert 0.4 < found["thresholds"]["intent"] < 0.8
    assert found["service"] == {
        "intent_accuracy": 0.5,
        "faq_accuracy": 1,
        "out_of_scope_recall": 1,
        "out_of_scope_precision": 1,
    }
    assert tuple(found["service"]) == example.folder.NUMBERS


def test_the_reader_is_measured_on_other_questions(example, service):
    def question(text, passage, *answers):
        return example.passages.Question(text, passage, answers)

    passage = "Bills come. Pay in the app."
    right = question("how do i pay?", passage, (16, "in the app"))
    half = question("how to pay", passage, (20, "app now"))
    wrong = question("when?", passage, (0, "Bills"))
    none = question("who?", passage)
    least, found = example.measures.of_reader(
        service, [right, none], [right, half, wrong, none, none]
    )
    assert 0 < least < 0.731
    assert found["f1_never_answering"] == 0.4
    assert found["rejected_without_answer"] == 1
    assert found["f1_with_answer"] == pytest.approx((1 + 0.5) / 3)
    assert found["f1"] == pytest.approx((1 + 0.5 + 2) / 5)
