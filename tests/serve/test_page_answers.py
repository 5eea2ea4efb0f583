"""How the page draws what models of each kind answer."""

import asyncio
import json
import time

import pytest

from albert_tf.serving import page
from albert_tf.serving.models import saved_model

MOODS = {
    "labels": [
        *("joy", "fear", "rage", "calm"),
        "a mood whose name is so long that it has to go on to another line",
        "Donaudampfschifffahrtsgesellschaftskapitaensmuetze",
    ],
    "probabilities": [0.97, 0.012, 0.55, 0.0004, 0.81, 0.06],
    "chosen": [True, False, True, False, True, False],
}
SPAN = {"answer": "", "score": -1.5, "null_score": 2.25}
PASSAGE = "The lettering was painted in 1921."


def called(browser, script: str, *arguments):
    """What a module's function gives, awaited."""
    return browser.execute_async_script(
        "const done = arguments[arguments.length - 1];"
        f"(async (...given) => {{ {script} }})(...arguments).then(done);",
        *arguments,
    )


@pytest.fixture
def opened(page_server, browser):
    """The browser, which shows the page; it is loaded where need be."""
    ready = "return Boolean(document.querySelector('#facts dl'));"
    is_here = browser.current_url == f"{page_server.url}/"
    if not is_here or not browser.execute_script(ready):
        browser.get(page_server.url)
        while not browser.execute_script(ready):
            time.sleep(0.02)
    return browser


@pytest.fixture
def drawn(opened):
    """Draws an answer and gives its words."""

    def draw(kind, inputs, answer, **facts):
        text = called(
            opened,
            """
            const [model, inputs, answer] = given;
            const { draw } = await import("/draw.js");
            const place = document.getElementById("answer");
            place.replaceChildren(...draw(model, inputs, answer));
            place.hidden = false;
            return place.innerText;
            """,
            {"kind": kind, "labels": [], **facts},
            inputs,
            answer,
        )
        return " ".join(text.split())

    return draw


@pytest.fixture
def seen_as(browser):
    """Sets the window's width and the colors."""

    def see(width: int, *, dark: bool = False):
        browser.execute_cdp_cmd(
            "Emulation.setDeviceMetricsOverride",
            {
                **{"width": width, "height": 800, "deviceScaleFactor": 1},
                "mobile": width < 500,
            },
        )
        scheme = {
            "name": "prefers-color-scheme",
            "value": "dark" if dark else "light",
        }
        browser.execute_cdp_cmd(
            "Emulation.setEmulatedMedia", {"features": [scheme]}
        )

    yield see
    browser.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": []})


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


def _brightness(color: str) -> float:
    """Relative luminance of "rgb(r, g, b)", as WCAG defines it."""
    parts = [int(x) / 255 for x in color.split("(")[1][:-1].split(",")[:3]]
    linear = [
        x / 12.92 if x <= 0.04045 else ((x + 0.055) / 1.055) ** 2.4
        for x in parts
    ]
    return sum(
        x * weight
        for x, weight in zip(linear, (0.2126, 0.7152, 0.0722), strict=True)
    )


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_small_shares_are_seen(drawn, browser, seen_as, dark):
    drawn("multilabel", {"texts": "x"}, MOODS)
    seen_as(1400, dark=dark)

    def color(selector):
        found = browser.find_elements("css selector", selector)[-1]
        return found.value_of_css_property("background-color")

    bars = browser.find_elements("css selector", ".bar")
    widths = [bar.rect["width"] for bar in bars]
    assert widths == sorted(widths, reverse=True) and widths[-1] >= 3
    low, high = sorted(
        _brightness(color(s).replace("rgba", "rgb")) for s in (".bar", ".track")
    )
    assert (high + 0.05) / (low + 0.05) >= 3


def test_ticks_and_long_names_on_a_phone(drawn, browser, seen_as):
    drawn("multilabel", {"texts": "x"}, MOODS)
    seen_as(390)
    width = browser.execute_script("return document.body.scrollWidth")
    assert width <= 390
    for row in browser.find_elements("css selector", ".bars li"):
        tick, name, number, track = (
            row.find_element("css selector", f".{part}").rect
            for part in ("tick", "name", "number", "track")
        )
        assert tick["height"] < 30 and number["height"] < 30  # one line
        assert tick["x"] + tick["width"] <= name["x"]
        assert name["x"] + name["width"] <= number["x"]
        assert number["x"] + number["width"] <= 390
        assert track["y"] + 1 >= name["y"] + name["height"]  # below the name


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


