"""How the page shows which words mattered."""

import pytest
from page_script import called


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
