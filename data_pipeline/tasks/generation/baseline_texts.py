"""Texts that take no model: the text itself, its lead, and a usual one."""

import collections
import re
from collections.abc import Iterator

from data_pipeline.tasks import splits
from data_pipeline.tasks.generation import target_features
from data_pipeline.tasks.guesses import guess

# A sentence with its end.
_SENTENCE = re.compile(r"\s*(.*?[.!?。！？](?=\s|$|[^\x00-\x7f]))", re.DOTALL)
# The share of texts that must have several sentences for the first to count.
_SEVERAL = 0.5


def of(
    split: splits.Split, train: splits.Split | None
) -> Iterator[guess.Guess]:
    """The text itself, its first sentence, and the most frequent text to write
    of the training rows; see `guess.Guesses`."""
    yield guess.Guess("the text itself", "copy", copies(split), None)
    leads = [lead(text) for text in copies(split)]
    several = sum(
        own != text.strip()
        for own, text in zip(leads, copies(split), strict=True)
    )
    if several >= _SEVERAL * len(leads):
        yield guess.Guess("the first sentence of the text", "lead", leads, None)
    if train is None:
        return
    known = target_features.examples_of(train)
    counts = collections.Counter(
        text for example in known for text in example.references or ()
    )
    text, _ = counts.most_common(1)[0]
    yield guess.Guess(
        "the most frequent text to write",
        "majority",
        [text] * len(leads),
        len(known),
    )


def copies(split: splits.Split) -> list[str]:
    """The texts to read."""
    return [example.text for example in target_features.examples_of(split)]


def lead(text: str) -> str:
    """The first sentence of a text: up to a mark that ends it.

    >>> lead("One. Two.")
    'One.'
    """
    found = _SENTENCE.match(text)
    return found[1] if found else text.strip()
