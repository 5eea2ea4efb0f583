"""What is known about the topics of a file."""

import argparse
import collections
import datetime
from typing import Any
from typing import NamedTuple

import headlines as headlines_lib
import numpy as np
import topic_clusters
import topic_trends
import topic_words

# Words of a name, and headlines that are shown of a topic and of the noise.
_WORDS, _SHOWN, _NOISE = 8, 4, 12
# Candidates for the headlines of a topic, because texts may be equal.
_CANDIDATES = 30
# Curves that are drawn.
_MOST_CHANGED = 12

Dated = tuple[datetime.date, str]


class Topics(NamedTuple):
    """The topics, the largest first.

    Attributes:
        source, model: names of the file and of the embedding model.
        clusters: int [N], the topic of each text, or topic_clusters.NOISE.
        trends, changes: of the topics over time.
        names: words of each topic, best first.
        examples: typical headlines of each topic.
        noise: some headlines in no topic.
        places: (numbers of some texts, their places on a map).
    """

    source: str
    model: str
    clusters: np.ndarray
    trends: topic_trends.Trends
    changes: list[topic_trends.Change]
    names: list[list[str]]
    examples: list[list[Dated]]
    noise: list[Dated]
    places: tuple[np.ndarray, np.ndarray]
    first: datetime.date
    last: datetime.date

    @property
    def total(self) -> int:
        return len(self.clusters)

    def title(self, topic: int, words: int = 3) -> str:
        return ", ".join(self.names[topic][:words]) or "(no words)"

    def most_changed(self) -> list[int]:
        """The topics whose shares changed most, by standard errors: from the
        one that rises most to the one that falls most."""
        by_size = sorted(
            range(len(self.changes)), key=lambda t: -abs(self.changes[t].errors)
        )
        return sorted(
            by_size[:_MOST_CHANGED], key=lambda t: -self.changes[t].errors
        )

    def as_json(self) -> dict[str, Any]:
        """Everything but the assignments, as JSON values."""
        return {
            "source": self.source,
            "model": self.model,
            "texts": self.total,
            "noise": int((self.clusters == topic_clusters.NOISE).sum()),
            "unit": self.trends.unit,
            "periods": [str(start) for start in self.trends.starts],
            "totals": self.trends.totals.tolist(),
            "topics": [
                {
                    "topic": topic,
                    "words": words,
                    "texts": int(self.trends.counts[topic].sum()),
                    "counts": self.trends.counts[topic].tolist(),
                    **self.changes[topic]._asdict(),
                    "headlines": [
                        {"date": str(day), "text": text}
                        for day, text in self.examples[topic]
                    ],
                }
                for topic, words in enumerate(self.names)
            ],
        }


def find(
    args: argparse.Namespace,
    embeddings: np.ndarray,
    days: list[datetime.date],
    model: str,
    source: str,
) -> Topics:
    """Finds the topics of a file, which is read once more for their words.

    Args:
        args: of the program.
        embeddings: float [N, D].
        days: of the N texts.
        model, source: names.
    """
    clusters, points = topic_clusters.find(
        embeddings,
        least=args.min_cluster_size,
        most_fitted=args.max_fitted,
        seed=args.random_seed,
    )
    nearest = [
        rows[:_CANDIDATES] for rows in topic_clusters.typical(points, clusters)
    ]
    noise = np.flatnonzero(clusters == topic_clusters.NOISE)
    generator = np.random.default_rng(args.random_seed)
    noise = np.sort(
        generator.choice(noise, min(_NOISE, len(noise)), replace=False)
    )
    kept: dict[int, Dated] = dict.fromkeys(noise.tolist())  # type: ignore
    for rows in nearest:
        kept.update(dict.fromkeys(rows.tolist()))  # type: ignore

    def texts():
        for number, row in enumerate(headlines_lib.read(args)):
            if number in kept:
                kept[number] = (row.date, row.shown)
            yield row.text

    counts = topic_words.count(texts(), clusters)
    names = topic_words.names(counts, _WORDS)
    trends = topic_trends.by_period(days, clusters, args.period)
    return Topics(
        source,
        model,
        clusters,
        trends,
        topic_trends.changes(trends),
        [names[topic] for topic in range(len(nearest))],
        [_different([kept[n] for n in rows.tolist()]) for rows in nearest],
        [kept[number] for number in noise.tolist()],
        topic_clusters.plane(points, clusters, args.random_seed),
        min(days),
        max(days),
    )


def _different(rows: list[Dated]) -> list[Dated]:
    """The first headlines with different texts, in the order of time."""
    found = collections.OrderedDict[str, Dated]()
    for row in rows:
        found.setdefault(row[1].lower(), row)
    return sorted(list(found.values())[:_SHOWN])
