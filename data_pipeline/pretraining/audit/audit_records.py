"""Compares the contents of a record set with what its settings promise."""

import dataclasses
import itertools
import json
import os
from collections.abc import Mapping
from collections.abc import Sequence
from typing import Any
from typing import NamedTuple

from absl import logging

from data_pipeline.io import files
from data_pipeline.io import globs
from data_pipeline.io import outputs
from data_pipeline.io import progress
from data_pipeline.pretraining import mask_config
from data_pipeline.pretraining import mask_spec
from data_pipeline.pretraining.audit import audit_config
from data_pipeline.pretraining.audit import comparison
from data_pipeline.pretraining.audit import figure
from data_pipeline.pretraining.audit import mask_promises
from data_pipeline.pretraining.audit import masked_rows
from data_pipeline.pretraining.audit import promises
from data_pipeline.pretraining.audit import report
from data_pipeline.pretraining.audit import statistics
from data_pipeline.pretraining.records import columns
from data_pipeline.pretraining.records import manifests
from data_pipeline.pretraining.records import record_sets
from data_pipeline.text import tokenizers

JSON_FILE, FIGURE_FILE = "audit.json", "audit.png"


class AuditResult(NamedTuple):
    """The contents of a record set.

    Attributes:
        counts: statistics of all records, from `statistics.count_records`.
        masks: statistics of masked rows, from `statistics.count_masks`.
        comparisons: numbers and what the settings promise; those that differ
            have advice.
        rows: the first rows as training sees them, as many as `show` says.
        sentence_task: the meaning of the rows' labels: "sop", "nsp" or
            "none", or "google" for records that do not say.
        tokenizer: the tokenizer that made the records.
    """

    counts: Mapping[str, Any]
    masks: Mapping[str, Any]
    comparisons: Sequence[comparison.Comparison]
    rows: Sequence[masked_rows.Row]
    sentence_task: str
    tokenizer: tokenizers.Tokenizer


def audit_records(config: audit_config.AuditConfig) -> AuditResult:
    """Compares the contents of records with what their settings promise.

    Writes audit.json and audit.png to `output_dir`, if it is given.

    Raises:
        FileExistsError: these files exist.
        FileNotFoundError: no records match.
        ImportError: `output_dir` is given and matplotlib is not installed.
        OSError: the folder cannot be written to.
        ValueError: the records are damaged, or have no tokenizer beside them
            and none is given.
    """
    if config.output_dir:
        outputs.check_folder(config.output_dir, "--output_dir")
        for name in (JSON_FILE, FIGURE_FILE):
            path = os.path.join(config.output_dir, name)
            outputs.refuse_to_overwrite(path)
        figure.check_matplotlib()  # before the work, not after it
    paths = globs.matching_files(
        config.input_file,
        "Record files",
        "Make them with albert-tf records.",
    )
    record_set = record_sets.open_records(
        config.input_file, None, vocabulary=config.spm_model_file
    )
    if record_set.tokenizer is None:
        raise ValueError(
            "--spm_model_file must be given for records without a tokenizer "
            f"beside them. Received: {config.input_file!r} alone. Name the "
            "vocabulary that they were made with."
        )
    is_masked = record_set.mask_slots is not None
    settings = record_set.manifest.settings
    task = "google" if is_masked else settings.get("sentence_task", "sop")
    length = record_set.max_seq_length
    how: mask_config.MaskConfig = config
    if record_set.mask_slots is not None:
        how = dataclasses.replace(
            how, max_predictions_per_seq=record_set.mask_slots
        )
    spec = mask_spec.from_config(how, record_set.tokenizer)

    size = len(record_set.files)
    counts = statistics.count_records(
        progress.watch(
            columns.read(record_set),
            "records",
            size,
            count=lambda block: len(block.tokens),
        ),
        length,
    )
    sample = masked_rows.read_rows(
        record_set, spec, seed=config.random_seed, count=config.sample_size
    )
    shown = list(itertools.islice(sample, config.show))
    masks = statistics.count_masks(
        progress.watch(
            itertools.chain(shown, sample),
            "rows masked",
            min(size, config.sample_size),
        ),
        max_seq_length=length,
        spec=spec,
    )
    comparisons = promises.compare(
        counts,
        masks,
        settings={"segments": "google"} if is_masked else settings,
        made=_promised_counts(record_set.manifest, paths, counts),
        spec=spec,
        masked_on_disk=is_masked,
        text=record_set.manifest.counts,
    )

    result = AuditResult(
        counts, masks, comparisons, shown, task, record_set.tokenizer
    )
    if note := report.cap(masks, spec):
        logging.info(note)
    for each in comparisons:
        if each.advice:
            logging.warning(
                "%s: promised %s, seen %s. %s",
                each.what,
                each.promised,
                each.seen,
                each.advice,
            )
    if config.output_dir:
        _write(
            config.output_dir,
            config.input_file,
            result,
            settings,
            spec,
            is_masked,
        )
    return result


def _promised_counts(
    manifest: manifests.Manifest,
    paths: Sequence[str],
    counts: Mapping[str, Any],
) -> dict[str, int]:
    """The counts that the manifest promises for these files."""
    names = {os.path.basename(path) for path in paths}
    shards = [shard for shard in manifest.shards if shard["name"] in names]
    if not all("records" in shard for shard in shards):
        return {}  # masked records have no manifest
    made = {"records": sum(shard["records"] for shard in shards)}
    if len(shards) == len(manifest.shards) and counts["documents"]:
        made["documents"] = manifest.counts["documents"]
    return made


def _write(
    folder: str,
    input_file: str,
    result: AuditResult,
    settings: Mapping[str, Any],
    spec: mask_spec.MaskSpec,
    is_masked: bool,
) -> None:
    counts, masks = result.counts, result.masks
    files.make_folder(folder)
    content = {
        "input_file": input_file,
        "settings": settings,
        "findings": [dataclasses.asdict(each) for each in result.comparisons],
        "records": counts,
        "masks": masks,
    }
    files.write(
        os.path.join(folder, JSON_FILE),
        (json.dumps(content, indent=2) + "\n").encode(),
    )
    figure.draw(
        counts,
        masks,
        None
        if is_masked
        else mask_promises.ngram_shares(spec.ngram, spec.favor_shorter_ngram),
        report.labels(counts, masks, result.sentence_task),
        f"{input_file}: {counts['records']:,} records, "
        f"{counts['tokens'] / 1e6:,.1f} million tokens",
        os.path.join(folder, FIGURE_FILE),
    )
    logging.info("Wrote %s and %s to %s.", JSON_FILE, FIGURE_FILE, folder)
