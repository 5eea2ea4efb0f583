"""Sources of text: files of several formats, or a TFDS data set."""

import dataclasses
import os
from collections.abc import Iterable
from collections.abc import Iterator

from absl import logging

from data_pipeline.corpora import text_config
from data_pipeline.corpora.formats import detection
from data_pipeline.corpora.formats import tfds_source
from data_pipeline.io import files
from data_pipeline.io import globs

# Bytes on disk of a unit of reading: so many that its start-up is negligible,
# so few that the work can be shared. Small files share a unit.
_GROUP_BYTES = 64 << 20


@dataclasses.dataclass(frozen=True)
class TextSource:
    """A file, or one of several even subsplits of a TFDS split.

    Attributes:
        name: path of the file, or name of data set and split.
        format: one of `text_config.FORMATS` except "auto", or "tfds".
        size: bytes of the file, or approximately of the subsplit.
        subsplit: number of the subsplit.
        num_subsplits: number of subsplits of the split.
    """

    name: str
    format: str
    size: int
    subsplit: int = 0
    num_subsplits: int = 1


def list_sources(config: text_config.TextConfig) -> list[TextSource]:
    """The sources of a text, in an order that depends on their names only.

    Raises:
        FileNotFoundError: no file matches.
        ImportError: `tfds` is given and TFDS is not installed.
        ValueError: both files and a TFDS data set are named, or neither.
    """
    if bool(config.input_file) == bool(config.tfds):
        raise ValueError(
            "Text must come from either --input_file or --tfds. Received: "
            f"{config.input_file!r} and {config.tfds!r}. Give one of them."
        )
    if config.tfds:
        name = f"{config.tfds}/{config.tfds_split}"
        size = tfds_source.size(
            config.tfds, config.tfds_split, config.tfds_data_dir
        )
        count = max(1, size // _GROUP_BYTES)
        return [
            TextSource(name, "tfds", size // count, subsplit, count)
            for subsplit in range(count)
        ]
    matched = globs.matching_files(
        config.input_file, "Input files", "Check the path, and quote globs."
    )
    paths = [path for found in matched for path in _files_under(found)]
    if not paths:
        raise FileNotFoundError(
            "A folder of text must hold files. Received: "
            f"{config.input_file!r}, which holds none. Name another folder."
        )
    formats = [detection.find(path, config.input_format) for path in paths]
    if config.input_format == "auto":
        for kind in sorted(set(formats)):
            example = paths[formats.index(kind)]
            logging.info(
                "%d of %d files are read as --input_format=%s, such as %s.",
                formats.count(kind),
                len(paths),
                kind,
                example,
            )
    return [
        TextSource(path, kind, files.size(path))
        for path, kind in zip(paths, formats, strict=True)
    ]


def _files_under(path: str) -> list[str]:
    """The path of a file, or all files under a folder, sorted.

    Names that begin with a dot or an underscore are left out, such as
    _SUCCESS.
    """
    if not files.is_folder(path):
        return [path]
    return [
        found
        for name in files.names(path)
        if not name.startswith((".", "_"))
        for found in _files_under(os.path.join(path, name))
    ]


def groups(sources: Iterable[TextSource]) -> Iterator[list[TextSource]]:
    """Groups consecutive sources into units of reading of about 64 MB."""
    group: list[TextSource] = []
    for source in sources:
        if group and sum(s.size for s in group) + source.size > _GROUP_BYTES:
            yield group
            group = []
        group.append(source)
    if group:
        yield group
