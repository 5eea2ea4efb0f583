"""Builds a record set on any Apache Beam runner.

Uses the same functions as `build`, in another order: Beam makes blocks and
sends records to their shards, and each shard is sorted in the memory of one
worker. The shards are identical to those of `build`.
"""

import logging
import os
import re
from collections.abc import Iterable
from collections.abc import Iterator
from typing import Any

import apache_beam as beam
from apache_beam.options import pipeline_options

from data_pipeline.corpora import blocks
from data_pipeline.corpora import text_config
from data_pipeline.corpora import text_faults
from data_pipeline.corpora import text_sources
from data_pipeline.io import folder_lock
from data_pipeline.io import outputs
from data_pipeline.pretraining.building import block_records
from data_pipeline.pretraining.building import build as local_build
from data_pipeline.pretraining.records import manifests
from data_pipeline.pretraining.records import part_table
from data_pipeline.pretraining.records import shard_files
from data_pipeline.pretraining.records import tfrecords

# Workers log their activity, and tracebacks of the errors that `build` raises.
for _name in ("worker", "portability"):
    logging.getLogger(f"apache_beam.runners.{_name}").setLevel(logging.CRITICAL)

# Beam's DirectRunner begins with a download that has no timeout, and falls back
# to this engine if the download fails.
_ENGINES = {"DirectRunner": "FnApiRunner"}

# Beam appends this to the message of an error.
_STEP = r" \[while running '[^']*'\]$"

# A record on its way to a shard: key, data, tokens of its row.
_Row = tuple[int, bytes, int]


def build(
    job: block_records.BuildJob,
    output_dir: str,
    runner: str,
    engine_options: list[str],
) -> manifests.Manifest:
    """Builds a record set, and waits until it is complete.

    Args:
        job: text, tokenizer and settings.
        output_dir: folder for the set, which every worker can reach.
        runner: name of a runner, as in Beam's --runner.
        engine_options: options of Beam, as --name=value.
    Raises:
        BlockingIOError: another process writes to the folder.
        FileExistsError: `output_dir` holds a record set.
        ValueError: no document yields a record.
    """
    with folder_lock.hold(output_dir, "building records"):
        return _build(job, output_dir, runner, engine_options)


def _build(
    job: block_records.BuildJob,
    output_dir: str,
    runner: str,
    engine_options: list[str],
) -> manifests.Manifest:
    outputs.refuse_to_overwrite(os.path.join(output_dir, manifests.FILE_NAME))
    options = pipeline_options.PipelineOptions(
        [f"--runner={_ENGINES.get(runner, runner)}", *engine_options]
    )
    # Before the manifest, which marks the set as complete.
    job.tokenizer().save(output_dir)
    try:
        with beam.Pipeline(options=options) as pipeline:
            _pipeline(pipeline, job, output_dir)
    except ValueError as error:  # raised in this process
        raise ValueError(re.sub(_STEP, "", str(error))) from None
    except RuntimeError as error:
        # The traceback of a worker process ends with its error.
        raised = re.findall(r"^ValueError: (.+)$", str(error), re.MULTILINE)
        if not raised:
            raise
        raise ValueError(raised[-1]) from None
    return manifests.read(output_dir)


def _pipeline(
    pipeline: beam.Pipeline, job: block_records.BuildJob, output_dir: str
) -> None:
    shards = job.config.num_shards
    made = (
        pipeline
        | "groups"
        >> beam.Create(list(enumerate(text_sources.groups(job.sources))))
        | "deal out groups" >> beam.Reshuffle()
        | "blocks" >> beam.FlatMap(_blocks, job.config)
        | "deal out blocks" >> beam.Reshuffle()
        | "records" >> beam.FlatMap(block_records.make, job)
    )
    counts = (
        made
        | beam.Map(lambda block: (block.counts, block.places))
        | beam.CombineGlobally(_add_counts)
    )
    # A shard is written even if it has no records.
    empty = pipeline | "shards" >> beam.Create(
        [(shard, None) for shard in range(shards)]
    )
    rows = (
        (made | "to shards" >> beam.FlatMap(_rows, shards), empty)
        | beam.Flatten()
        | beam.GroupByKey()
        | "write" >> beam.Map(_write_shard, output_dir, shards)
        | beam.combiners.ToList()
    )
    _ = (
        pipeline
        | beam.Create([None])
        | "manifest"
        >> beam.Map(
            _write_manifest,
            job,
            output_dir,
            beam.pvalue.AsSingleton(counts),
            beam.pvalue.AsSingleton(rows),
        )
    )


def _blocks(
    numbered: tuple[int, list[text_sources.TextSource]],
    config: text_config.TextConfig,
) -> Iterator[blocks.Block]:
    number, group = numbered
    for block, _ in blocks.cut(number, group, config):
        yield block


def _rows(
    made: block_records.BlockRecords, shards: int
) -> Iterator[tuple[int, _Row]]:
    for key, data, tokens in zip(
        made.keys.tolist(), made.data, made.tokens.tolist(), strict=True
    ):
        yield key % shards, (key, data, tokens)


def _add_counts(
    parts: Iterable[tuple[dict[str, int], list[str]]],
) -> tuple[dict[str, int], list[str]]:
    """Sums the counts, and keeps the first places of faults."""
    total = dict.fromkeys(block_records.COUNTS, 0)
    named: list[str] = []
    for counts, places in parts:
        total = {name: total[name] + counts[name] for name in total}
        named = sorted([*named, *places])[: text_faults.NAMED_PLACES]
    return total, named


def _write_shard(
    keyed: tuple[int, Iterable[_Row | None]], output_dir: str, shards: int
) -> dict[str, Any]:
    shard, rows = keyed
    path = shard_files.path(output_dir, shard, shards)
    in_order = sorted(row for row in rows if row is not None)
    return tfrecords.write_shard(
        path, ((data, tokens) for _, data, tokens in in_order)
    )


def _write_manifest(
    _: None,
    job: block_records.BuildJob,
    output_dir: str,
    counted: tuple[dict[str, int], list[str]],
    rows: list[dict[str, Any]],
) -> None:
    counts, places = counted
    local_build.check_counts(counts)
    text_faults.report(places, known=0)
    manifest = local_build.new_manifest(
        job,
        counts,
        sorted(rows, key=lambda row: row["name"]),
    )
    part_table.write(output_dir, manifest.shards, job.config.max_seq_length)
    manifests.write(output_dir, manifest)
