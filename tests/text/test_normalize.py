import itertools
import sys
import time
import unicodedata

import pytest
from hypothesis import given
from hypothesis import settings
from hypothesis import strategies as st

from data_pipeline.text.pieces import normalize

ALL_NORMALIZERS = [
    normalize.Normalizer(
        profile=profile, lower_case=lower_case, rewrite_quotes=rewrite_quotes
    )
    for profile, lower_case, rewrite_quotes in itertools.product(
        normalize.PROFILES, (True, False), (True, False)
    )
]


@pytest.mark.parametrize(
    "text, expected",
    [
        ("", ""),
        (" \t\n\u3000", ""),
        (" Hello,\u3000 World!\x1c", "hello, world!"),
        ("naïve café ÀÉÎÕÜ ﬁnance", "naive cafe aeiou finance"),
        ("Straße", "straße"),  # casefold would give ss
        ("a´b", "a b"),  # NFKD of ´ is a space and an accent
        ("a ´b", "a  b"),  # ... and comes after the collapse
        ("ΟΔΟΣ ΣΑΣ", "οδος σας"),  # a final sigma is another letter
        ("İstanbul", "istanbul"),
        ("½ ℡ １２", "1⁄2 tel 12"),
        ("が パ", "か ハ"),
        ("हिन्दी", "हिनदी"),  # the virama has class 9
        ("안", "\u110b\u1161\u11ab"),
        ("\u0e01\u0e31\u0e49", "\u0e01\u0e31"),  # Mn of class 0 stays
        ("\u1100\u302e", "\u1100"),  # Mc of class 224 goes
        ("``so''", "``so''"),
    ],
)
def test_albert_profile(text, expected):
    assert normalize.Normalizer()(text) == expected


@pytest.mark.parametrize(
    "profile, lower_case, expected",
    [
        ("albert", True, "cafe fi σας"),
        ("albert", False, "Cafe fi ΣΑΣ"),
        ("nfkc", True, "café fi σας"),
        ("nfkc", False, "Café fi ΣΑΣ"),
        ("none", True, "cafe\u0301 ﬁ σας"),
        ("none", False, "Cafe\u0301 ﬁ ΣΑΣ"),
    ],
)
def test_profiles(profile, lower_case, expected):
    normalizer = normalize.Normalizer(profile=profile, lower_case=lower_case)
    assert normalizer(" Cafe\u0301 \t ﬁ\u2028ΣΑΣ") == expected


@pytest.mark.parametrize(
    "text, expected",
    [
        ("``So,'' he said", '"so," he said'),
        ("'''", "\"'"),
        ("```", '"`'),
        ("` `", "` `"),
        ("'\u2019", "'’"),  # ’ is no apostrophe, and NFKD keeps it
    ],
)
def test_quotes(text, expected):
    assert normalize.Normalizer(rewrite_quotes=True)(text) == expected


def test_quotes_come_before_the_form():
    # NFKD makes ′′ of ″ and "`" of U+1FEF; what it makes is not rewritten.
    assert normalize.Normalizer(rewrite_quotes=True)("\u1fef\u1fef") == "``"


def test_unknown_profile():
    with pytest.raises(ValueError, match="one of albert, nfkc, none.*'nfd'"):
        normalize.Normalizer(profile="nfd")


def by_the_book(text: str, lower_case: bool) -> str:
    """The albert profile, a line a step."""
    text = " ".join(text.strip().split())
    text = unicodedata.normalize("NFKD", text)
    text = "".join(c for c in text if not unicodedata.combining(c))
    return text.lower() if lower_case else text


@given(st.data())
def test_albert_profile_is_the_four_steps(any_text, data):
    text = data.draw(any_text)
    for lower_case in (True, False):
        normalizer = normalize.Normalizer(lower_case=lower_case)
        assert normalizer(text) == by_the_book(text, lower_case)


def test_albert_profile_on_all_of_unicode():
    text = " a".join(map(chr, normalize.ASSIGNED))
    assert normalize.Normalizer()(text) == by_the_book(text, lower_case=True)


@given(st.data())
@settings(deadline=None)
def test_offsets_align_the_same_text(any_text, data):
    text = data.draw(any_text)
    for normalizer in ALL_NORMALIZERS:
        plain = normalizer(text)
        aligned = normalizer.with_offsets(text)
        assert aligned.text == plain
        assert len(aligned.starts) == len(aligned.ends) == len(plain)
        spans = list(zip(aligned.starts, aligned.ends, strict=True))
        assert spans == sorted(spans)
        for char, (start, end) in zip(plain, spans, strict=True):
            assert 0 <= start < end <= len(text)
            # Sigmas look around; a space comes from white space, or from
            # characters such as ´ whose form begins with one.
            if char not in "ςσ ":
                assert char in normalizer(text[start:end])


@pytest.mark.parametrize("normalizer", ALL_NORMALIZERS[::4], ids=str)
def test_all_of_unicode(normalizer):
    text = " a".join(map(chr, normalize.ASSIGNED))
    plain = normalizer(text)
    assert len(plain) > len(normalize.ASSIGNED)
    assert normalizer.with_offsets(text).text == plain


def test_no_character_lies_outside_assigned():
    outside = set(range(sys.maxunicode + 1)) - set(normalize.ASSIGNED)
    categories = {unicodedata.category(chr(code)) for code in outside}
    assert categories == {"Cn", "Co", "Cs"}  # unassigned, private, surrogate


@pytest.mark.parametrize(
    "profile, text, starts, ends",
    [
        ("albert", "Ａ  ﬁn", [0, 1, 3, 3, 4], [1, 3, 4, 4, 5]),
        ("albert", "  e\u0301x ", [2, 4], [4, 5]),  # the accent is e's
        ("nfkc", "  e\u0301x ", [2, 4], [4, 5]),
        ("none", "e\u0301x", [0, 0, 2], [2, 2, 3]),
        ("nfkc", "\u1112\u1161\u11ab글", [0, 3], [3, 4]),  # 한 of three jamo
        ("none", "aİb", [0, 1, 1, 2], [1, 2, 2, 3]),  # i and a dot
        ("albert", "\u0301a", [1], [2]),
    ],
)
def test_offsets(profile, text, starts, ends):
    aligned = normalize.Normalizer(profile=profile).with_offsets(text)
    assert (aligned.starts, aligned.ends) == (starts, ends)


def test_offsets_of_quotes():
    aligned = normalize.Normalizer(rewrite_quotes=True).with_offsets("``a''")
    assert aligned == ('"a"', [0, 2, 3], [2, 3, 5])


@pytest.mark.parametrize(
    "unit",
    ["a", " ", "Σ", "が", "\u0301\u0323", "\u0f73", "Σ.", "\u1161", "``"],
)
def test_time_is_linear(unit):
    # 100,000 characters; a quadratic step would take minutes.
    text = "x" + unit * (100_000 // len(unit))
    normalizer = normalize.Normalizer(rewrite_quotes=True)
    begin = time.perf_counter()
    assert normalizer.with_offsets(text).text == normalizer(text)
    assert time.perf_counter() - begin < 10
