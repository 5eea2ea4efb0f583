"""Hard negatives: texts that rank high for a query and are no positives.

Source: Moreira et al. 2024, "NV-Retriever: Improving text embedding models with
effective hard-negative mining" (a negative's score must stay below a part of
the positive's).
"""

import re
import unicodedata
from collections.abc import Iterable
from collections.abc import Sequence
from typing import NamedTuple


class Candidate(NamedTuple):
    """A document that was found for a query.

    Attributes:
        text: what it says.
        cosine: with the query; None if there are no embeddings.
    """

    text: str
    cosine: float | None


class Limits(NamedTuple):
    """Which documents of a ranking become negatives.

    Attributes:
        most: how many of them.
        first, last: ranks between which they lie, from 1.
        largest: the largest cosine, as a part of the positive's.
    """

    most: int
    first: int
    last: int
    largest: float


def negatives(
    candidates: Iterable[Candidate],
    query: str,
    positives: Sequence[str],
    positive_cosine: float | None,
    limits: Limits,
) -> list[str]:
    """The first texts of a ranking that are negatives of a query.

    Texts equal to the query, to a positive or to an earlier one are left out;
    `normalized` says which are equal.

    Args:
        candidates: the ranking, the best first.
        query: the query.
        positives: all texts that are known to answer it.
        positive_cosine: of the query and the positive that the negatives are
            for; None if there are no embeddings.
        limits: which candidates may be taken.
    """
    seen = {normalized(text) for text in (query, *positives)}
    found: list[str] = []
    for rank, candidate in enumerate(candidates, start=1):
        if rank > limits.last or len(found) == limits.most:
            break
        key = normalized(candidate.text)
        if rank < limits.first or key in seen:
            continue
        if (
            candidate.cosine is not None
            and positive_cosine is not None
            and candidate.cosine > limits.largest * positive_cosine
        ):
            continue
        seen.add(key)
        found.append(candidate.text)
    return found


def normalized(text: str) -> str:
    """A text's words alone: without case, accents of width, punctuation and
    spaces, so that copies of a text are equal."""
    folded = unicodedata.normalize("NFKC", text).casefold()
    return " ".join(re.findall(r"\w+", folded))
