"""Finds texts that are nearly the same, in bounded memory.

Texts are compared without case, punctuation and repeated spaces. The similarity
of two texts is that of their sets of SHINGLE successive characters: the number
that they share divided by the number in either one (Jaccard). Candidates are
found by MinHash signatures in bands: Andrei Broder, "On the resemblance and
containment of documents", 1997.
"""

import re
from collections import defaultdict
from collections.abc import Iterable
from collections.abc import Iterator
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

SHINGLE = 5
# From this similarity on, texts are nearly the same.
NEAR = 0.8
# The first characters, which are all that is compared.
MAX_CHARACTERS = 2000

# Two texts with a similarity of 0.8 agree in one of 12 bands of 4 hashes with
# a probability of 0.998, two with 0.5 with 0.54.
_BANDS, _HASHES = 12, 4
_BLOCK = 2000
# Of more texts that share a band, the others are found only if they are equal.
_MAX_ALIKE = 50
_SEED = 0


class Match(NamedTuple):
    """The most similar text that was found.

    Attributes:
        text: number of the text that it was found for.
        other: number of the similar one.
        similarity: from NEAR to 1; 1 for equal texts.
    """

    text: int
    other: int
    similarity: float


def normalized(text: str) -> str:
    """The text without case, punctuation and repeated spaces."""
    words = re.sub(r"[\W_]+", " ", text[:MAX_CHARACTERS].casefold())
    return words.strip() or text[:MAX_CHARACTERS].strip()


def matches(texts: Sequence[str], others: Iterable[str]) -> list[Match]:
    """For each text with a near-duplicate among others, the most similar one.

    Args:
        texts: kept in memory.
        others: read in blocks, of which only matches are kept.
    """
    own = [normalized(text) for text in texts]
    exact: dict[str, list[int]] = defaultdict(list)
    for number, text in enumerate(own):
        exact[text].append(number)
    tables = _tables(own)
    best: dict[int, Match] = {}
    start = 0
    for block in _blocks(others):
        found = [normalized(text) for text in block]
        for number, other, similarity in _pairs(own, exact, tables, found):
            known = best.get(number)
            if known is None or similarity > known.similarity:
                best[number] = Match(number, start + other, similarity)
        start += len(block)
    return [best[number] for number in sorted(best)]


def _pairs(
    own: list[str],
    exact: dict[str, list[int]],
    tables: list[dict[int, list[int]]],
    found: list[str],
) -> Iterator[tuple[int, int, float]]:
    for other, text in enumerate(found):
        for number in exact.get(text, ()):
            yield number, other, 1.0
    candidates = {
        (number, other)
        for band, table in zip(_signatures(found), tables, strict=True)
        for other, value in enumerate(band.tolist())
        for number in table.get(value, ())
    }
    for number, other in sorted(candidates):
        similarity = _similarity(own[number], found[other])
        if similarity >= NEAR:
            yield number, other, similarity


def _similarity(first: str, second: str) -> float:
    short, long = sorted((len(first), len(second)))
    if short < NEAR / 2 * long:
        return 0.0
    sets = [
        {text[n : n + SHINGLE] for n in range(len(text) - SHINGLE + 1)}
        for text in (first, second)
    ]
    return len(sets[0] & sets[1]) / max(len(sets[0] | sets[1]), 1)


def _tables(texts: list[str]) -> list[dict[int, list[int]]]:
    """For each band, the numbers of the texts by the hash of their band."""
    tables: list[dict[int, list[int]]] = [
        defaultdict(list) for _ in range(_BANDS)
    ]
    for start in range(0, len(texts), _BLOCK):
        block = texts[start : start + _BLOCK]
        for table, band in zip(tables, _signatures(block), strict=True):
            for number, value in enumerate(band.tolist(), start):
                alike = table[value]
                if len(texts[number]) >= SHINGLE and len(alike) < _MAX_ALIKE:
                    alike.append(number)
    return [dict(table) for table in tables]


def _signatures(texts: list[str]) -> np.ndarray:
    """The hashes of bands, uint64 [_BANDS, N]."""
    # Padding keeps windows from reaching into the next text.
    joined = "".join(text + "\0" * SHINGLE for text in texts)
    codes = np.frombuffer(
        joined.encode("utf-32-le", "surrogatepass"), np.uint32
    ).astype(np.uint64)
    random = np.random.default_rng(_SEED)
    window = np.zeros(len(codes) - SHINGLE + 1, np.uint64)
    for place in range(SHINGLE):
        window *= np.uint64(0x9E3779B97F4A7C15)
        window += codes[place : place + len(window)]
    lengths = np.array([len(text) for text in texts])
    starts = np.cumsum([0, *(lengths[:-1] + SHINGLE)])
    is_whole = np.zeros(len(window), bool)
    for start, length in zip(starts, lengths, strict=True):
        is_whole[start : start + max(length - SHINGLE + 1, 1)] = True
    places = np.cumsum(is_whole)[starts] - 1
    window = _mixed(window[is_whole])
    bands = np.zeros([_BANDS, len(texts)], np.uint64)
    for band in range(_BANDS):
        for _ in range(_HASHES):
            salt = random.integers(1, 2**63, dtype=np.uint64) | np.uint64(1)
            least = np.minimum.reduceat(_mixed(window ^ salt), places)
            bands[band] = _mixed(bands[band] * np.uint64(31) + least)
    return bands


def _mixed(values: np.ndarray) -> np.ndarray:
    """Hashes of hashes: the last steps of SplitMix64."""
    values = values ^ (values >> np.uint64(30))
    values = values * np.uint64(0xBF58476D1CE4E5B9)
    return values ^ (values >> np.uint64(27))


def _blocks(texts: Iterable[str]) -> Iterator[list[str]]:
    block = []
    for text in texts:
        block.append(text)
        if len(block) == _BLOCK:
            yield block
            block = []
    if block:
        yield block
