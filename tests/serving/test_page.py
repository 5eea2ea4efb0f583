"""The page in a real browser, used with the keyboard alone."""

import json
import re
import subprocess
import time

import pytest


def test_the_page_brings_all_it_needs(page_server):
    status, headers, body = page_server.send("GET", "/")
    assert status == 200
    policy = headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    found, seen = re.findall(r'(?:src|href)="([^"]+)"', body.decode()), set()
    while found:
        name = found.pop()
        if name in seen or name == "data:,":
            continue
        seen.add(name)
        status, _, body = page_server.send("GET", f"/{name}")
        assert status == 200
        found += re.findall(r' from "\./([^"]+)"', body.decode())
    assert {"page.css", "page.js", "draw.js", "words.js"} <= seen
    code, models = page_server.get("/models.json")
    names = [model["name"] for model in models]
    assert names == ["sentiment", "names", "masks", "score"]
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


def choose(server, browser, model: str):
    browser.get(server.url)
    shown(browser, "#facts", "Name sentiment")
    browser.execute_script(
        "model.value = arguments[0]; model.dispatchEvent(new Event('change'))",
        model,
    )
    shown(browser, "#facts", f"Name {model}, version 1")


def typed(browser, **texts):
    """Types and runs."""
    browser.execute_script(
        """
        for (const [id, text] of Object.entries(arguments[0])) {
          const field = document.getElementById(id);
          field.value = text;
          field.dispatchEvent(new Event("input", { bubbles: true }));
        }
        form.requestSubmit();
        """,
        texts,
    )


def test_a_text_is_typed_and_its_answer_seen(page_server, browser):
    from selenium.webdriver.common.keys import Keys

    browser.get(page_server.url)
    about = "Gives a text one of its 2 labels: other or a."
    assert shown(browser, "#about", "Gives") == about
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
    answer = shown(browser, "#answer", "Probability")
    share = typed.count("a") / len(typed)
    assert answer == (
        f"Answer a Probability of each label a {100 * share:.1f}% other "
        f"{100 - 100 * share:.1f}%"
    )
    bars = browser.find_elements("css selector", "#answer .bar")
    widths = [bar.rect["width"] for bar in bars]
    assert widths[0] / sum(widths) == pytest.approx(share, abs=0.01)
    # An export without offsets: pieces as the model reads them.
    words = shown(browser, "#words", "Words that mattered")
    assert "< b > a a < / b >" in words
    # "a" has a share of 2 of its text's 11 x 2 + 8.
    assert f"a {100 * 2 / 30:.1f}%" in words

    # On to the other model, with Shift + Tab and the arrow keys.
    press(browser, Keys.TAB, Keys.TAB, holding=Keys.SHIFT)
    press(browser, Keys.ARROW_DOWN)
    shown(browser, "#about", "Gives each word")
    assert not browser.find_element("id", "answer").is_displayed()
    press(browser, Keys.TAB)
    press(browser, "a", holding=Keys.CONTROL)
    press(browser, "\U0001f600 is Ada")
    press(browser, Keys.ENTER, holding=Keys.CONTROL)
    shown(browser, "#answer", "1 name, with its probability Ada (NAME) 75.0%")
    # After a character that is two of JavaScript's.
    mark = browser.find_element("css selector", "#answer mark")
    assert mark.text == "AdaNAME"
    assert not browser.find_element("id", "words").is_displayed()

    # What the server refuses is told.
    browser.execute_script("texts.value = 'a'.repeat(30000)")
    press(browser, Keys.ENTER, holding=Keys.CONTROL)
    refused = shown(browser, "#error", "A text must have at most 20,000")
    assert refused.startswith("The server cannot process this request.")
    assert browser.get_log("browser")[1:] == []


def test_an_example_is_one_key_away(page_server, browser):
    from selenium.webdriver.common.keys import Keys

    choose(page_server, browser, "score")
    browser.find_element("id", "run").send_keys(Keys.TAB, Keys.TAB)
    press(browser, Keys.ENTER)
    shown(browser, "#answer", "A score on the scale of the training data")
    example = browser.find_elements("css selector", ".example")[1].text
    assert browser.execute_script("return texts.value") == example


