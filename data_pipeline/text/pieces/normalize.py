"""ALBERT's text normalization, plain and with character offsets.

The order is ALBERT's and it matters:

1. leading and trailing white space is removed, every inner run becomes one
   space (as in `str.split`, so also U+3000 and U+001C..U+001F);
2. only with `rewrite_quotes`: `` and '' become " (Hugging Face's tokenizer);
3. the profile's Unicode form;
4. `str.lower`, not `casefold`: "Straße" becomes "straße".

Step 3 can create spaces that step 1 no longer sees: "a´b" becomes "a b", and
"a ´b" has two. Source: google-research/albert, tokenization.preprocess_text.
"""

import dataclasses
import functools
import re
import unicodedata
from collections.abc import Callable
from collections.abc import Iterable
from collections.abc import Iterator
from typing import NamedTuple

# Step 3, by profile:
#   albert  NFKD, then every character whose canonical combining class is not
#           0 is dropped. For English only: が becomes か, Thai loses its tones.
#   nfkc    NFKC; accents and all scripts survive.
#   none    nothing. Steps 1 and 4 are the same for all profiles.
PROFILES = ("albert", "nfkc", "none")

# Every code point that text can contain and that may have properties. Planes 4
# to 13 are empty, 15 and 16 are for private use, and surrogates are not text.
ASSIGNED = (
    *range(0xD800),
    *range(0xE000, 0x40000),
    *range(0xE0000, 0xE1000),
)


class Aligned(NamedTuple):
    """A text and the origins of its characters.

    text[i] came from original[starts[i]:ends[i]], in Unicode code points.
    Neighbors may share a source ("ﬁ" gives "f" and "i") and a source may
    span several characters ("e" and a combining accent give "é").
    """

    text: str
    starts: list[int]
    ends: list[int]


# One replacement: text[begin:end] becomes the string.
Edit = tuple[int, int, str]


@dataclasses.dataclass(frozen=True, kw_only=True)
class Normalizer:
    """A function from text to normalized text.

    Args:
        profile: one of PROFILES.
        lower_case: whether step 4 runs.
        rewrite_quotes: whether step 2 runs.
    """

    profile: str = "albert"
    lower_case: bool = True
    rewrite_quotes: bool = False

    def __post_init__(self) -> None:
        if self.profile not in PROFILES:
            raise ValueError(
                "A normalization profile must be one of "
                f"{', '.join(PROFILES)}. "
                f"Received: {self.profile!r}. Use 'albert' for the published "
                "English models, 'nfkc' or 'none' for your own vocabulary in "
                "a script that needs its marks."
            )

    def __call__(self, text: str) -> str:
        text = text.strip()
        # No white space but U+0020 is printable. In clean text, this check
        # takes a third of the time that splitting it into words takes.
        if "  " in text or not text.isprintable():
            text = " ".join(text.split())
        if self.rewrite_quotes:
            text = text.replace("``", '"').replace("''", '"')
        text = self.form(text)
        return text.lower() if self.lower_case else text

    def with_offsets(self, text: str) -> Aligned:
        """The same text as `__call__`, with offsets, in linear time.

            "Ａ  ﬁn"  ->  text    a  _  f  i  n      (_ is a space)
                          starts  0  1  3  3  4
                          ends    1  3  4  4  5

        A combining mark belongs to the character before it, even if it is
        dropped, so spans do not separate a letter from its accent.
        """
        size = len(text)
        aligned = Aligned(text, list(range(size)), list(range(1, size + 1)))
        aligned = rewrite(aligned, _space_edits(text))
        if self.rewrite_quotes:
            aligned = rewrite(aligned, _quote_edits(aligned.text))
        aligned = rewrite(aligned, form_edits(aligned.text, self.form))
        return lower(aligned) if self.lower_case else aligned

    def form(self, text: str) -> str:
        """Step 3 alone."""
        if text.isascii() or self.profile == "none":
            return text
        if self.profile == "nfkc":
            return unicodedata.normalize("NFKC", text)
        # ASCII stays as it is, and each character can be changed by itself:
        # NFKD reorders only characters that are dropped.
        return _NON_ASCII.sub(_albert_form, text)


def rewrite(aligned: Aligned, edits: Iterable[Edit]) -> Aligned:
    """Applies edits, which are in order and do not overlap.

    Every character of a replacement spans all that the edit replaces.
    """
    parts: list[str] = []
    starts: list[int] = []
    ends: list[int] = []
    done = 0
    for begin, end, new in edits:
        parts += (aligned.text[done:begin], new)
        starts += aligned.starts[done:begin]
        starts += [aligned.starts[begin]] * len(new)
        ends += aligned.ends[done:begin]
        ends += [aligned.ends[end - 1]] * len(new)
        done = end
    parts.append(aligned.text[done:])
    starts += aligned.starts[done:]
    ends += aligned.ends[done:]
    return Aligned("".join(parts), starts, ends)


def lower(
    aligned: Aligned, function: Callable[[str], str] = str.lower
) -> Aligned:
    """Applies `str.lower`, or a function that treats Σ differently.

    The whole text is lower-cased at once, because Σ becomes ς or σ depending on
    its context. No character becomes none, so if the length stays the same, the
    characters correspond one to one. Only İ becomes two.
    """
    lowered = function(aligned.text)
    if len(lowered) != len(aligned.text):
        dotted = re.finditer("\u0130", aligned.text)
        aligned = rewrite(aligned, ((*m.span(), "i\u0307") for m in dotted))
    return aligned._replace(text=lowered)


