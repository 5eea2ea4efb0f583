"""Where text comes from: files of several formats, or a TFDS data set."""

import dataclasses
import functools
import itertools
import os
import re
from collections.abc import Iterator

import sentencex
from absl import flags
from absl import logging

from data_pipeline import command_line
from data_pipeline import files
from data_pipeline.pretraining.corpora import streams
from data_pipeline.pretraining.corpora import tfds_source

FORMATS = ("auto", "sentences", "prose", "jsonl", "wikipedia")
INVALID_UTF8 = ("error", "replace", "skip")

# Bytes on disk of one unit of reading: enough that its start costs nothing,
# few enough to deal out. Small files share one.
_GROUP_BYTES = 64 << 20
_SNIFF_BYTES = 64 << 10
_COMPRESSION = (".gz", ".bz2", ".xz", ".zst")

_FLAGS = flags.FLAGS


@dataclasses.dataclass(frozen=True)
class TextInput:
    """Which text to read, and how.

    patterns: comma-separated paths or globs; cloud paths work.
    input_format: one of FORMATS:
        sentences: one sentence a line, an empty line ends a document, as
            google-research/albert takes it;
        prose: a file is a document; its paragraphs are split into sentences;
        jsonl: a line is an object whose `text_field` is a document of prose;
        wikipedia: a `pages-articles` dump;
        auto: by the name (.xml, .jsonl), or else by a look at the text.
    text_field: of JSON lines, and of TFDS examples.
    invalid_utf8: what to do about bytes that are not UTF-8: error; replace
        them by U+FFFD; or skip the line, article or JSON line they are in.
    tfds: instead of files, a data set of tensorflow_datasets, such as
        wikipedia/20230601.en; tfds_split and tfds_data_dir as there.
    """

    patterns: str = ""
    input_format: str = "auto"
    text_field: str = "text"
    invalid_utf8: str = "error"
    tfds: str = ""
    tfds_split: str = "train"
    tfds_data_dir: str | None = None


@dataclasses.dataclass(frozen=True)
class Source:
    """A file, or one of `parts` even parts of a TFDS split.

    size: bytes, of the file or roughly of the part.
    """

    name: str
    format: str
    size: int
    part: int = 0
    parts: int = 1


@functools.cache
def list_sources(text_input: TextInput) -> list[Source]:
    """The sources of a text, in an order that depends on their names only.

    Raises:
        FileNotFoundError: nothing matches.
        ImportError: TFDS is asked for and not installed.
        ValueError: neither or both of files and TFDS are named.
    """
    if bool(text_input.patterns) == bool(text_input.tfds):
        raise ValueError(
            "Text comes from --input_file or from --tfds, one of the two. "
            f"Received: {text_input.patterns!r} and {text_input.tfds!r}."
        )
    if text_input.tfds:
        name = f"{text_input.tfds}/{text_input.tfds_split}"
        size = tfds_source.size(
            text_input.tfds, text_input.tfds_split, text_input.tfds_data_dir
        )
        parts = max(1, size // _GROUP_BYTES)
        return [
            Source(name, "tfds", size // parts, part, parts)
            for part in range(parts)
        ]
    paths = command_line.matching_files(
        text_input.patterns, "Input files", "Check the path, and quote globs."
    )
    formats = [_format(path, text_input.input_format) for path in paths]
    if text_input.input_format == "auto":
        for kind in sorted(set(formats)):
            example = paths[formats.index(kind)]
            logging.info(
                "%d of %d files taken as --input_format=%s, such as %s.",
                formats.count(kind),
                len(paths),
                kind,
                example,
            )
    return [
        Source(path, kind, files.size(path))
        for path, kind in zip(paths, formats, strict=True)
    ]


def groups(sources: list[Source]) -> Iterator[list[Source]]:
    """Deals consecutive sources to units of reading of about 64 MB."""
    group: list[Source] = []
    for source in sources:
        if group and sum(s.size for s in group) + source.size > _GROUP_BYTES:
            yield group
            group = []
        group.append(source)
    if group:
        yield group


def _format(path: str, asked: str) -> str:
    if asked != "auto":
        return asked
    name = os.path.basename(path)
    # Parts of a dump are named ...articles1.xml-p1p41242.bz2.
    if ".xml" in name:
        return "wikipedia"
    while name.endswith(_COMPRESSION):
        name = os.path.splitext(name)[0]
    if name.endswith((".jsonl", ".ndjson")):
        return "jsonl"
    start = b"".join(
        chunk for chunk, _ in itertools.islice(streams.chunks(path), 1)
    )
    return sniff(start[:_SNIFF_BYTES].decode("utf-8-sig", "replace"))


def sniff(text: str) -> str:
    """Whether lines are sentences, or parts of prose.

    Prose shows in lines that hold several sentences, or in sentences that run
    on over several lines (text wrapped at some width). An eighth of the lines
    decides: 44 novels all had more (0.19 to 0.76 of their first 64 KB), and
    lists of sentences have hardly any.
    """
    # The last line may be cut off.
    lines = [line.strip() for line in text.split("\n")[:-1]]
    filled = [line for line in lines if line]
    if not filled:
        return "sentences"
    several = sum(len(list(sentencex.segment("en", x))) > 1 for x in filled)
    runs_on = sum(
        bool(re.search(r"[\w,]$", line) and re.match(r"[a-z]", following))
        for line, following in itertools.pairwise(lines)
    )
    is_prose = max(several, runs_on) > len(filled) / 8
    return "prose" if is_prose else "sentences"


def define_flags() -> None:
    """The flags of every command that reads text."""
    flags.DEFINE_string(
        "input_file", "", "Text files: comma-separated paths or globs."
    )
    flags.DEFINE_enum(
        "input_format",
        "auto",
        FORMATS,
        "sentences: one a line, an empty line ends a document. prose: a file "
        "is a document. jsonl: a line is a document, see --text_field. "
        "wikipedia: a pages-articles dump. auto: by the name, or else by a "
        "look at the text. Files may be compressed (gzip, bzip2, xz, zstd).",
    )
    flags.DEFINE_string(
        "text_field", "text", "Field of JSON lines or TFDS examples to read."
    )
    flags.DEFINE_enum(
        "invalid_utf8",
        "error",
        INVALID_UTF8,
        "Bytes that are not UTF-8: stop and name the place; replace them by "
        "U+FFFD; or skip the line (of a dump, the article).",
    )
    flags.DEFINE_string(
        "tfds", "", "TFDS data set instead of files: wikipedia/20230601.en."
    )
    flags.DEFINE_string("tfds_split", "train", "Split of --tfds.")
    flags.DEFINE_string(
        "tfds_data_dir", None, "Where TFDS keeps its data sets."
    )


def from_flags() -> TextInput:
    return TextInput(
        patterns=_FLAGS.input_file,
        input_format=_FLAGS.input_format,
        text_field=_FLAGS.text_field,
        invalid_utf8=_FLAGS.invalid_utf8,
        tfds=_FLAGS.tfds,
        tfds_split=_FLAGS.tfds_split,
        tfds_data_dir=_FLAGS.tfds_data_dir,
    )
