"""Where text comes from: files of several formats, or a TFDS data set."""

import dataclasses
import functools
import os
from collections.abc import Iterator

from absl import flags
from absl import logging

from data_pipeline.commands import command_help
from data_pipeline.corpora import formats as formats_lib
from data_pipeline.corpora import tfds_source
from data_pipeline.io import files
from data_pipeline.io import globs

INVALID_UTF8 = ("error", "replace", "skip")
ON_BAD_DOCUMENT = ("stop", "skip")

# Bytes on disk of one unit of reading: enough that its start costs nothing,
# few enough to deal out. Small files share one.
_GROUP_BYTES = 64 << 20

_FLAGS = flags.FLAGS


@dataclasses.dataclass(frozen=True)
class TextInput:
    """Which text to read, and how.

    patterns: comma-separated paths, folders or globs; cloud paths work.
    input_format: one of formats.FORMATS:
        sentences: one sentence a line, an empty line ends a document, as
            google-research/albert takes it;
        prose: a file is a document; its paragraphs are split into sentences;
        jsonl: a line is an object whose `text_field` is a document of prose;
        json: such objects in an array, or over several lines;
        wikiextractor: articles between <doc ...> and </doc>;
        wikipedia: a `pages-articles` dump;
        auto: by a look at the text.
    text_field: of JSON, and of TFDS examples.
    invalid_utf8: what to do about bytes that are not UTF-8, and about lone
        surrogates in JSON: error; replace them by U+FFFD; or skip the line,
        article or JSON object they are in.
    on_bad_document: what to do about a document that is not what it should
        be, such as a JSON line without a text: stop, or skip it.
    tfds: instead of files, a data set of tensorflow_datasets, such as
        wikipedia/20230601.en; tfds_split and tfds_data_dir as there.
    """

    patterns: str = ""
    input_format: str = "auto"
    text_field: str = "text"
    invalid_utf8: str = "error"
    on_bad_document: str = "stop"
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
            "Text must come from --input_file or from --tfds, one of the two. "
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
    matched = globs.matching_files(
        text_input.patterns, "Input files", "Check the path, and quote globs."
    )
    paths = [path for found in matched for path in _files_under(found)]
    if not paths:
        raise FileNotFoundError(
            "A folder of text must hold files. Received: "
            f"{text_input.patterns!r}, which holds none."
        )
    formats = [
        formats_lib.find(path, text_input.input_format) for path in paths
    ]
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


def _files_under(path: str) -> list[str]:
    """The path of a file, or all in a folder and its folders, sorted.

    What begins with a dot or an underscore is left out, such as _SUCCESS.
    """
    if not files.is_folder(path):
        return [path]
    return [
        found
        for name in files.names(path)
        if not name.startswith((".", "_"))
        for found in _files_under(os.path.join(path, name))
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


def define_flags() -> None:
    """The flags of every command that reads text."""
    command_help.section("Text")
    flags.DEFINE_string(
        "input_file",
        "",
        "Text files: comma-separated paths, folders or globs.",
    )
    flags.DEFINE_enum(
        "input_format",
        "auto",
        formats_lib.FORMATS,
        "Format of the files. sentences: one sentence per line, with an empty "
        "line after each document. prose: each file is a document. jsonl: each "
        "line is an object with a document in --text_field. json: such objects "
        "in an array, or spread over several lines. wikiextractor: articles "
        "between <doc ...> and </doc>. wikipedia: a pages-articles dump. auto: "
        "detected from the text. Files may be compressed (gzip, bzip2, xz, "
        "zstd).",
    )
    flags.DEFINE_string(
        "text_field", "text", "Field to read in JSON objects or TFDS examples."
    )
    flags.DEFINE_enum(
        "invalid_utf8",
        "error",
        INVALID_UTF8,
        "What to do about bytes that are not UTF-8, and lone surrogates in "
        "JSON. error: stop and name the place. replace: put U+FFFD in their "
        "place. skip: leave out the line, article or JSON object that contains "
        "them.",
    )
    flags.DEFINE_enum(
        "on_bad_document",
        "stop",
        ON_BAD_DOCUMENT,
        "What to do about malformed documents, such as a JSON line that is "
        "broken or has no text, or an article without an end. stop: end and "
        "name the place. skip: leave them out and count them.",
    )
    flags.DEFINE_string(
        "tfds",
        "",
        "TFDS data set to read instead of files: wikipedia/20230601.en, say.",
    )
    flags.DEFINE_string("tfds_split", "train", "Split of the --tfds data set.")
    flags.DEFINE_string("tfds_data_dir", None, "Folder of the TFDS data sets.")


def from_flags() -> TextInput:
    return TextInput(
        patterns=_FLAGS.input_file,
        input_format=_FLAGS.input_format,
        text_field=_FLAGS.text_field,
        invalid_utf8=_FLAGS.invalid_utf8,
        on_bad_document=_FLAGS.on_bad_document,
        tfds=_FLAGS.tfds,
        tfds_split=_FLAGS.tfds_split,
        tfds_data_dir=_FLAGS.tfds_data_dir,
    )
