"""Checks record sets: damage, padding, unknown pieces, held-out files.

The record sets and samples come from data_pipeline, which this package does not
import; the Protocols name the attributes that are read.
"""

import os
from collections.abc import Sequence
from typing import Any
from typing import Protocol

from albert_tf.doctor import findings
from albert_tf.runs import compatibility

# Rows with a smaller share of tokens than this count as mostly padding.
_FILLED = 0.5
# A larger share of <unk> than this gets a warning.
_UNKNOWN = 0.01


class Files(Protocol):
    """The files of a record set."""

    @property
    def paths(self) -> Sequence[str]: ...

    def __len__(self) -> int:
        """The number of records in the files."""


class Manifest(Protocol):
    """The description of a record set.

    Attributes:
        tokenizer: fingerprint of the tokenizer.
        shards: for each file, its `name` and `sha256`.
    """

    @property
    def tokenizer(self) -> str: ...

    @property
    def shards(self) -> list[dict[str, Any]]: ...


class RecordSet(Protocol):
    """Records of one row length.

    Attributes:
        mask_slots: number of masks per row, if the records contain masks.
        max_seq_length: tokens per row.
    """

    @property
    def files(self) -> Files: ...

    @property
    def manifest(self) -> Manifest: ...

    @property
    def mask_slots(self) -> int | None: ...

    @property
    def max_seq_length(self) -> int: ...


class Sample(Protocol):
    """A sample of a record set.

    Attributes:
        records: number of intact records.
        damaged: the error of each damaged record.
        tokens: mean number of tokens per record.
        unknown: share of the tokens that are <unk>; None if it is not known.
    """

    @property
    def records(self) -> int: ...

    @property
    def damaged(self) -> Sequence[str]: ...

    @property
    def tokens(self) -> float: ...

    @property
    def unknown(self) -> float | None: ...


def check_set(
    found: findings.Findings,
    flag: str,
    record_set: RecordSet,
    sample: Sample,
    *,
    pack: bool,
) -> None:
    """Checks a record set by a sample of it.

    Args:
        found: collects the findings.
        flag: the flag that names the set.
        record_set: the set.
        sample: a sample of the set.
        pack: whether padding does not matter.
    """
    if sample.damaged:
        found.error(
            flag, f"{len(sample.damaged)} damaged records: {sample.damaged[0]}"
        )
    else:
        found.fine(
            flag,
            f"{len(record_set.files):,} records in "
            f"{len(record_set.files.paths)} files; {sample.records:,} were "
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
            "information. The vocabulary may be for another language. Train "
            "one on this text with albert-tf vocab, and build the records "
            "again.",
        )
    else:
        found.fine(flag, f"{sample.unknown:.2%} of the tokens are <unk>.")


def _check_length(
    found: findings.Findings,
    sample: Sample,
    max_seq_length: int,
    pack: bool,
    can_pack: bool,
) -> None:
    rows = (
        f"on average, {sample.tokens:.0f} of the {max_seq_length} tokens of a "
        "row are filled"
    )
    if pack or sample.tokens >= _FILLED * max_seq_length:
        found.fine("--max_seq_length", f"{rows[0].upper()}{rows[1:]}.")
        return
    remedy = "Use --pack to put several examples into a row, or build"
    found.warning(
        "--pack" if can_pack else "--max_seq_length",
        f"Rows are mostly padding: {rows}. {remedy if can_pack else 'Build'} "
        "records with a shorter --max_seq_length, for the whole run or, with "
        "--sequence_schedule, for its first part.",
    )


def check_held_out(
    found: findings.Findings,
    train_sets: Sequence[RecordSet],
    eval_set: RecordSet,
    train_patterns: str,
    eval_patterns: str,
) -> None:
    """Checks that the held-out records have the training records' tokenizer
    and are not used for training."""
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
            f"{len(shared)} of {len(held_out)} held-out files are also used "
            f"for training, such as {shared[0]}, so the evaluation would not "
            "show overfitting. Name files that --input_file leaves out.",
        )
    else:
        found.fine("--eval_input_file", "No file is used for training.")


def _read(record_set: RecordSet) -> list[dict[str, Any]]:
    """The manifest's rows of the files that are read."""
    names = {os.path.basename(path) for path in record_set.files.paths}
    return [row for row in record_set.manifest.shards if row["name"] in names]
