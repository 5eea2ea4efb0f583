"""Reads documents of sentences from blocks of bytes."""

import collections
import dataclasses
from collections.abc import Iterator

from absl import logging

from data_pipeline.corpora import blocks
from data_pipeline.corpora import readers
from data_pipeline.corpora import text_config
from data_pipeline.corpora import text_faults
from data_pipeline.corpora import text_sources


@dataclasses.dataclass(frozen=True)
class Document:
    """A text, with its name, and its sentences in order."""

    name: str
    sentences: list[str]


def read(config: text_config.TextConfig) -> Iterator[Document]:
    """Yields the documents of a text in order, a few megabytes at a time.

    Raises:
        FileNotFoundError: no file matches.
        ValueError: a file has faults, and the config says to stop.
    """
    counts: collections.Counter[str] = collections.Counter()
    groups = text_sources.groups(text_sources.list_sources(config))
    for number, group in enumerate(groups):
        for block, _ in blocks.cut(number, group, config):
            found, faults = parse(block, config)
            text_faults.report(faults.places, counts.total())
            counts.update(faults.counts)
            yield from found
    if counts.total():
        logging.warning(
            "%s in all.",
            ", ".join(f"{counts[kind]:,} {kind}" for kind in text_faults.KINDS),
        )


def parse(
    block: blocks.Block, config: text_config.TextConfig
) -> tuple[list[Document], text_faults.Faults]:
    """The documents of a block that have at least one sentence.

    Returns:
        The documents, and the faults that were replaced or left out as
        `config.invalid_utf8` and `config.on_bad_document` say.
    Raises:
        ValueError: there is a fault, and the config says to stop.
    """
    faults = text_faults.Faults(config)
    documents = [
        Document(name, sentences)
        for piece in block.pieces
        for name, sentences in readers.read(piece, config, faults)
        if sentences
    ]
    return documents, faults
