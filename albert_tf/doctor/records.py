"""Judges record sets: whole, full, of known pieces, held out or not.

A record set and a sample are data_pipeline's; which of their fields are read
is all that is known of them here.
"""

import os
from typing import Any

from albert_tf.doctor import findings
from albert_tf.runs import compatibility

# Less of a row than this is mostly padding.
_FILLED = 0.5
_UNKNOWN = 0.01


def check_set(
    found: findings.Findings, flag: str, record_set, sample, *, pack: bool
) -> None:
    """What a sample of a set says of it.

    Args:
        found: where it goes.
        flag: that names the set.
        record_set: data_pipeline's RecordSet.
        sample: data_pipeline's record_sample.Sample of it.
        pack: whether short rows are no waste.
    """
    if sample.damaged:
        found.error(
            flag, f"{len(sample.damaged)} damaged records: {sample.damaged[0]}"
        )
    else:
        found.fine(
            flag,
            f"{len(record_set.files):,} records in "
            f"{len(record_set.files.paths)} files; {sample.records:,} of them "
            "read, all intact.",
        )
    if sample.records:
        can_pack = record_set.mask_slots is None
        _check_length(found, sample, record_set.max_seq_length, pack, can_pack)
    if sample.unknown is None:
        return
    if sample.unknown > _UNKNOWN:
        found.warning(
            flag,
            f"{sample.unknown:.1%} of the tokens are <unk>, which carries no "
            "information: is the vocabulary for this language? Train one on "
            "this text with albert-tf vocab, and make the "
            "records again.",
        )
    else:
        found.fine(flag, f"{sample.unknown:.2%} of the tokens are <unk>.")


def _check_length(found, sample, max_seq_length, pack, can_pack) -> None:
    rows = (
        f"{sample.tokens:.0f} of {max_seq_length} tokens of a row are filled "
        "on average"
    )
    if pack or sample.tokens >= _FILLED * max_seq_length:
        found.fine("--max_seq_length", f"{rows}.")
        return
    remedy = "--pack puts several examples into a row; " * can_pack
    found.warning(
        "--pack" if can_pack else "--max_seq_length",
        f"Rows are mostly padding: {rows}. {remedy}records made with a shorter "
        "--max_seq_length, or --sequence_schedule for the first part of the "
        "run, waste less.",
    )


def check_held_out(
    found: findings.Findings,
    train_sets: list,
    eval_set,
    train_patterns: str,
    eval_patterns: str,
) -> None:
    """Whether evaluation speaks the same pieces and was not trained on."""
    found.attempt(
        "--eval_input_file",
        compatibility.check_one_tokenizer,
        train_patterns,
        train_sets[0].manifest.tokenizer,
        eval_patterns,
        eval_set.manifest.tokenizer,
    )
    trained = {row["sha256"] for each in train_sets for row in _read(each)}
    held_out = _read(eval_set)
    shared = [row["name"] for row in held_out if row["sha256"] in trained]
    if shared:
        found.warning(
            "--eval_input_file",
            f"{len(shared)} of {len(held_out)} held-out files are also "
            f"training files, such as {shared[0]}: the evaluation measures "
            "what was trained on. Name files that --input_file leaves out.",
        )
    else:
        found.fine(
            "--eval_input_file", "None of the files is used for training."
        )


def _read(record_set) -> list[dict[str, Any]]:
    """The manifest's rows of the files that are read."""
    names = {os.path.basename(path) for path in record_set.files.paths}
    return [row for row in record_set.manifest.shards if row["name"] in names]
