"""The page in a real browser, used with the keyboard alone."""

import os
import re
import shutil
import time

import pytest


@pytest.fixture(scope="module")
def server(start_server, exports):
    # Loaded fastest of all; `names` has no `explain`.
    return start_server(
        *(str(exports / name) for name in ("sentiment", "names"))
    )


@pytest.fixture(scope="module")
def browser(tmp_path_factory):
    from selenium import webdriver

    programs = [shutil.which(name) for name in ("chromium", "chromedriver")]
    if not all(programs):
        pytest.skip(
            "needs chromium and chromedriver; on Debian: apt install chromium "
            "chromium-driver"
        )
    options = webdriver.ChromeOptions()
    options.binary_location = programs[0]
    profile = tmp_path_factory.mktemp("profile")
    for argument in (
        "--headless=new",
        "--disable-gpu",
        "--disable-dev-shm-usage",
        f"--user-data-dir={profile}",
        *(["--no-sandbox"] if os.geteuid() == 0 else []),
    ):
        options.add_argument(argument)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    service = webdriver.ChromeService(programs[1])
    driver = webdriver.Chrome(options, service)
    yield driver
    driver.quit()


def test_the_page_brings_all_it_needs(server):
    status, headers, body = server.send("GET", "/")
    assert status == 200
    policy = headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    for name in re.findall(r'(?:src|href)="([^"]+)"', body.decode()):
        if name != "data:,":
            assert server.send("GET", f"/{name}")[0] == 200
    code, models = server.get("/models.json")
    assert [model["name"] for model in models][:2] == ["sentiment", "names"]
    assert models[0]["kind"] == "classification"
    assert models[0]["signatures"] == [
        *("explain", "ids", "serving_default", "text")
    ]


def press(browser, *keys, holding=None):
    from selenium.webdriver.common.action_chains import ActionChains

    actions = ActionChains(browser)
    if holding:
        actions.key_down(holding).send_keys(*keys).key_up(holding)
    else:
        actions.send_keys(*keys)
    actions.perform()


def focused(browser) -> str:
    return browser.execute_script("return document.activeElement.id")


def shown(browser, selector: str, text: str) -> str:
    """The words of an element, once `text` is among them."""
    end = time.monotonic() + 10
    while time.monotonic() < end:
        found = browser.find_elements("css selector", selector)
        words = " ".join(found[0].text.split()) if found else ""
        if text in words:
            return words
        time.sleep(0.05)
    raise AssertionError(browser.find_element("css selector", "body").text)


def test_a_text_is_typed_and_its_answer_seen(server, browser):
    from selenium.webdriver.common.keys import Keys

    browser.get(server.url)
    shown(browser, "#about", "Gives a text one of its labels. Task: small.")
    press(browser, Keys.TAB)
    assert focused(browser) == "model"
    press(browser, Keys.TAB)
    assert focused(browser) == "texts"
    # What looks like HTML is text as any other.
    typed = "<b>aa</b> aaaaaaaaa"
    press(browser, "a", holding=Keys.CONTROL)
    press(browser, typed, Keys.TAB)
    assert focused(browser) == "run"
    press(browser, Keys.ENTER)
    answer = shown(browser, "#answer", "Probabilities")
    share = typed.count("a") / len(typed)
    assert answer.startswith("Answer a Probabilities")
    assert f"a {100 * share:.1f} %" in answer
    assert f"other {100 - 100 * share:.1f} %" in answer
    bars = browser.find_elements("css selector", "#answer .bar")
    widths = [bar.rect["width"] for bar in bars]
    assert widths[1] / sum(widths) == pytest.approx(share, abs=0.01)
    words = shown(browser, "#words", "Words that mattered")
    assert "< b > a a < / b >" in words
    # "a" has a share of 2 of its text's 11 x 2 + 8.
    assert f"a {100 * 2 / 30:.1f} %" in words

    # On to the other model, with Shift + Tab and the arrow keys.
    press(browser, Keys.TAB, Keys.TAB, holding=Keys.SHIFT)
    press(browser, Keys.ARROW_DOWN)
    shown(browser, "#about", "Marks words")
    assert not browser.find_element("id", "answer").is_displayed()
    press(browser, Keys.TAB)
    press(browser, "a", holding=Keys.CONTROL)
    press(browser, "\U0001f600 is Ada")
    press(browser, Keys.ENTER, holding=Keys.CONTROL)
    shown(browser, "#answer", "Names, and how sure Ada (NAME) 75.0 %")
    # After a character that is two of JavaScript's.
    mark = browser.find_element("css selector", "#answer mark")
    assert mark.text == "AdaNAME"
    assert not browser.find_element("id", "words").is_displayed()

    # What the server refuses is told.
    browser.execute_script("texts.value = 'a'.repeat(30000)")
    press(browser, Keys.ENTER, holding=Keys.CONTROL)
    shown(browser, "[role=alert]", "A text must have at most 20,000 bytes")
    assert browser.get_log("browser")[1:] == []


