"""How the page draws what models of each kind answer."""

import asyncio
import json

import pytest
from page_script import called

from albert_tf.serving import page
from albert_tf.serving.models import saved_model

SPAN = {"answer": "", "score": -1.5, "null_score": 2.25}


PASSAGE = "The lettering was painted in 1921."


@pytest.mark.parametrize(
    "kind, inputs, answer, facts, words",
    [
        (
            "multilabel",
            {"texts": "x"},
            {
                "labels": ["joy", "fear", "rage"],
                "probabilities": [0.75, 0.25, 0.8],
                "chosen": [True, False, True],
            },
            {},
            "Answer rage and joy Probability of each label; chosen if above "
            "50% ✓ chosen rage 80.0% ✓ chosen joy 75.0% fear 25.0%",
        ),
        (
            "classification",
            {"texts": "x"},
            {
                "label": "1",
                "labels": ["0", "1"],
                "probabilities": [0.0001, 0.9999],
            },
            {"task": "sst-2"},
            "Answer positive (1) Probability of each label positive (1) "
            ">99.9% negative (0) <0.1%",
        ),
        (
            "classification",
            {"texts": "x"},
            {
                "label": "",
                "best_label": "bill",
                "none_of_these": True,
                "prediction_set": ["bill", "card", ""],
                "labels": ["bill", "card"],
                "probabilities": [0.55, 0.45],
            },
            {"calibration": {"none_threshold": 0.6, "coverage": 0.9}},
            "Answer None of these The likeliest label is bill, with 55.0%, "
            "below this model's threshold of 60.0%. Prediction set, which "
            "holds the right label for 90.0% of texts like those of its "
            "calibration: bill and card. "
            "Probability of each label bill 55.0% card 45.0%",
        ),
        (
            "multilabel",
            {"texts": "x"},
            {"labels": ["joy"], "probabilities": [0.3], "chosen": [True]},
            {"calibration": {"none_threshold": None, "coverage": None}},
            "Answer joy Probability of each label; chosen if above the "
            "label's own threshold ✓ chosen joy 30.0%",
        ),
        # A single output has no name.
        (
            "regression",
            {"texts": "x"},
            3.14159,
            {"task": "custom"},
            "Answer 3.142 A score on the scale of the training data. The "
            "export does not state the range of that scale.",
        ),
        (
            "regression",
            {"texts": "x", "second_texts": "y"},
            {"value": 1.438, "truncated": True},
            {"task": "sts-b", "max_seq_length": 64},
            "Answer The texts together are longer than the 64 tokens that the "
            "model reads. The rest did not affect this answer. 1.44 of 5 0: "
            "nothing in common 5: the same meaning",
        ),
        (
            "multiple_choice",
            {"texts": "x", "choices": ["no", "yes"]},
            {"choice": 1, "probabilities": [0.25, 0.75]},
            {},
            "Answer yes Probability of each choice yes 75.0% no 25.0%",
        ),
        (
            "tagging",
            {"texts": "Go on"},
            {
                "words": ["Go", "on", ""],
                "tags": ["VERB", "ADV", ""],
                **dict.fromkeys(("entities", "types", "starts"), []),
                **dict.fromkeys(("ends", "probabilities"), []),
            },
            {},
            "Answer Go VERB on ADV",
        ),
        (
            "span",
            {"questions": "Who?", "contexts": PASSAGE},
            {**SPAN, "best_answer": "tteri", "start": 6, "end": 11},
            {"null_score_threshold": 0.5},
            f"Answer No answer in the passage {PASSAGE} The score of “no "
            "answer” is 2.25, above this model's threshold of 0.50. The best "
            "guess, underlined with dashes, was rejected: “lettering”.",
        ),
        (
            "span",
            {"questions": "When?", "contexts": PASSAGE},
            {**SPAN, "answer": "21", "start": 31, "end": 33},
            {"null_score_threshold": None},
            f"Answer 21 {PASSAGE} Score of the answer -1.50, of “no answer” "
            "2.25. This model always gives an answer, since it has no "
            "threshold for “no answer”. The answer begins or ends inside a "
            "word; the whole word is marked.",
        ),
        (
            "pretraining",
            {"texts": "no mask"},
            {"tokens": [], "probabilities": []},
            {},
            "Answer The text has no [MASK] to fill in.",
        ),
        (
            "generation",
            {"texts": "Hello there."},
            {
                "text": "Bonjour.",
                "score": -0.5,
                "texts": ["Bonjour.", "Salut.", ""],
                "scores": [-0.5, -1.25, None],
                "truncated": False,
            },
            {},
            "Answer Bonjour. The 2 best texts that were found -0.50 Bonjour. "
            "-1.25 Salut. A score is the logarithm of a text's probability, "
            "divided by a penalty for its length; the closer to 0, the "
            "likelier.",
        ),
    ],
)
def test_answers_of_each_kind(drawn, kind, inputs, answer, facts, words):
    assert drawn(kind, inputs, answer, **facts) == words


