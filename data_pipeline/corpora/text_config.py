"""The settings for text, which every command that reads text shares."""

import dataclasses

from data_pipeline import config
from data_pipeline.config import setting

FORMATS = (
    "auto",
    "sentences",
    "prose",
    "jsonl",
    "json",
    "wikiextractor",
    "wikipedia",
)
INVALID_UTF8 = ("error", "replace", "skip")
ON_BAD_DOCUMENT = ("stop", "skip")


@dataclasses.dataclass(frozen=True, kw_only=True)
class TextConfig(config.Config):
    """Which text to read, and how: files of many formats, or a TFDS data set.

    Example:
        >>> from data_pipeline.corpora import text_config
        >>> text_config.TextConfig(input_file="books/*.txt").input_format
        'auto'
    """

    input_file: str = setting(
        "",
        "Text files: comma-separated paths, folders or globs.",
        section="Text",
    )
    input_format: str = setting(
        "auto",
        "Format of the files. sentences: one sentence per line, with an empty"
        " line after each document. prose: each file is a document. jsonl: "
        "each line is an object with a document in --text_field. json: such "
        "objects in an array, or spread over several lines. wikiextractor: "
        "articles between <doc ...> and </doc>. wikipedia: a pages-articles "
        "dump. auto: detected from the text. Files may be compressed (gzip, "
        "bzip2, xz, zstd).",
        section="Text",
        choices=FORMATS,
    )
    text_field: str = setting(
        "text",
        "Field to read in JSON objects or TFDS examples.",
        section="Text",
    )
    invalid_utf8: str = setting(
        "error",
        "What to do about bytes that are not UTF-8, and lone surrogates in "
        "JSON. error: stop and name the place. replace: put U+FFFD in their "
        "place. skip: leave out the line, article or JSON object that "
        "contains them.",
        section="Text",
        choices=INVALID_UTF8,
    )
    on_bad_document: str = setting(
        "stop",
        "What to do about malformed documents, such as a JSON line that is "
        "broken or has no text, or an article without an end. stop: end and "
        "name the place. skip: leave them out and count them.",
        section="Text",
        choices=ON_BAD_DOCUMENT,
    )
    tfds: str = setting(
        "",
        "TFDS data set to read instead of files, such as "
        "wikipedia/20230601.en.",
        section="Text",
    )
    tfds_split: str = setting(
        "train",
        "Split of the --tfds data set.",
        section="Text",
    )
    tfds_data_dir: str | None = setting(
        None,
        "Folder where TFDS keeps data sets.",
        section="Text",
    )
