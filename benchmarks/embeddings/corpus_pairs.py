"""Pairs from plain text, and from a collection in BEIR's layout: its documents,
without judgments, and the judged queries of its training split.

Source: Lee et al. 2019, "Latent Retrieval for Weakly Supervised Open Domain
Question Answering" (the inverse cloze task).
"""

import random
from collections.abc import Iterator

from benchmarks.embeddings import pair_sources
from benchmarks.embeddings import rankings

_DRAWS = 6
_DROPPED = 0.25  # share of words left out of a noisy copy
_WORDS = (4, 30)  # of sentences that are copied
_LONGEST = 600  # characters of a document; rows are cut anyway


def of_documents(folder: str, seed: int = 0) -> Iterator[tuple[str, str]]:
    """Noisy titles with titles and documents; sentences with the rest of
    their document."""
    draw = random.Random(seed)
    for row in rankings.documents(folder):
        title, text = row["title"], row["text"]
        parts = pair_sources.sentences(text)
        for _ in range(_DRAWS if len(parts) > 2 else 0):
            place = draw.randrange(len(parts))
            rest = parts[:place] + parts[place + 1 :]
            start = draw.randrange(len(rest))
            found = " ".join(rest[start:] + rest[:start])
            yield noisy(parts[place], draw), found[:_LONGEST]
        if title:
            for _ in range(2):
                yield noisy(title, draw), title
                yield noisy(title, draw), f"{title} {text}"[:_LONGEST]
            yield title, text[:_LONGEST]


def of_judgments(folder: str, split: str) -> Iterator[tuple[str, str]]:
    """Queries with the documents that are relevant to them."""
    collection = rankings.read(folder, split)
    texts = dict(
        zip(collection.document_ids, collection.documents, strict=True)
    )
    queries = dict(zip(collection.query_ids, collection.queries, strict=True))
    for judgment in collection.judgments:
        if judgment.relevance > 0 and judgment.doc_id in texts:
            text = texts[judgment.doc_id]
            yield queries[judgment.query_id], text[:_LONGEST]


def copies(path: str, count: str, seed: int = 0) -> Iterator[tuple[str, str]]:
    """Two noisy copies of lines of plain text, drawn at random."""
    draw = random.Random(seed)
    least, most = _WORDS
    with open(path, encoding="utf-8") as file:
        lines = [
            line.strip() for line in file if least <= len(line.split()) <= most
        ]
    for line in draw.sample(lines, min(int(count), len(lines))):
        yield noisy(line, draw, 0.15), noisy(line, draw, 0.4)


def noisy(text: str, draw: random.Random, dropped: float = _DROPPED) -> str:
    """The text without a share of its words, drawn at random."""
    words = text.split()
    kept = [word for word in words if draw.random() >= dropped]
    return " ".join(kept or words[:1])