def test_a_rejected_guess_is_not_marked_as_an_answer_is(drawn, browser):
    def mark(answer):
        place = {"start": 6, "end": 11, "best_answer": "tteri"}
        drawn("span", {"contexts": PASSAGE}, {**SPAN, **place, **answer})
        (mark,) = browser.find_elements("css selector", "#answer mark")
        assert mark.text == "lettering"  # no part of a word
        names = ("background-color", "border-bottom-style")
        return tuple(mark.value_of_css_property(name) for name in names)

    assert mark({}) == ("rgba(0, 0, 0, 0)", "dashed")
    background, line = mark({"answer": "tteri"})
    assert background != "rgba(0, 0, 0, 0)" and line == "solid"


def test_the_surest_of_many_labels_are_shown_first(drawn, browser):
    from selenium.webdriver.common.keys import Keys

    labels = [f"topic {number}" for number in range(32)] + ["<b>bold</b>"]
    shares = [(7 * number % 33) / 528 for number in range(33)]
    answer = {"label": "none", "labels": labels, "probabilities": shares}
    drawn("classification", {"texts": "x"}, answer)

    def rows():
        return [
            row.text for row in browser.find_elements("css selector", ".name")
        ]

    ranked = sorted(zip(shares, labels, strict=True), reverse=True)
    ranked = [label for _, label in ranked]
    assert rows() == ranked[:8]
    more = browser.find_element("css selector", ".more")
    assert more.text == "Show all 33"
    more.send_keys(Keys.ENTER)
    assert rows() == ranked
    # Those who cannot see go on at the first new one.
    assert browser.switch_to.active_element.text.startswith(ranked[8])


@pytest.mark.parametrize(
    "facts, about",
    [
        ({"kind": "pretraining"}, "Fills in each [MASK] with the most likely"),
        (
            {"kind": "classification", "labels": ["a", "b", "c"]},
            "Gives a text one of its 3 labels: a, b, or c.",
        ),
        (
            {"kind": "classification", "labels": ["0", "1"], "task": "cola"},
            "Gives a text one of its 2 labels: unacceptable (0) or acceptable "
            "(1).",
        ),
        (
            {"kind": "multilabel", "labels": list("abcdefghi")},
            "Gives a text any number of its 9 labels: a, b, c, d, e, and 4 "
            "more.",
        ),
        ({"kind": "regression", "num_texts": 2}, "Gives a pair of texts a sc"),
        (
            {"kind": "regression", "task": "sts-b"},
            "a score from 0 (nothing in common) to 5 (the same meaning).",
        ),
        (
            {"kind": "tagging", "labels": ["O", "B-PER", "I-PER", "B-LOC"]},
            "Marks names in a text, of 2 types: PER and LOC.",
        ),
        (
            {"kind": "tagging", "labels": ["NOUN", "VERB"]},
            "Gives each word of a text one of 2 tags: NOUN or VERB.",
        ),
        ({"kind": "span", "null_score_threshold": None}, "in a passage."),
        ({"kind": "span", "null_score_threshold": 0}, "or says that there is"),
        ({"kind": "constructor"}, "no config.json that states its task"),
    ],
)
def test_what_a_model_does_is_said(opened, facts, about):
    said = called(
        opened,
        "return (await import('/kinds.js')).aboutOf(given[0]);",
        {"labels": [], "task": "custom", **facts},
    )
    assert about in said and "custom" not in said


def test_facts_of_another_type_are_left_out():
    config = {"kind": 3, "labels": "ab", "albert": [], "versions": None}
    model = saved_model.Model("x", 10**30, {"text": None}, {}, config, 8, {})
    (route,) = [
        route
        for route in page.router({"x": model}, None).routes
        if route.path == "/models.json"
    ]
    (facts,) = json.loads(asyncio.run(route.endpoint()).body)
    named = {
        "name": "x",
        "version": str(10**30),
        "signatures": ["text"],
        "labels": [],
    }
    assert {k: v for k, v in facts.items() if v is not None} == named
