import logging

import pytest

from data_pipeline.text import tokenizers
from data_pipeline.text.pieces import normalize
from data_pipeline.vocabulary import lost_characters


@pytest.fixture(scope="module")
def tokenizer(make, model):
    return make(model)


@pytest.mark.parametrize(
    "text, characters, changed, unknown",
    [
        ("", 0, 0, 0),
        ("The  MILLER", 9, 0, 0),  # case is no damage
        ("a é e\u0301", 3, 2 / 3, 0),  # é twice, of one and two code points
        ("안", 1, 0, 1),  # as jamo it is the same syllable
        ("が", 1, 1, 1),
        ("a\u0302\u0332b", 3, 2 / 3, 0),  # â is composed, the line is not
        ("a漢字b", 4, 0, 0.5),
    ],
)
def test_measure(tokenizer, text, characters, changed, unknown):
    found = lost_characters.measure(tokenizer, [text, ""])
    assert found == lost_characters.LostCharacters(characters, changed, unknown)


def test_warning_names_what_helps(tokenizer, caplog):
    with caplog.at_level(logging.WARNING, logger="absl"):
        found = lost_characters.warn(tokenizer, ["パンダがが", "the miller"])
    assert (found.characters, found.unknown) == (14, 5 / 14)
    assert found.changed == 4 / 14
    (message,) = [record.getMessage() for record in caplog.records]
    assert "Of 14 characters" in message
    assert "changes 28.6% beyond case and does not know 35.7%" in message
    assert "normalization='nfkc' (0.0% changed, 35.7% unknown)" in message
    assert "normalization='none' (0.0% changed" in message
    assert "lower_case" not in message


def test_warning_of_a_wrong_case(make, model, caplog):
    tokenizer = make(model, lower_case=False)
    with caplog.at_level(logging.WARNING, logger="absl"):
        lost_characters.warn(tokenizer, ["The Old MILLER"])
    assert "lower_case=True (0.0% changed, 0.0% unknown)" in caplog.text


def test_no_warning(tokenizer, word_piece_path, caplog):
    word_piece = tokenizers.load(word_piece_path)
    caplog.clear()
    with caplog.at_level(logging.WARNING, logger="absl"):
        lost_characters.warn(tokenizer, ["The old miller's book."])
        lost_characters.warn(tokenizer, ["漢"], share=1.0)
        lost_characters.warn(word_piece, ["the unable"])
    assert not caplog.records


def test_wordpiece(word_piece_path, caplog):
    tokenizer = tokenizers.load(word_piece_path)
    with caplog.at_level(logging.WARNING, logger="absl"):
        found = lost_characters.warn(tokenizer, ["the é"])
    assert found == lost_characters.LostCharacters(4, 1 / 4, 1 / 4)
    assert "lower_case=False (0.0% changed, 0.0% unknown)" in caplog.text


@pytest.mark.parametrize(
    "text, lost",
    [
        ("दिल्ली", "्"),
        ("क़्या", "़्"),
        ("Tiếng Việt", "ếệ"),
        ("a\u0302\u0332", "â\u0332"),
    ],
)
def test_characters_with_marks_are_changed_where_these_are_lost(text, lost):
    changed = {
        profile: lost_characters.changed_characters(
            normalize.Normalizer(profile=profile), [text]
        )
        for profile in normalize.PROFILES
    }
    assert "".join(changed["albert"].elements()) == lost
    assert not changed["nfkc"] and not changed["none"]
