"""Baselines for opinions, and how right opinions are."""

import collections
import re
from collections.abc import Sequence
from typing import NamedTuple

import opinion_data
import sklearn.metrics

Found = Sequence[Sequence[opinion_data.Aspect]]


class Scores(NamedTuple):
    """Scores from 0 to 1.

    Attributes:
        terms: F1 of aspect terms, whose first and last character must be right.
        accuracy, macro_f1: of the polarities of the right terms of the data.
        both: F1 of terms together with their polarities.
    """

    terms: float
    accuracy: float
    macro_f1: float
    both: float


def scores(
    reviews: Sequence[opinion_data.Review],
    found: Found,
    polarities: Sequence[str],
) -> Scores:
    """Scores opinions.

    Args:
        reviews: the texts, with the right opinions.
        found: the opinions on each text.
        polarities: the polarity found for each aspect of the reviews, in order.
    """
    gold = [aspect.polarity for r in reviews for aspect in r.aspects]
    right = [review.aspects for review in reviews]
    return Scores(
        _f1(
            [[a[:2] for a in own] for own in right],
            [[a[:2] for a in own] for own in found],
        ),
        float(sklearn.metrics.accuracy_score(gold, polarities)),
        float(
            sklearn.metrics.f1_score(
                gold, polarities, average="macro", zero_division=0
            )
        ),
        _f1(right, found),
    )


def majority(reviews: Sequence[opinion_data.Review]) -> str:
    """The most frequent polarity."""
    counts = collections.Counter(a.polarity for r in reviews for a in r.aspects)
    return min(counts, key=lambda polarity: (-counts[polarity], polarity))


def frequent_terms(reviews: Sequence[opinion_data.Review]) -> list[str]:
    """The terms, in lower case, that are aspects in at least half of the places
    where they occur; the longest first."""
    counts = collections.Counter(
        review.term(aspect).lower()
        for review in reviews
        for aspect in review.aspects
    )
    words = collections.Counter(
        gram
        for review in reviews
        for gram in _grams(review.text.lower(), counts)
    )
    found = [term for term, n in counts.items() if 2 * n >= words[term]]
    return sorted(found, key=lambda term: (-len(term), term))


def by_frequency(
    texts: Sequence[str], terms: Sequence[str], polarity: str
) -> list[list[opinion_data.Aspect]]:
    """Marks all places of the given terms, each with the same polarity."""
    pattern = re.compile(
        rf"(?<!\w)(?:{'|'.join(map(re.escape, terms))})(?!\w)", re.IGNORECASE
    )
    return [
        [
            opinion_data.Aspect(*match.span(), polarity)
            for match in pattern.finditer(text)
        ]
        for text in texts
    ]


def _grams(text: str, terms: collections.Counter[str]) -> list[str]:
    """The places of terms in a text, of every length in words."""
    words = [match.span() for match in re.finditer(r"\S+", text)]
    longest = max((len(term.split()) for term in terms), default=1)
    found = []
    for first, (start, _) in enumerate(words):
        for _, end in words[first : first + longest]:
            gram = text[start:end].strip(".,;:!?()\"'")
            if gram in terms:
                found.append(gram)
    return found


def _f1(gold: Sequence[Sequence], found: Sequence[Sequence]) -> float:
    pairs = list(zip(map(set, gold), map(set, found), strict=True))
    hits = sum(len(own & other) for own, other in pairs)
    total = sum(len(own) + len(other) for own, other in pairs)
    return 2 * hits / total if total else 0.0
