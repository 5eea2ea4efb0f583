"""The page for an embedding model, in a real browser."""

import time

import numpy as np
import pytest
from embedding_paths import letters


@pytest.fixture
def opened(letter_server, browser):
    """The page, which shows `letters`."""
    browser.get(letter_server.url)
    choose(browser, "letters")
    return browser


def choose(browser, model):
    waits(browser, "document.querySelector('#facts dl')")
    browser.execute_script(
        """
        const select = document.getElementById("model");
        select.value = arguments[0];
        select.dispatchEvent(new Event("change"));
        """,
        model,
    )


def waits(browser, condition, seconds=20):
    """The value of an expression, once it is true."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        found = browser.execute_script(f"return {condition};")
        if found:
            return found
        time.sleep(0.02)
    raise AssertionError(condition)


def run(browser, **texts):
    for name, text in texts.items():
        browser.execute_script(
            "document.getElementById(arguments[0]).value = arguments[1];",
            name,
            text,
        )
    browser.execute_script("document.getElementById('form').requestSubmit();")


def text_of(browser, selector):
    return browser.execute_script(
        "return [...document.querySelectorAll(arguments[0])]"
        ".map((each) => each.innerText);",
        selector,
    )


def test_the_nearest_texts_are_shown_with_what_mattered(opened):
    assert text_of(opened, "#about") == [
        "Finds the texts nearest to yours among the 4 in its index."
    ]
    assert text_of(opened, "#examples button") == ["aaaa", "ab", "c"]
    run(opened, texts="ab aba")
    waits(opened, "document.querySelector('.hits')")
    read = {
        "first": "aaaa",
        "second": "ab bbbb",
        "third": "c a b c d e f g h i j",
        "fourth": "zzzz",
    }
    cosines = letters(read.values()) @ letters(["b ab aba"])[0]
    order = np.argsort(-cosines)
    assert text_of(opened, ".hits .id") == [list(read)[i] for i in order]
    assert text_of(opened, ".hits .number") == [
        f"{cosines[i]:.3f}" for i in order
    ]
    opened.execute_script("document.querySelector('.hits summary').click();")
    waits(opened, "document.querySelector('.hits .word')")
    marked = text_of(opened, ".hits .word")
    assert marked == ["b", "ab", "aba", "ab", "bbbb"]
    assert "/search" in text_of(opened, "#program")[0]


def test_a_text_of_the_index_may_be_read_in_part(opened):
    run(opened, texts="c")
    waits(opened, "document.querySelector('.hits')")
    opened.execute_script(
        "document.querySelectorAll('.hits summary')[0].click();"
    )
    waits(opened, "document.querySelector('.hits .unread')")
    assert text_of(opened, ".hits .unread")[0] == "h i j"


def test_two_texts_are_compared(opened):
    buttons = text_of(opened, "#uses button")
    assert buttons == ["Search the index", "Compare two texts"]
    opened.execute_script(
        "document.querySelectorAll('#uses button')[1].click();"
    )
    assert text_of(opened, "#about") == ["Says how alike two texts are."]
    run(opened, texts="aab", second_texts="abb")
    waits(opened, "document.querySelector('#words .word')")
    assert text_of(opened, "#answer .result") == ["Cosine 0.800"]
    assert text_of(opened, "#words .word") == ["aab", "abb"]
    assert '"signature_name": "pair"' in text_of(opened, "#program")[0]
    choose(opened, "sentiment")
    assert text_of(opened, "#uses") == [""]


def test_facts_say_what_embeddings_are(opened):
    facts = text_of(opened, "#facts")[0]
    assert "4 numbers: the mean of the tokens, scaled to length 1" in facts
    assert "4 documents" in facts
