"""Builds a record set with processes on this machine.

First, the records of every block are spilled to a file, and many such files are
merged to a large one; then every shard gathers its records from all files. Each
task is a pure function of its input that writes files completely or not at all.
So a build that was killed resumes with the missing files, and records do not
depend on the number of workers.
"""

import dataclasses
import functools
import hashlib
import json
import os
from collections.abc import Callable
from collections.abc import Iterable
from collections.abc import Sequence
from typing import Any

from absl import logging

from data_pipeline.io import files
from data_pipeline.io import folder_lock
from data_pipeline.io import json_file
from data_pipeline.io import progress
from data_pipeline.io import workers
from data_pipeline.pretraining.building import block_records
from data_pipeline.pretraining.building import build_folder
from data_pipeline.pretraining.building import records_config
from data_pipeline.pretraining.building import spilling
from data_pipeline.pretraining.building import spills
from data_pipeline.pretraining.records import manifests
from data_pipeline.pretraining.records import part_table
from data_pipeline.pretraining.records import shard_files
from data_pipeline.pretraining.records import tfrecords


def build(
    job: block_records.BuildJob, output_dir: str, num_workers: int = 1
) -> manifests.Manifest:
    """Builds a record set, or the missing part of one.

    The same text, tokenizer and settings give the same bytes.

    Args:
        job: text, tokenizer and settings.
        output_dir: folder of the set.
        num_workers: number of processes; 1 means this one.
    Raises:
        BlockingIOError: another process writes to the folder.
        FileExistsError: `output_dir` holds another record set, or part of
            one.
        ValueError: no document yields a record, or the text changed.
    """
    with folder_lock.hold(output_dir, "building records"):
        return _build(job, output_dir, num_workers)


def _build(
    job: block_records.BuildJob, output_dir: str, num_workers: int
) -> manifests.Manifest:
    begun = new_manifest(job, {}, [])
    made = build_folder.made_before(output_dir, begun)
    whole = []
    if made is not None:
        whole = [
            row for row in made.shards if shard_files.is_whole(output_dir, row)
        ]
        if whole == made.shards:
            logging.info("%s is complete; nothing to do.", output_dir)
            part_table.write(output_dir, whole, job.config.max_seq_length)
            build_folder.clean_up(
                output_dir
            )  # the build may have been killed before that
            return made
    work = os.path.join(output_dir, build_folder.UNFINISHED)
    build_folder.claim(work, begun)
    with workers.pool(num_workers) as run:
        made_of, counts = _spill(job, work, run)
        rows = _gather(job, output_dir, work, made_of, whole, run)
    if made is not None and rows != made.shards:
        raise ValueError(
            "A record set must be rebuilt from the text that it was made from. "
            f"Received: text that gives other records than {output_dir} "
            "holds. Make the records again in another folder."
        )
    job.tokenizer().save(output_dir)
    manifest = dataclasses.replace(begun, counts=counts, shards=rows)
    part_table.write(output_dir, rows, job.config.max_seq_length)
    manifests.write(output_dir, manifest)
    build_folder.clean_up(output_dir)
    return manifest


def new_manifest(
    job: block_records.BuildJob,
    counts: dict[str, int],
    shards: list[dict[str, Any]],
) -> manifests.Manifest:
    """A manifest; it names inputs without their folders, which may move."""
    tokenizer = job.tokenizer()
    inputs = [
        (os.path.basename(s.name), s.subsplit, s.size) for s in job.sources
    ]
    return manifests.Manifest(
        settings=records_config.recorded(job.config),
        tokenizer=tokenizer.fingerprint,
        vocab_size=tokenizer.vocab_size,
        inputs={
            "files": len(job.sources),
            "bytes": sum(source.size for source in job.sources),
            "text_field": job.config.text_field,
            "sha256": hashlib.sha256(json.dumps(inputs).encode()).hexdigest(),
        },
        counts=counts,
        shards=shards,
    )


def check_counts(counts: dict[str, int]) -> None:
    """Raises ValueError if there are no records."""
    if not counts["records"]:
        raise ValueError(
            "The text must hold at least one token. "
            f"Received: {counts['documents']} documents with "
            f"{counts['tokens']} tokens, and {counts['bad_documents']} bad "
            "documents that were left out. Check that the input is not empty, "
            "and that its format is that of --input_format."
        )


def _spill(
    job: block_records.BuildJob, work: str, run: Callable[..., Iterable[Any]]
) -> tuple[list[spills.Spill], dict[str, int]]:
    """Makes the spills that are missing; returns all, and total counts."""
    made = spilling.spill(job, os.path.join(work, "blocks"), run)
    counts = {
        key: sum(spill.counts[key] for spill in made.values())
        for key in block_records.COUNTS
    }
    if not counts["records"]:
        files.remove_folder(work)
    check_counts(counts)
    return list(made.values()), counts


def _gather(
    job: block_records.BuildJob,
    output_dir: str,
    work: str,
    made_of: Sequence[spills.Spill],
    whole: Sequence[dict[str, Any]],
    run: Callable[..., Iterable[Any]],
) -> list[dict[str, Any]]:
    """Writes the missing shards; returns the rows of the manifest."""
    shards = job.config.num_shards
    # Notes about shards that were gathered from exactly these blocks.
    passes = sorted(name for spill in made_of for name in spill.passes)
    digest = hashlib.blake2b("\n".join(passes).encode(), digest_size=12)
    notes = os.path.join(work, digest.hexdigest())
    files.make_folder(notes)
    sources = sorted(spill.file for spill in made_of)
    task = functools.partial(
        _gather_shard, output_dir, work, notes, sources, shards
    )
    made = {row["name"] for row in whole}
    missing = [
        shard
        for shard in range(shards)
        if os.path.basename(shard_files.path("", shard, shards)) not in made
    ]
    rows = progress.watch(run(task, missing), "shards", len(missing))
    return sorted([*whole, *rows], key=lambda row: row["name"])


def _noted(note: str) -> dict[str, Any] | None:
    """The note about a shard; None if it is missing or cannot be read."""
    if not files.exists(note):
        return None
    try:
        row = json_file.read_object(note)
    except ValueError as error:
        logging.warning("%s The shard is built again.", error)
        return None
    return row if manifests.is_shard(row) else None


def _gather_shard(
    output_dir: str,
    work: str,
    notes: str,
    sources: Sequence[str],
    shards: int,
    shard: int,
) -> dict[str, Any]:
    """Writes a shard if it is missing; returns its manifest row."""
    path = shard_files.path(output_dir, shard, shards)
    note = os.path.join(notes, os.path.basename(path) + ".json")
    row = _noted(note)
    if row is not None and shard_files.is_whole(output_dir, row):
        return row
    records = spills.read_shard(
        os.path.join(work, "blocks"), sources, shard, shards
    )
    row = tfrecords.write_shard(path, records)
    files.write(note, json.dumps(row).encode())
    return row
