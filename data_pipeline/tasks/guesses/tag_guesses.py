"""The baseline of tags: the most frequent tag of each word."""

import time
from collections.abc import Iterator

from data_pipeline.tasks import splits
from data_pipeline.tasks.guesses import guess
from data_pipeline.tasks.tags import tag_scores


def of(
    split: splits.Split, train: splits.Split | None
) -> Iterator[guess.Guess]:
    """Each word's most frequent tag, as in `guess.Guesses`."""
    start = time.monotonic()
    rows = guess.rows_of(split)
    count = None
    if train is None:
        name = "each word's most frequent tag in other sentences"
        predicted = tag_scores.usual_tags([(e.words, e.tags) for e in rows])
    else:
        name = "each word's most frequent tag in training"
        known = guess.rows_of(train)
        count = len(known)
        predicted = tag_scores.learned_tags(
            [(e.words, e.tags) for e in known], [e.words for e in rows]
        )
    seconds = time.monotonic() - start
    yield guess.Guess(name, "usual tags", predicted, count, seconds)
