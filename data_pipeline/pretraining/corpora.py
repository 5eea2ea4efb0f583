r"""Readers: files of text to documents of sentences.

Also a command that writes a corpus as plain text, one sentence a line and an
empty line after each document, which every other command reads:

    python -m data_pipeline.pretraining.corpora \
        --input_file=enwiki-latest-pages-articles.xml.bz2 --output_dir=corpus \
        --heldout_fraction=0.1
"""

import bz2
import dataclasses
import os
import re
import zlib
from collections.abc import Iterable
from collections.abc import Iterator

import sentencex
import tensorflow as tf
from absl import flags
from absl import logging
from tqdm import auto as tqdm

from data_pipeline import command_line
from data_pipeline.pretraining import wikipedia

FORMATS = ("auto", "sentences", "prose", "wikipedia")

_FLAGS = flags.FLAGS


@dataclasses.dataclass(frozen=True)
class Document:
    """One text: a name to tell it by, and its sentences in order."""

    name: str
    sentences: list[str]


def read(patterns: str, input_format: str = "auto") -> Iterator[Document]:
    """Reads the documents of all files that match, one at a time.

    Args:
        patterns: comma-separated paths or globs; cloud paths work.
        input_format: one of FORMATS:
            sentences: one sentence a line, an empty line ends a document, as
                google-research/albert takes it;
            prose: a file is a document; its paragraphs are split into
                sentences;
            wikipedia: a `pages-articles` dump, .xml or .xml.bz2;
            auto: wikipedia where the name holds .xml, otherwise sentences.
    Raises:
        FileNotFoundError: nothing matches.
        ValueError: bytes that are not UTF-8.
    """
    for path in command_line.matching_files(
        patterns, "Input files", "Check the path, and quote globs."
    ):
        kind = input_format
        if kind == "auto":
            # Parts of a dump are named ...articles1.xml-p1p41242.bz2.
            is_dump = ".xml" in os.path.basename(path)
            kind = "wikipedia" if is_dump else "sentences"
        yield from _READERS[kind](path)


def split_sentences(paragraphs: Iterable[str]) -> list[str]:
    return [
        sentence.strip()
        for paragraph in paragraphs
        for sentence in sentencex.segment("en", paragraph)
        if sentence.strip()
    ]


def is_heldout(name: str, fraction: float) -> bool:
    """Sorts a document by its name alone, so that a larger dump or another
    order of files holds out the same ones."""
    return zlib.crc32(name.encode()) < fraction * 2**32


def _read_sentences(path: str) -> Iterator[Document]:
    lines: list[str] = []
    number = 0
    for line in [*_lines(path), ""]:
        if line:
            lines.append(line)
        elif lines:
            yield Document(f"{os.path.basename(path)}:{number}", lines)
            lines, number = [], number + 1


def _read_prose(path: str) -> Iterator[Document]:
    paragraphs = re.split(r"\n\s*\n", "\n".join(_lines(path)))
    joined = (" ".join(paragraph.split()) for paragraph in paragraphs)
    sentences = split_sentences(joined)
    if sentences:
        yield Document(os.path.basename(path), sentences)


def _read_wikipedia(path: str) -> Iterator[Document]:
    with tf.io.gfile.GFile(path, "rb") as file:
        stream = bz2.BZ2File(file) if path.endswith(".bz2") else file
        for title, paragraphs in wikipedia.articles(stream):
            sentences = split_sentences(paragraphs)
            if sentences:
                yield Document(title, sentences)


def _lines(path: str) -> Iterator[str]:
    with tf.io.gfile.GFile(path, "rb") as file:
        for number, line in enumerate(file, start=1):
            try:
                yield line.decode().strip()
            except UnicodeDecodeError as error:
                raise ValueError(
                    "Text must be UTF-8. Received: "
                    f"{path}, line {number}: {error}. Convert the file, for "
                    "example with iconv."
                ) from None


_READERS = {
    "sentences": _read_sentences,
    "prose": _read_prose,
    "wikipedia": _read_wikipedia,
}


def write_corpus(
    documents: Iterable[Document], output_dir: str, heldout_fraction: float
) -> dict[str, dict[str, int]]:
    """Writes train.txt and heldout.txt; returns the counts of each.

    Raises:
        FileExistsError: one of them is there already.
        ValueError: there is no document.
    """
    names = ["train", "heldout"] if heldout_fraction else ["train"]
    paths = {name: os.path.join(output_dir, f"{name}.txt") for name in names}
    for path in paths.values():
        command_line.refuse_to_overwrite(path)
    tf.io.gfile.makedirs(output_dir)
    counts = {
        name: {"documents": 0, "sentences": 0, "characters": 0}
        for name in names
    }
    files = {
        name: tf.io.gfile.GFile(path + ".tmp", "w")
        for name, path in paths.items()
    }
    for document in documents:
        heldout = is_heldout(document.name, heldout_fraction)
        name = "heldout" if heldout else "train"
        files[name].write("\n".join(document.sentences) + "\n\n")
        counts[name]["documents"] += 1
        counts[name]["sentences"] += len(document.sentences)
        counts[name]["characters"] += sum(map(len, document.sentences))
    for name in names:
        files[name].close()
        if not counts[name]["documents"]:
            raise ValueError(
                f"The {name} part must hold a document. Received: "
                f"{sum(c['documents'] for c in counts.values())} documents in "
                f"all with --heldout_fraction={heldout_fraction}. Give more "
                "text or another fraction."
            )
    for path in paths.values():
        tf.io.gfile.rename(path + ".tmp", path)
    return counts


def main(argv: list[str]) -> None:
    command_line.no_arguments(argv)
    documents = tqdm.tqdm(
        read(_FLAGS.input_file, _FLAGS.input_format), unit=" documents"
    )
    counts = write_corpus(documents, _FLAGS.output_dir, _FLAGS.heldout_fraction)
    for name, count in counts.items():
        logging.info("%s: %s", name, count)


def define_input_flags() -> None:
    """--input_file and --input_format, of every command that reads text."""
    flags.DEFINE_string(
        "input_file", None, "Text files: comma-separated paths or globs."
    )
    flags.DEFINE_enum(
        "input_format",
        "auto",
        FORMATS,
        "sentences: one a line, an empty line ends a document. prose: a file "
        "is a document. wikipedia: a pages-articles dump. auto: wikipedia "
        "where the name holds .xml, otherwise sentences.",
    )
    flags.mark_flag_as_required("input_file")


if __name__ == "__main__":
    define_input_flags()
    flags.DEFINE_string(
        "output_dir", None, "Where train.txt and heldout.txt go."
    )
    flags.DEFINE_float(
        "heldout_fraction",
        0.0,
        "Share of the documents that goes to heldout.txt for evaluation.",
        lower_bound=0.0,
        upper_bound=0.9,
    )
    flags.mark_flag_as_required("output_dir")
    command_line.run(main)
