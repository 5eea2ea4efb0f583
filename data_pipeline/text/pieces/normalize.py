"""ALBERT's text normalization, plain and with character offsets.

The order is ALBERT's and it matters:

1. leading and trailing white space goes, every inner run becomes one space
   (`str.split`, so also U+3000 and U+001C..U+001F);
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

# What step 3 does, by profile:
#   albert  NFKD, then every character whose canonical combining class is not
#           0 is dropped. Made for English: が becomes か, Thai loses its tones.
#   nfkc    NFKC; accents and all scripts survive.
#   none    nothing. Steps 1 and 4 are the same in all three.
PROFILES = ("albert", "nfkc", "none")


# Every code point that a text can hold and Unicode says anything about. Planes
# 4 to 13 are empty, 15 and 16 are for private use, surrogates are no text.
ASSIGNED = (
    *range(0xD800),
    *range(0xE000, 0x40000),
    *range(0xE0000, 0xE1000),
)


class Aligned(NamedTuple):
    """A text and where each of its characters came from.

    text[i] came from original[starts[i]:ends[i]], in Unicode code points.
    Neighbours may share a source ("ﬁ" gives "f" and "i") and a source may
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
        # No white space but U+0020 is printable. In clean text this look takes
        # a third of the time of splitting it into words.
        if "  " in text or not text.isprintable():
            text = " ".join(text.split())
        if self.rewrite_quotes:
            text = text.replace("``", '"').replace("''", '"')
        text = self.form(text)
        return text.lower() if self.lower_case else text

    def with_offsets(self, text: str) -> Aligned:
        """Same text as `__call__`, with offsets, in time linear in `text`.

            "Ａ  ﬁn"  ->  text    a  _  f  i  n      (_ is a space)
                          starts  0  1  3  3  4
                          ends    1  3  4  4  5

        A combining mark belongs to the character before it, also where it is
        dropped, so the spans cut no letter from its accent.
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
        # ASCII stays as it is, and the form of a text is that of its characters
        # put together: NFKD reorders only what is dropped.
        return _NON_ASCII.sub(_albert_form, text)


def rewrite(aligned: Aligned, edits: Iterable[Edit]) -> Aligned:
    """Applies edits, which are in order and do not overlap.

    Every character of a replacement spans all that its edit replaced.
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
    """`str.lower` or one that treats Σ in another way, aligned.

    The whole text is lowered at once, because Σ becomes ς or σ by what stands
    around it. No character lowers to nothing, so where the length is the same
    the characters correspond one to one; only İ lowers to two.
    """
    lowered = function(aligned.text)
    if len(lowered) != len(aligned.text):
        dotted = re.finditer("\u0130", aligned.text)
        aligned = rewrite(aligned, ((*m.span(), "i\u0307") for m in dotted))
    return aligned._replace(text=lowered)


def characters_where(
    test: Callable[[str], bool], *, below: int = 0x110000
) -> str:
    """The members of a regular expression class: all c < below with test(c)."""
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
    # Not the same as category Mn: in Unicode 14, 1,063 Mn characters have
    # class 0 and stay, 25 others have another class and go.
    return unicodedata.combining(char) != 0


def joins_the_one_before(char: str) -> bool:
    """Whether a Unicode form may change `char` with what stands before it.

    If not, the form of a text is the form of what stands before `char` and
    the form of the rest, put together.
    """
    first = unicodedata.normalize("NFKD", char)[0]
    return is_combining(first) or first in _second_halves()


@functools.cache
def _second_halves() -> frozenset[str]:
    """Characters that a canonical composition may append to another one."""
    seconds = set()
    for code in ASSIGNED:
        halves = unicodedata.decomposition(chr(code)).split()
        if len(halves) == 2 and not halves[0].startswith("<"):
            seconds.add(chr(int(halves[1], 16)))
    # Hangul composes by arithmetic, not by table: vowels and final consonants.
    seconds.update(map(chr, range(0x1161, 0x1176)))
    seconds.update(map(chr, range(0x11A8, 0x11C3)))
    return frozenset(seconds)


def canonical_pairs() -> Iterator[tuple[str, str]]:
    """Two characters each that may become one, Hangul aside.

    Also with other characters for a mark, such as U+0340 for U+0300.
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
    """Runs of non-ASCII characters and their forms, kept for the next text.

    Prose repeats its runs: "é", " – ", whole words of other alphabets.
    """

    def __missing__(self, run: str) -> str:
        # Marks go before NFKD as well as after, because NFKD sorts them by
        # insertion: 1 s for 40,000 that alternate.
        form = _drop_marks(unicodedata.normalize("NFKD", _drop_marks(run)))
        if len(run) <= 16 and len(self) < 100_000:
            self[run] = form
        return form


_ALBERT_FORMS = _AlbertForms()
_NON_ASCII = re.compile(r"[^\x00-\x7f]+")


def _albert_form(match: re.Match[str]) -> str:
    return _ALBERT_FORMS[match[0]]


# Python looks characters up to U+FFFF up in a table, but tries the ranges above
# one by one: 8 times as slow on WikiText-2. So those are found first.
_ABOVE_FFFF = re.compile("[\U00010000-\U0010ffff]+")


def _drop_marks(text: str) -> str:
    """Drops combining characters, and what NFKD makes only such of."""
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
    """One edit per non-ASCII character and per character with its joiners."""
    # No joiner is ASCII, so all of them are in such runs, one character before
    # included; trying every character of an English text takes far longer.
    for run in _NON_ASCII.finditer(text):
        begin, end = run.span()
        for match in _clusters().finditer(text, max(0, begin - 1), end):
            yield *match.span(), form(match.group())


@functools.cache
def _clusters() -> re.Pattern[str]:
    joiners = characters_where(joins_the_one_before)
    return re.compile(rf".[{joiners}]+|[^\x00-\x7f]", re.DOTALL)
