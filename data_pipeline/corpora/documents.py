"""Blocks of bytes to documents of sentences."""

import collections
import dataclasses
from collections.abc import Iterator

from absl import logging

from data_pipeline.corpora import blocks
from data_pipeline.corpora import faults as faults_lib
from data_pipeline.corpora import readers
from data_pipeline.corpora import sources


@dataclasses.dataclass(frozen=True)
class Document:
    """One text: a name to tell it by, and its sentences in order."""

    name: str
    sentences: list[str]


def read(text_input: sources.TextInput) -> Iterator[Document]:
    """Reads the documents of a text in order, a few megabytes at a time.

    Raises:
        FileNotFoundError: nothing matches.
        ValueError: a file that is not what it should be.
    """
    counts: collections.Counter[str] = collections.Counter()
    groups = sources.groups(sources.list_sources(text_input))
    for number, group in enumerate(groups):
        for block, _ in blocks.cut(number, group, text_input):
            found, faults = parse(block, text_input)
            faults_lib.report(faults.places, counts.total())
            counts.update(faults.counts)
            yield from found
    if counts.total():
        logging.warning(
            "%s in all.",
            ", ".join(f"{counts[kind]:,} {kind}" for kind in faults_lib.KINDS),
        )


def parse(
    block: blocks.Block, text_input: sources.TextInput
) -> tuple[list[Document], faults_lib.Faults]:
    """The documents of a block that hold a sentence.

    Returns:
        The documents, and what was wrong and so replaced or left out, as
        `text_input.invalid_utf8` and `on_bad_document` say.
    Raises:
        ValueError: something is wrong, and they say to stop.
    """
    faults = faults_lib.Faults(text_input)
    documents = [
        Document(name, sentences)
        for piece in block.pieces
        for name, sentences in readers.read(piece, text_input, faults)
        if sentences
    ]
    return documents, faults
