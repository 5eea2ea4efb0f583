"""What the audit does: reads, counts, compares, shows and writes."""

import dataclasses
import itertools
import json
import os
import shutil
import sys

from absl import flags
from absl import logging

from data_pipeline.commands import command_line
from data_pipeline.io import files
from data_pipeline.io import globs
from data_pipeline.io import outputs
from data_pipeline.io import progress
from data_pipeline.pretraining import mask_settings
from data_pipeline.pretraining import mask_spec
from data_pipeline.pretraining.audit import columns
from data_pipeline.pretraining.audit import figure
from data_pipeline.pretraining.audit import mask_promises
from data_pipeline.pretraining.audit import promises
from data_pipeline.pretraining.audit import report
from data_pipeline.pretraining.audit import rows
from data_pipeline.pretraining.audit import show
from data_pipeline.pretraining.audit import statistics
from data_pipeline.pretraining.records import record_sets

JSON_FILE, FIGURE_FILE = "audit.json", "audit.png"

_FLAGS = flags.FLAGS


def main(argv: list[str]) -> None:
    command_line.no_arguments(argv)
    if _FLAGS.output_dir:
        outputs.check_folder(_FLAGS.output_dir, "--output_dir")
        for name in (JSON_FILE, FIGURE_FILE):
            path = os.path.join(_FLAGS.output_dir, name)
            outputs.refuse_to_overwrite(path)
        figure.check_matplotlib()  # before the work, not after it
    paths = globs.matching_files(
        _FLAGS.input_file,
        "Record files",
        "Make them with albert-tf records.",
    )
    record_set = record_sets.open_records(
        _FLAGS.input_file, None, vocabulary=_FLAGS.spm_model_file
    )
    if record_set.tokenizer is None:
        raise ValueError(
            "--spm_model_file must be given for records without a tokenizer "
            f"beside them. Received: {_FLAGS.input_file!r} alone. Name the "
            "vocabulary that they were made with."
        )
    is_masked = record_set.mask_slots is not None
    settings = record_set.manifest.settings
    task = "google" if is_masked else settings.get("sentence_task", "sop")
    length = record_set.max_seq_length
    how = mask_settings.from_flags()
    if is_masked:
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
    sample = rows.read_rows(
        record_set, spec, seed=_FLAGS.random_seed, count=_FLAGS.sample_size
    )
    shown = list(itertools.islice(sample, _FLAGS.show))
    masks = statistics.count_masks(
        progress.watch(
            itertools.chain(shown, sample),
            "rows masked",
            min(size, _FLAGS.sample_size),
        ),
        max_seq_length=length,
        spec=spec,
    )
    findings = promises.compare(
        counts,
        masks,
        settings={"segments": "google"} if is_masked else settings,
        made=_promised_counts(record_set.manifest, paths, counts),
        spec=spec,
        masked_on_disk=is_masked,
        text=record_set.manifest.counts,
    )

    for number, row in enumerate(shown):
        print(_render(number, row, task, record_set.tokenizer), end="\n\n")
    print(report.summary(counts, masks), end="\n\n")
    print(report.table(findings, masks["rows"]), flush=True)
    if note := report.cap(masks, spec):
        logging.info(note)
    for finding in findings:
        if finding.advice:
            logging.warning(
                "%s: promised %s, seen %s. %s",
                finding.what,
                finding.promised,
                finding.seen,
                finding.advice,
            )
    if _FLAGS.output_dir:
        _write(counts, masks, findings, settings, task, spec, is_masked)


def _promised_counts(manifest, paths, counts) -> dict[str, int]:
    """What the manifest says of these files, as far as it can be seen."""
    names = {os.path.basename(path) for path in paths}
    shards = [shard for shard in manifest.shards if shard["name"] in names]
    if not all("records" in shard for shard in shards):
        return {}  # masked records: nobody left a manifest
    made = {"records": sum(shard["records"] for shard in shards)}
    if len(shards) == len(manifest.shards) and counts["documents"]:
        made["documents"] = manifest.counts["documents"]
    return made


def _render(number, row, task, tokenizer) -> str:
    return show.render(
        row,
        tokenizer,
        title=f"row {number}, {show.label(row.order, task, row.is_fixed)}",
        width=min(shutil.get_terminal_size().columns, 120),
        color=sys.stdout.isatty(),
    )


def _write(counts, masks, findings, settings, task, spec, is_masked) -> None:
    folder = _FLAGS.output_dir
    files.make_folder(folder)
    content = {
        "input_file": _FLAGS.input_file,
        "settings": settings,
        "findings": [dataclasses.asdict(finding) for finding in findings],
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
        report.labels(counts, masks, task),
        f"{_FLAGS.input_file}: {counts['records']:,} records, "
        f"{counts['tokens'] / 1e6:,.1f} million tokens",
        os.path.join(folder, FIGURE_FILE),
    )
    logging.info("Wrote %s and %s to %s.", JSON_FILE, FIGURE_FILE, folder)
