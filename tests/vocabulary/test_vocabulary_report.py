"""Reports on vocabularies: numbers counted by hand."""

import pytest

from data_pipeline.text import tokenizers
from data_pipeline.vocabulary import report as vocabulary_report


@pytest.fixture(scope="module")
def tokenizer(vocabulary):
    return tokenizers.load(vocabulary)


def test_numbers_of_a_text_with_unknown_characters(tokenizer):
    words = [piece[1:] for piece in tokenizer.pieces if piece[0] == "▁"]
    whole = max(words, key=len)  # a word that is one piece
    # 天 is unknown, and so takes two pieces: ▁ and <unk>.
    fit = vocabulary_report.measure(tokenizer, [f"{whole} {whole}", "天"])
    assert fit["words"] == 3 and fit["pieces"] == 4
    assert fit["unknown_pieces"] == 1 / 4
    assert fit["pieces_per_word"] == pytest.approx(4 / 3)
    assert fit["whole_words"] == pytest.approx(2 / 3)
    characters = 2 * len(whole) + 1
    assert fit["character_coverage"] == pytest.approx(1 - 1 / characters)
    assert fit["characters_per_piece"] == pytest.approx(characters / 4)
    assert fit["unknown_characters"] == "天"
    (warning,) = vocabulary_report.warnings(fit)
    assert "天" in warning
    assert "25.0000%" in vocabulary_report.table(fit)


def test_no_warning_where_all_is_known(tokenizer):
    fit = vocabulary_report.measure(tokenizer, ["the end", ""])
    assert fit["unknown_pieces"] == 0 and fit["character_coverage"] == 1
    assert vocabulary_report.warnings(fit) == []


def test_an_empty_text_has_no_shares_to_divide(tokenizer):
    fit = vocabulary_report.measure(tokenizer, [])
    assert fit["words"] == fit["pieces"] == 0
    assert vocabulary_report.warnings(fit) == []


@pytest.mark.parametrize(
    "text, share, commonest",
    [
        ("Tôi đi chợ", 2 / 8, "ôợ"),  # đ is a letter of its own
        ("दिल्ली", 1 / 6, "्"),
        ("パンが", 2 / 3, "パが"),
        ("Ａ“x” end… of", 2 / 10, "Ａ…"),  # as nfkc changes them, too
    ],
)
def test_what_normalization_changes(tokenizer, text, share, commonest):
    fit = vocabulary_report.measure(tokenizer, [text])
    assert fit["changed_by_normalization"] == pytest.approx(share)
    assert fit["changed_characters"] == commonest
    if "…" in text:
        assert fit["changed_by_nfkc"] == pytest.approx(share)
    else:
        assert fit["changed_by_nfkc"] == 0
    advice = [w for w in vocabulary_report.warnings(fit) if "nfkc" in w]
    assert len(advice) == (0 if "…" in text else 1)
    if advice:
        assert f"{share:.1%} that normalization changes" in advice[0]
        assert "--normalization=nfkc" in advice[0] and commonest in advice[0]
