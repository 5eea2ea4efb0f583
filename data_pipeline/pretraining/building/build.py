"""Builds a record set with processes on this machine.

First, the records of every block are spilled to a file; then every shard
gathers its own from all files. Both steps are pure functions of the input that
write one file, completely or not at all. So a build that was killed resumes
with the missing files, and the number of workers makes no difference.
"""

import dataclasses
import functools
import hashlib
import json
import os
import re
from collections.abc import Iterator
from typing import Any

from absl import logging

from data_pipeline.corpora import blocks
from data_pipeline.corpora import text_faults
from data_pipeline.corpora import text_sources
from data_pipeline.io import files
from data_pipeline.io import folder_lock
from data_pipeline.io import json_file
from data_pipeline.io import progress
from data_pipeline.io import workers
from data_pipeline.pretraining.building import block_records
from data_pipeline.pretraining.building import records_config
from data_pipeline.pretraining.building import spills
from data_pipeline.pretraining.records import manifests
from data_pipeline.pretraining.records import shard_files
from data_pipeline.pretraining.records import tfrecords

# Folder beside the shards for the files of an incomplete build.
_UNFINISHED = "unfinished"
# Settings for faults of a text, which change no record of a text without any.
_ABOUT_FAULTS = ("invalid_utf8", "on_bad_document")


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
        BlockingIOError: another process writes there.
        FileExistsError: `output_dir` holds another record set, or the
            beginning of one.
        ValueError: no document yields a record, or the text changed.
    """
    with folder_lock.hold(output_dir, "building records"):
        return _build(job, output_dir, num_workers)


def _build(
    job: block_records.BuildJob, output_dir: str, num_workers: int
) -> manifests.Manifest:
    begun = new_manifest(job, {}, [])
    made = _made_before(output_dir, begun)
    whole = []
    if made is not None:
        whole = [
            row for row in made.shards if shard_files.is_whole(output_dir, row)
        ]
        if whole == made.shards:
            logging.info("%s is complete; nothing to do.", output_dir)
            _clean_up(output_dir)  # in case it was killed just before
            return made
    work = os.path.join(output_dir, _UNFINISHED)
    _claim(work, begun)
    with workers.pool(num_workers) as run:
        names, counts = _spill(job, work, run)
        rows = _gather(job, output_dir, work, names, whole, run)
    if made is not None and rows != made.shards:
        raise ValueError(
            "A record set must be rebuilt from the text that it was made of. "
            f"Received: text that gives other records than {output_dir} "
            "holds. Make the records anew in another folder."
        )
    job.tokenizer().save(output_dir)
    manifest = dataclasses.replace(begun, counts=counts, shards=rows)
    manifests.write(output_dir, manifest)
    _clean_up(output_dir)
    return manifest


def new_manifest(
    job: block_records.BuildJob,
    counts: dict[str, int],
    shards: list[dict[str, Any]],
) -> manifests.Manifest:
    """A manifest, with names of inputs without folders, which may move."""
    tokenizer = job.tokenizer()
    inputs = [(os.path.basename(s.name), s.part, s.size) for s in job.sources]
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
            "documents that were left out. Is the input file empty, or in "
            "another format than --input_format says?"
        )


def _made_before(
    output_dir: str, begun: manifests.Manifest
) -> manifests.Manifest | None:
    """The manifest of a complete set made in the same way, if any."""
    path = os.path.join(output_dir, manifests.FILE_NAME)
    if not files.exists(path):
        return None
    made = manifests.read(output_dir)
    _check_same(made, begun, path)
    return made


def _check_same(made, asked, path: str, but: tuple[str, ...] = ()) -> None:
    # Older sets have no such setting; a bad document stopped the build.
    settings = {"on_bad_document": "stop", **made.settings}
    differing = [
        f"{name} {mine!r} instead of {theirs!r}"
        for name, theirs, mine in [
            *(
                (key, settings.get(key), asked.settings.get(key))
                for key in sorted({*settings, *asked.settings} - {*but})
            ),
            ("tokenizer", made.tokenizer, asked.tokenizer),
            ("input", made.inputs, asked.inputs),
        ]
        if theirs != mine
    ]
    if differing:
        raise FileExistsError(
            "Records of other settings must not be overwritten. Received: "
            f"{path}, which was made with other settings: "
            f"{'; '.join(differing)}. Remove the folder or name another."
        )


def _claim(work: str, begun: manifests.Manifest) -> None:
    """Notes the settings of the build, or checks that they are the same."""
    if others := _others(work):
        raise FileExistsError(
            f"{work} must be left to the builder, which removes it when the "
            f"records are complete. Received: one with {others[0]!r:.60} in "
            "it. Move that away, or name another folder."
        )
    if files.exists(os.path.join(work, manifests.FILE_NAME)):
        # After an error about a fault, the setting for faults may change.
        _check_same(manifests.read(work), begun, work, _ABOUT_FAULTS)
        logging.info("Going on with what %s holds.", work)
    files.make_folder(work)
    manifests.write(work, begun)
    files.make_folder(os.path.join(work, "blocks"))


def _clean_up(output_dir: str) -> None:
    work = os.path.join(output_dir, _UNFINISHED)
    if not _others(work):
        files.remove_folder(work)
    files.remove_unfinished(output_dir)


def _others(work: str) -> list[str]:
    """Names in the folder that do not belong to a build."""
    ours = re.compile(
        rf"blocks|[0-9a-f]{{24}}|{re.escape(manifests.FILE_NAME)}"
    )
    return [
        name
        for name in files.names(work)
        if not (ours.fullmatch(name) or files.is_unfinished(name))
    ]


def _spill(job, work, run) -> tuple[list[str], dict[str, int]]:
    """Spills the blocks that have no files; returns names and total counts."""
    shards = job.config.num_shards
    folder = os.path.join(work, "blocks")
    names: list[str] = []
    places = 0
    total = sum(source.size for source in job.sources)

    def missing(read) -> Iterator[tuple[blocks.Block, list[str]]]:
        for number, group in enumerate(text_sources.groups(job.sources)):
            for block, taken in blocks.cut(number, group, job.config):
                mine = spills.names(block, job.config, job.repeats)
                names.extend(mine)
                if any(
                    spills.counts(os.path.join(folder, name), shards) is None
                    for name in mine
                ):
                    yield block, mine
                read.update(taken)

    task = functools.partial(_spill_block, job, folder)
    with progress.Progress("bytes of text", total) as read:
        for found in run(task, missing(read)):
            text_faults.report(found, places)
            places += len(found)
    for name in {*files.names(folder)} - {*names}:  # from other text
        files.remove(os.path.join(folder, name))
    counts = dict.fromkeys(block_records.COUNTS, 0)
    for name in names:
        path = os.path.join(folder, name)
        for key, count in (spills.counts(path, shards) or {}).items():
            counts[key] += count
    if not counts["records"]:
        files.remove_folder(work)
    check_counts(counts)
    return names, counts


def _spill_block(
    job, folder: str, named: tuple[blocks.Block, list[str]]
) -> list[str]:
    """Writes the files of a block; returns the places of its faults."""
    block, names = named
    places: list[str] = []
    made = block_records.make(block, job)
    for name, part in zip(names, made, strict=True):
        path = os.path.join(folder, name)
        spills.write(path, part, job.config.num_shards)
        places += part.places
    return places


def _gather(job, output_dir, work, names, whole, run):
    """Writes the missing shards; returns the manifest's rows."""
    shards = job.config.num_shards
    # Notes about shards that were gathered from exactly these blocks.
    digest = hashlib.blake2b("\n".join(names).encode(), digest_size=12)
    notes = os.path.join(work, digest.hexdigest())
    files.make_folder(notes)
    task = functools.partial(_gather_shard, output_dir, work, notes, shards)
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


def _gather_shard(output_dir, work, notes, shards: int, shard: int):
    """Writes a shard if it is missing; returns its manifest row."""
    path = shard_files.path(output_dir, shard, shards)
    note = os.path.join(notes, os.path.basename(path) + ".json")
    row = _noted(note)
    if row is not None and shard_files.is_whole(output_dir, row):
        return row
    records = spills.merge(os.path.join(work, "blocks"), shard, shards)
    row = tfrecords.write_shard(path, records)
    files.write(note, json.dumps(row).encode())
    return row
