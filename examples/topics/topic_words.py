"""The words that name clusters: class-based TF-IDF.

Source: Grootendorst 2022, "BERTopic: Neural topic modeling with a class-based
TF-IDF procedure".
"""

import collections
import math
import re
from collections.abc import Iterable
from collections.abc import Sequence

from sklearn.feature_extraction import text as sklearn_text

Counts = collections.Counter[str]
# A word in fewer texts of a cluster names one of them, not the cluster.
_LEAST_TEXTS = 3

# Words of two letters at least; no English stop words.
_analyze = sklearn_text.CountVectorizer(
    stop_words="english", token_pattern=r"(?u)\b[^\W\d_]\w+\b"
).build_analyzer()


def words(text: str) -> list[str]:
    """The words of a text, without what follows an apostrophe."""
    return _analyze(re.sub(r"(?:n['’]t|['’]\w+)\b", " ", text))


def count(texts: Iterable[str], clusters: Sequence[int]) -> dict[int, Counts]:
    """In how many texts of each cluster, noise included, each word is."""
    found: dict[int, Counts] = collections.defaultdict(collections.Counter)
    for text, cluster in zip(texts, clusters, strict=True):
        found[int(cluster)].update(set(words(text)))
    return found


def names(counts: dict[int, Counts], most: int) -> dict[int, list[str]]:
    """The words that are frequent in a cluster and rare elsewhere, best first.

    The weight of a word is its share of the cluster's words, times
    log(1 + A / F): A is the mean number of words of a cluster, F the number of
    texts with the word.

    Args:
        counts: of words, by cluster.
        most: words of a name at most.
    """
    total: Counts = collections.Counter()
    for own in counts.values():
        total.update(own)
    average = total.total() / len(counts)
    found = {}
    for cluster, own in counts.items():
        weights = {
            word: number * math.log(1 + average / total[word])
            for word, number in own.items()
            if number >= _LEAST_TEXTS
        }
        ranked = sorted(weights, key=lambda word: (-weights[word], word))
        found[cluster] = ranked[:most]
    return found