def characters_where(
    test: Callable[[str], bool], *, below: int = 0x110000
) -> str:
    """A class for regular expressions: all characters that pass a test."""
    ranges: list[list[int]] = []
    for code in ASSIGNED:
        if code >= below or not test(chr(code)):
            continue
        if ranges and ranges[-1][1] == code - 1:
            ranges[-1][1] = code
        else:
            ranges.append([code, code])
    return "".join(rf"\U{low:08x}-\U{high:08x}" for low, high in ranges)


def is_combining(char: str) -> bool:
    # This differs from category Mn: in Unicode 14, 1,063 Mn characters have
    # class 0 and stay, and 25 others have another class and are dropped.
    return unicodedata.combining(char) != 0


def joins_the_one_before(char: str) -> bool:
    """Whether a Unicode form may combine `char` with characters before it.

    If not, the form of a text is the form of the text before `char`, followed
    by the form of the rest.
    """
    first = unicodedata.normalize("NFKD", char)[0]
    return is_combining(first) or first in _second_halves()


@functools.cache
def _second_halves() -> frozenset[str]:
    """Characters that may be second in a canonical composition."""
    seconds = set()
    for code in ASSIGNED:
        halves = unicodedata.decomposition(chr(code)).split()
        if len(halves) == 2 and not halves[0].startswith("<"):
            seconds.add(chr(int(halves[1], 16)))
    # Hangul is composed by arithmetic: vowels and final consonants.
    seconds.update(map(chr, range(0x1161, 0x1176)))
    seconds.update(map(chr, range(0x11A8, 0x11C3)))
    return frozenset(seconds)


def canonical_pairs() -> Iterator[tuple[str, str]]:
    """Yields pairs of characters that may become one, except Hangul.

    A mark may be another character for it, such as U+0340 for U+0300.
    """
    same: dict[str, list[str]] = {}
    pairs = []
    for char in map(chr, ASSIGNED):
        parts = unicodedata.decomposition(char).split()
        if not parts or parts[0].startswith("<"):
            continue
        halves = [chr(int(part, 16)) for part in parts]
        if len(halves) == 2:
            pairs.append(tuple(halves))
        elif is_combining(char):
            same.setdefault(halves[0], []).append(char)
    for first, second in pairs:
        for mark in (second, *same.get(second, ())):
            yield first, mark


class _AlbertForms(dict[str, str]):
    """A cache of runs of non-ASCII characters and their forms.

    Prose repeats such runs: "é", "–", whole words in other alphabets.
    """

    def __missing__(self, run: str) -> str:
        # Marks are dropped before NFKD as well as after, because NFKD sorts
        # them by insertion, which takes 1 s for 40,000 alternating ones.
        form = _drop_marks(unicodedata.normalize("NFKD", _drop_marks(run)))
        if len(run) <= 16 and len(self) < 100_000:
            self[run] = form
        return form


_ALBERT_FORMS = _AlbertForms()
_NON_ASCII = re.compile(r"[^\x00-\x7f]+")


def _albert_form(match: re.Match[str]) -> str:
    return _ALBERT_FORMS[match[0]]


# In a class, Python looks characters up to U+FFFF up in a table, but tries
# ranges above that one by one, 8 times as slow on WikiText-2. So those are
# found first.
_ABOVE_FFFF = re.compile("[\U00010000-\U0010ffff]+")


def _drop_marks(text: str) -> str:
    """Drops combining characters, and those that NFKD turns into only such."""
    return _ABOVE_FFFF.sub(_drop_marks_above, _marks_to_ffff().sub("", text))


def _drop_marks_above(match: re.Match[str]) -> str:
    return "".join(char for char in match[0] if not is_combining(char))


def _vanishes(char: str) -> bool:
    return all(map(is_combining, unicodedata.normalize("NFKD", char)))


@functools.cache
def _marks_to_ffff() -> re.Pattern[str]:
    return re.compile(f"[{characters_where(_vanishes, below=0x10000)}]+")


# A single space inside the text stays as it is.
_SPACES_TO_EDIT = re.compile(r"\A\s+|\s{2,}|[^\S ]|\s\Z")


def _space_edits(text: str) -> Iterator[Edit]:
    for match in _SPACES_TO_EDIT.finditer(text):
        begin, end = match.span()
        outer = begin == 0 or end == len(text)
        yield begin, end, "" if outer else " "


def _quote_edits(text: str) -> Iterator[Edit]:
    return ((*m.span(), '"') for m in re.finditer("``|''", text))


def form_edits(text: str, form: Callable[[str], str]) -> Iterator[Edit]:
    """Yields an edit for each non-ASCII character, with its joiners."""
    # No joiner is ASCII, so all are in non-ASCII runs, which may join the one
    # character before. Trying all characters of English text takes far longer.
    for run in _NON_ASCII.finditer(text):
        begin, end = run.span()
        for match in _clusters().finditer(text, max(0, begin - 1), end):
            yield *match.span(), form(match.group())


@functools.cache
def _clusters() -> re.Pattern[str]:
    joiners = characters_where(joins_the_one_before)
    return re.compile(rf".[{joiners}]+|[^\x00-\x7f]", re.DOTALL)
