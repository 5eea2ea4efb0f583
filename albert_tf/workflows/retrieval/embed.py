"""albert_tf.embed: a file of texts to a file of embeddings."""

import contextlib
import itertools
import os
from collections.abc import Iterable
from collections.abc import Iterator
from typing import Any
from typing import NamedTuple

from absl import logging

from albert_tf.hub import names
from albert_tf.retrieval import documents as documents_lib
from albert_tf.workflows.answering import embedder as embedder_lib
from albert_tf.workflows.common import named_models
from albert_tf.workflows.configs.retrieval import embed as embed_config
from albert_tf.workflows.retrieval import documents
from albert_tf.workflows.retrieval.stored import embedding_files
from data_pipeline.io import files
from data_pipeline.io import folder_lock
from data_pipeline.io import progress

# Texts of a part, and bytes of them: what a killed run does again.
_TEXTS = 8192
_BYTES = 1 << 24


class EmbedResult(NamedTuple):
    """A file of embeddings.

    Attributes:
        output: the file that was written.
        described: the content of the .json file beside it: model, fingerprint,
            count, size and others.
    """

    output: str
    described: dict[str, Any]


def embed(config: embed_config.EmbedConfig) -> EmbedResult:
    """Writes the embeddings of a file's texts, in their order.

    The texts are read part by part, so that memory does not grow with their
    number. If the process is killed, the same call goes on after the last
    complete part, and writes the same bytes.

    Args:
        config: the model, the file and the output.
    Returns:
        The file that was written, and its description.
    Raises:
        FileExistsError: the output exists.
        ValueError: a row has no text, or what was begun had other settings.

    Example:
        >>> config = albert_tf.EmbedConfig(
        ...     checkpoint="run", file="faq.csv", output="faq.npy"
        ... )
        >>> albert_tf.embed(config).described["count"]  # doctest: +SKIP
        120
    """
    embedding_files.check_output(config.output)
    if not files.exists(config.file):
        raise FileNotFoundError(
            f"A data file must exist. Received: {config.file!r}. Check the "
            "path; a relative path starts in the working directory."
        )
    config = named_models.fetched(config)
    embedder = embedder_lib.embedder(config.checkpoint, which=config.which)
    described = {
        "model": names.name_of(config.checkpoint),
        "fingerprint": embedder.fingerprint,
        "documents": config.file,
        "prompt": config.prompt,
        "dims": config.dims,
        "normalize": config.normalize,
    }
    settings = {
        **described,
        "precision": config.precision,
        "batch_size": config.batch_size,
        "columns": {
            name: getattr(config, name)
            for name in (
                "text_column",
                "id_column",
                "title_column",
                "header",
                "delimiter",
                "encoding",
                "on_bad_row",
            )
        },
        "documents_changed": _changed(config.file),
    }
    unfinished = config.output + embedding_files.UNFINISHED
    with folder_lock.hold(unfinished, "embedding"):
        parts = embedding_files.Parts(config.output, settings)
        if parts.are_joined:  # killed while it removed the parts
            described = parts.read_description()
        else:
            _write_parts(config, embedder, parts)
            described = parts.join(described)
        parts.remove()
    return EmbedResult(config.output, described)


def _write_parts(
    config: embed_config.EmbedConfig,
    embedder: embedder_lib.Embedder,
    parts: embedding_files.Parts,
) -> None:
    if parts.count:
        logging.info(
            "%s: resuming after %s texts.", config.output, f"{parts.count:,}"
        )
    found = itertools.islice(
        documents.read(config.file, config), parts.count, None
    )
    with contextlib.ExitStack() as stack:
        bar = stack.enter_context(progress.Progress("texts"))
        for part in _groups(found):
            embeddings = embedder.encode(
                [document.content for document in part],
                batch_size=config.batch_size,
                normalize=config.normalize,
                progress=False,
                prompt=config.prompt,
                dims=config.dims,
            )
            parts.add(
                [document.id for document in part],
                embeddings.astype(config.precision),
            )
            bar.update(len(part))


def _groups(
    found: Iterable[documents_lib.Document],
) -> Iterator[list[documents_lib.Document]]:
    """Consecutive documents that are held at once."""
    group: list[documents_lib.Document] = []
    size = 0
    for document in found:
        group.append(document)
        size += len(document.text)
        if len(group) == _TEXTS or size > _BYTES:
            yield group
            group, size = [], 0
    if group:
        yield group


def _changed(path: str) -> list[Any]:
    """The sizes of a file, or of those in a folder, and when they were
    written."""
    paths = [path]
    if files.is_folder(path):
        paths = [os.path.join(path, name) for name in files.names(path)]
    return [
        [os.path.basename(each), files.size(each), files.changed(each)]
        for each in paths
        if not files.is_folder(each)
    ]