@pytest.mark.parametrize(
    "pieces, words",
    [
        # SentencePiece's, of "Un believable, [MASK]!" and a second text.
        (
            "[CLS] ▁un ▁be liev able , [MASK] ! [SEP] ▁ yes <unk> <pad>",
            [
                ["un", 2],
                ["believable,", 60],
                ["[MASK]", 64],
                ["!", 128],
                ["yes…", 512 + 1024 + 2048],
            ],
        ),
        # WordPiece's.
        (
            "[CLS] un ##believ ##able , [MASK] [SEP] yes [SEP]",
            [["unbelievable", 14], [",", 16], ["[MASK]", 32], ["yes", 128]],
        ),
    ],
    ids=["SentencePiece", "WordPiece"],
)
def test_pieces_are_merged_into_words(opened, pieces, words):
    pieces = pieces.split()
    merged = called(
        opened,
        "return (await import('/words.js')).mergePieces(given[0]);",
        # "" is what a longer text of the batch leaves.
        {
            "pieces": [*pieces, ""],
            "importance": [*(2**n for n in range(len(pieces))), 0],
        },
    )
    assert [[word["text"], word["share"]] for word in merged] == words


@pytest.mark.parametrize(
    "text, places, words",
    [
        # Pieces of one word, and a space that is a piece of its own.
        (
            "Naïve ½ 😀 don't 3.5!",
            [(0, 2), (2, 5), (6, 7), (8, 9), (10, 15), (15, 15), (19, 20)],
            [
                ["Naïve", 3],
                ["½", 4],
                ["😀", 8],
                ["don't", 16],
                ["3.5", 32],
                ["!", 64],
            ],
        ),
        # No spaces: characters, but for what one piece covers.
        (
            "你好 cat",
            [(0, 1), (1, 2), (3, 6)],
            [["你", 1], ["好", 2], ["cat", 4]],
        ),
        ("你好吗", [(0, 2)], [["你好", 1]]),
        (
            "re[MASK]s",
            [(0, 2), (2, 8), (8, 9)],
            [["re", 1], ["[MASK]", 2], ["s", 4]],
        ),
        ("", [], []),
    ],
)
def test_words_are_those_that_were_typed(opened, text, places, words):
    found = called(
        opened,
        "return (await import('/words.js')).wordsOf(...given);",
        text,
        [
            {"start": start, "end": end, "share": 2**number}
            for number, (start, end) in enumerate(places)
        ],
    )
    assert "".join(word["text"] for word in found) == text
    shares = [[word["text"], word["share"]] for word in found]
    assert [word for word in shares if word[1]] == words


# "Who?" and, of "Bob left. Ada CAME.", the part with the answer.
EXPLAINED = {
    "pieces": "[CLS] ▁who <unk> [SEP] ▁ada ▁came . [SEP]".split(),
    "importance": [0.0, 0.2, 0.1, 0.0, 0.5, 0.2, 0.0, 0.0],
    "starts": [-1, 0, 3, -1, 10, 14, 18, -1],
    "ends": [-1, 3, 4, -1, 13, 18, 19, -1],
}


@pytest.mark.parametrize(
    "model, inputs, truncated, words",
    [
        (
            {"kind": "span"},
            {"questions": "Who? Why?", "contexts": "Bob left. Ada CAME."},
            True,
            "Words that mattered Question Who? not read from here on Why? "
            "Passage Bob left. Ada CAME. Most: Ada 50.0%, Who 20.0%, CAME "
            "20.0%. The stronger a word's color, the larger its share of "
            "gradient times input. In a long passage, only the part around "
            "the answer is explained.",
        ),
        (
            {"kind": "classification", "num_texts": 2},
            {"texts": "WHO? ", "second_texts": "Bob left. Ada CAME. Oh"},
            True,
            "Words that mattered Text WHO? Second text Bob left. Ada CAME. not "
            "read from here on Oh Most: Ada 50.0%, WHO 20.0%, CAME 20.0%. The "
            "stronger a word's color, the larger its share of gradient times "
            "input.",
        ),
    ],
)
def test_words_of_two_texts(opened, model, inputs, truncated, words):
    found = called(
        opened,
        """
        const { drawWords } = await import("/words.js");
        const place = document.createElement("div");
        place.append(...drawWords(...given));
        document.body.replaceChildren(place);
        return place.innerText;
        """,
        *(model, inputs, EXPLAINED, truncated),
    )
    assert " ".join(found.split()) == words


def test_facts_of_another_type_are_left_out():
    config = {"kind": 3, "labels": "ab", "albert": [], "versions": None}
    model = saved_model.Model("x", 10**30, {"text": None}, {}, config, 8, {})
    (route,) = [
        route
        for route in page.router({"x": model}).routes
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