def test_the_model_says_what_it_is(page_server, browser):
    choose(page_server, browser, "score")
    facts = shown(browser, "#facts", "Parameters")
    for fact in (
        "Reads at most 8 tokens",
        "Parameters 11.7 million",
        "12 layers of size 768, vocabulary of 30,000",
        "Signatures explain and text",
        "Exported with albert_tf 0.1, tensorflow 2.20.0",
    ):
        assert fact in facts
    assert "custom" not in browser.find_element("css selector", "body").text


def test_the_command_asks_the_same(page_server, browser):
    choose(page_server, browser, "sentiment")
    text = 'it\'s "a" `date` $HOME \\ !! \n aé'
    typed(browser, texts=text)
    shown(browser, "#answer", "Probability")
    command = browser.execute_script(
        "return document.querySelector('#program code').textContent"
    )
    assert f"{page_server.url}/v1/models/sentiment:predict" in command
    # What a shell makes of it.
    words = subprocess.run(
        ["sh", "-c", command.replace("curl ", "printf '%s\\0' ", 1)],
        capture_output=True,
        text=True,
        check=True,
    ).stdout.split("\0")
    url, option, body, _ = words
    assert option == "-d" and json.loads(body)["instances"] == [{"texts": text}]
    path = url.removeprefix(page_server.url)
    status, _, answer = page_server.send("POST", path, body.encode())
    assert status == 200
    shown(browser, "#answer", json.loads(answer)["predictions"][0]["label"])


@pytest.mark.parametrize(
    "model, text, hint",
    [
        ("sentiment", " \n ", "“Text” is empty. Enter some text"),
        ("masks", "no mask", "The text has no [MASK]. Add one with"),
    ],
)
def test_what_is_missing_is_a_hint_and_no_question(
    page_server, browser, model, text, hint
):
    choose(page_server, browser, model)
    browser.execute_script("window.fetch = () => { throw 'asked'; }")
    typed(browser, texts=text)
    shown(browser, "#hint", hint)
    assert focused(browser) == "texts"
    assert not browser.find_element("id", "answer").is_displayed()


def test_what_was_not_read_is_told(page_server, browser):
    choose(page_server, browser, "score")
    text = "Café 😀 DRAGS on, <b>all</b>  day."
    typed(browser, texts=text)
    shown(browser, "#words", "Words that mattered")
    line = "return document.querySelector('#words .text').textContent"
    # As it was typed; 😀 is not in that model's vocabulary.
    assert browser.execute_script(line) == text
    assert "<unk>" not in browser.find_element("id", "words").text
    assert "first 8" not in browser.find_element("id", "answer").text
    typed(browser, texts="one two three four five six seven Eight NINE ten")
    shown(
        browser,
        "#answer .notice",
        "Only the first 8 tokens of the text were read.",
    )
    shown(browser, "#words", "seven Eight not read from here on NINE ten")
    # As the other paths say it.
    assert page_server.rows("score", "a " * 9)[0]["truncated"] is True


@pytest.mark.parametrize(
    "status, words",
    [
        (400, "The server cannot process this request. The reason."),
        (403, "The server does not accept requests from this page. The rea"),
        (413, "This text is too long for the server. The reason."),
        (503, "The server is busy, loading its models, or shutting down."),
        (504, "The answer took too long."),
        (418, "The server answered with status 418. The reason."),
        (200, "The server's answer cannot be read."),
        (None, "The server does not respond. It may have stopped"),
    ],
)
def test_failures_are_told_in_plain_words(page_server, browser, status, words):
    choose(page_server, browser, "sentiment")
    browser.execute_script(
        """
        const [status] = arguments;
        const body = status === 200 ? "<html>" : '{"error": "The reason."}';
        window.fetch = async () => {
          if (!status) throw new TypeError("Failed to fetch");
          return new Response(body, { status });
        };
        """,
        status,
    )
    typed(browser, texts="kept")
    shown(browser, "#error", words)
    assert browser.execute_script("return texts.value") == "kept"
    assert browser.find_element("id", "run").text == "Run"


def test_it_is_made_for_screen_readers(page_server, browser):
    browser.get(page_server.url)
    shown(browser, "#about", "Gives")
    for field in browser.find_elements("css selector", "select, textarea"):
        assert field.accessible_name in ("Model", "Text")
    answer = browser.find_element("id", "answer")
    assert answer.get_attribute("aria-live") == "polite"