def test_it_is_made_for_screen_readers(server, browser):
    browser.get(server.url)
    shown(browser, "#about", "Gives")
    for field in browser.find_elements("css selector", "select, textarea"):
        assert field.accessible_name in ("Model", "Text")
    answer = browser.find_element("id", "answer")
    assert answer.get_attribute("aria-live") == "polite"


@pytest.mark.parametrize(
    "kind, inputs, answer, words",
    [
        (
            "multilabel",
            {"texts": "x"},
            {
                "labels": ["joy", "fear", "rage"],
                "probabilities": [0.75, 0.25, 0.5],
                "chosen": [True, False, True],
            },
            "Answer joy, rage Probabilities joy 75.0 % ✓ fear 25.0 % "
            "rage 50.0 % ✓",
        ),
        # One output alone comes without its name.
        ("regression", {"texts": "x"}, 3.14159, "Answer 3.142"),
        (
            "tagging",
            {"texts": "Go on"},
            {
                "words": ["Go", "on", ""],
                "tags": ["VERB", "ADV", ""],
                **dict.fromkeys(("entities", "types", "starts"), []),
                **dict.fromkeys(("ends", "probabilities"), []),
            },
            "Answer Go VERB on ADV",
        ),
        (
            "span",
            {"questions": "Who?", "contexts": "Ada."},
            {
                "answer": "",
                "best_answer": "Ada",
                "start": 0,
                "end": 3,
                "score": -1.5,
                "null_score": 2.25,
            },
            "Answer No answer in the passage Ada. If there had to be one: Ada. "
            "Score -1.50, of no answer 2.25.",
        ),
        (
            "pretraining",
            {"texts": "no mask"},
            {"tokens": [], "probabilities": []},
            "Answer The text has no [MASK] to fill in.",
        ),
    ],
)
def test_answers_of_other_kinds(server, browser, kind, inputs, answer, words):
    browser.get(server.url)
    text = browser.execute_async_script(
        """
        const [model, inputs, answer, done] = arguments;
        import("/draw.js").then(({ draw }) => {
          const place = document.getElementById("answer");
          place.replaceChildren(...draw(model, inputs, answer));
          place.hidden = false;
          done(place.innerText);
        });
        """,
        *({"kind": kind}, inputs, answer),
    )
    assert " ".join(text.split()) == words


@pytest.mark.parametrize(
    "pieces, words",
    [
        # SentencePiece's, of "Un believable, [MASK]!" and a second text.
        (
            "[CLS] ▁un ▁be liev able , [MASK] ! [SEP] ▁ yes [SEP] <pad>",
            [
                ["un", 2],
                ["believable,", 60],
                ["[MASK]", 64],
                ["!", 128],
                ["yes", 1536],
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
def test_pieces_are_merged_into_words(server, browser, pieces, words):
    pieces = pieces.split()
    browser.get(server.url)
    merged = browser.execute_async_script(
        """
        const [explanation, done] = arguments;
        import("/draw.js").then((draw) => done(draw.mergePieces(explanation)));
        """,
        # "" is what a longer text of the batch leaves.
        {
            "pieces": [*pieces, ""],
            "importance": [*(2**n for n in range(len(pieces))), 0],
        },
    )
    assert [[word["text"], word["share"]] for word in merged] == words
