"""How the page shows which words a model attended to while it wrote."""

import pytest
from page_script import called


@pytest.mark.parametrize(
    "written, words",
    [
        ("▁Bon jour ▁là . [SEP]", [["Bonjour", 0.5], ["là.", 2.5]]),
        ("un ##able to [SEP]", [["unable", 0.5], ["to", 2]]),
        # Characters of scripts without spaces are words of their own.
        ("▁我 们 ▁go es", [["我", 0], ["们", 1], ["goes", 2.5]]),
    ],
    ids=["SentencePiece", "WordPiece", "Chinese"],
)
def test_written_pieces_are_merged_into_words(opened, written, words):
    pieces = [*written.split(), ""]
    found = called(
        opened,
        "return (await import('/writing.js')).writtenWords(given[0]);",
        {
            "pieces": [],
            "written": pieces,
            "attention": [[float(row)] for row in range(len(pieces))],
        },
    )
    assert [[one["text"], one["attention"][0]] for one in found] == words


def test_the_picture_has_a_cell_for_each_pair_of_words(opened):
    explanation = {
        "pieces": ["[CLS]", "▁good", "▁morn", "ing", "[SEP]"],
        "starts": [-1, 0, 5, 9, -1],
        "ends": [-1, 4, 9, 12, -1],
        "written": ["▁bon", "jour", "[SEP]"],
        "attention": [
            [0.1, 0.2, 0.4, 0.2, 0.1],
            [0.1, 0.1, 0.5, 0.2, 0.1],
            [1, 0, 0, 0, 0],
        ],
    }
    found = called(
        opened,
        """
        const { drawAttention } = await import("/writing.js");
        const place = document.getElementById("words");
        place.replaceChildren(...drawAttention(...given));
        place.hidden = false;
        const all = (what) => [...place.querySelectorAll(what)];
        const texts = (what) => all(what).map((each) => each.innerText.trim());
        const titles = all("tbody td").map(({ title }) => title);
        return [texts("thead th"), texts("tbody th"), titles, place.innerText];
        """,
        {"texts": "Good morning"},
        explanation,
    )
    columns, rows, titles, text = found
    assert columns == ["Good", "morning"] and rows == ["bonjour"]
    assert titles == ["bonjour ← Good: 15.0%", "bonjour ← morning: 65.0%"]
    assert "the mean over all layers and heads" in text
