"""Builds pretraining records from text, as a RecordsConfig says."""

import itertools
import os
import types
from collections.abc import Mapping
from typing import NamedTuple

from absl import logging

from data_pipeline.corpora import blocks
from data_pipeline.corpora import documents
from data_pipeline.corpora import text_sources
from data_pipeline.pretraining.building import block_records
from data_pipeline.pretraining.building import build
from data_pipeline.pretraining.building import records_config
from data_pipeline.pretraining.records import manifests
from data_pipeline.vocabulary import lost_characters

# Sentences to check for lost characters before the work begins.
_SAMPLE_SENTENCES = 1000


class RecordsResult(NamedTuple):
    """Records that were built.

    Attributes:
        output_dir: their folder.
        files: the paths of the record files, in order.
        counts: number of documents, sentences, tokens, records, and of faults
            in the text, by name.
    """

    output_dir: str
    files: tuple[str, ...]
    counts: Mapping[str, int]


def build_records(config: records_config.RecordsConfig) -> RecordsResult:
    """Builds records, or completes a build that was stopped.

    The same text, vocabulary and settings give the same bytes, whatever the
    number of processes.

    Raises:
        BlockingIOError: another process writes to the folder.
        FileExistsError: the folder holds records of other settings.
        FileNotFoundError: there is no such text, or no such vocabulary.
        ImportError: `runner` is given and Apache Beam is not installed.
        ValueError: the text is invalid or holds no token.
    """
    job = block_records.new_job(config)
    _warn_of_loss(job)
    if config.runner:
        manifest = _beam_build().build(
            job,
            config.output_dir,
            config.runner,
            list(config.engine_options),
        )
    else:
        workers = config.num_workers or os.cpu_count() or 1
        manifest = build.build(job, config.output_dir, workers)
    logging.info(
        "%s holds %s.",
        config.output_dir,
        ", ".join(
            f"{count:,} {name}" for name, count in manifest.counts.items()
        ),
    )
    return _result(config.output_dir, manifest)


def _result(folder: str, manifest: manifests.Manifest) -> RecordsResult:
    files = tuple(os.path.join(folder, row["name"]) for row in manifest.shards)
    return RecordsResult(folder, files, manifest.counts)


def _beam_build() -> types.ModuleType:
    try:
        from data_pipeline.pretraining.building import beam_build
    except ImportError:
        raise ImportError(
            "Apache Beam must be installed for --runner. Install it with: "
            "pip install 'albert_tf[beam]'"
        ) from None
    return beam_build


def _warn_of_loss(job: block_records.BuildJob) -> None:
    group = next(text_sources.groups(job.sources))
    for block, _ in itertools.islice(blocks.cut(0, group, job.config), 1):
        found, _ = documents.parse(block, job.config)
        sentences = (line for document in found for line in document.sentences)
        lost_characters.warn(
            job.tokenizer(), itertools.islice(sentences, _SAMPLE_SENTENCES)
        )
