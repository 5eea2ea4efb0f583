"""Opens and checks record sets: files with their manifest and tokenizer."""

import dataclasses
import os
from collections.abc import Sequence

import numpy as np

from data_pipeline.io import files
from data_pipeline.io import globs
from data_pipeline.io import ranges
from data_pipeline.pretraining.records import features as records
from data_pipeline.pretraining.records import google_sets
from data_pipeline.pretraining.records import manifests
from data_pipeline.pretraining.records import part_table
from data_pipeline.pretraining.records import record_files
from data_pipeline.text import tokenizers

_COMMAND = "albert-tf records"
# The indexes of up to this number of records are kept in memory, 200 MB. Those
# of larger sets are read when they are needed.
IN_MEMORY = 1 << 24
# Records parsed at a time if there is no index.
_BLOCK = 4096


@dataclasses.dataclass(frozen=True, eq=False)
class RecordSet:
    """Record files with their manifest and tokenizer.

    Attributes:
        files: the records.
        manifest: their description.
        tokenizer: the tokenizer that made them, which is saved beside them.
            None for records that are masked on disk, unless it was named.
        mask_slots: M, if the records are masked on disk (google_records).
        packed_length: S of rows that hold several records; if None, the
            length for which the records were made.
        packed_rows: as in `part_table`, for rows of the length for which the
            records were made; None if they are to be counted.
    """

    files: record_files.RecordFiles
    manifest: manifests.Manifest
    tokenizer: tokenizers.Tokenizer | None
    mask_slots: int | None = None
    packed_length: int | None = None
    packed_rows: np.ndarray | None = None

    @property
    def max_seq_length(self) -> int:
        """S, tokens of the rows that the records were made for."""
        return self.manifest.settings["max_seq_length"]

    def lengths(self, numbers: np.ndarray) -> np.ndarray:
        """int [B]: tokens of the rows of records, special ones included.

        They come from the index or, without one, from the records.
        """
        if self.files.index.has_lengths:
            return self.files.index.lengths(numbers)
        blocks = [
            _row_lengths(self.files, numbers[first : first + _BLOCK])
            for first in range(0, len(numbers), _BLOCK)
        ]
        return np.concatenate(blocks)


def open_records(
    patterns: str,
    max_seq_length: int | None,
    *,
    pack: bool = False,
    max_predictions: int | None = None,
    vocabulary: str | None = None,
) -> RecordSet:
    """Opens the record set that comma-separated patterns name.

    Args:
        patterns: such as `records/train/*.tfrecord`; all files in one folder.
        max_seq_length: S, which the records must fit; None for any.
        pack: whether a row of S will hold several records, which may then
            have been made for shorter rows.
        max_predictions: M, which records masked on disk must have; None for
            any.
        vocabulary: path of the tokenizer of masked records, which have none
            beside them. Other records must have been made with it.
    Raises:
        FileNotFoundError: no file matches, or no manifest lies beside them.
        ValueError: the files belong to several sets or are damaged, or the
            records were made with another length, or with another tokenizer
            than the one beside them.
    """
    folders = _by_folder(patterns)
    masked = google_sets.open_files(
        [path for paths in folders.values() for path in paths],
        max_seq_length,
        max_predictions,
        vocabulary,
    )
    if masked is not None:
        return RecordSet(*masked)
    if len(folders) > 1:
        raise ValueError(
            "The records of a run must lie in one folder, with their manifest, "
            "except that --sequence_schedule takes one folder for each length. "
            f"Received: {patterns!r} with files in {', '.join(folders)}. Name "
            "the files of one folder."
        )
    ((folder, paths),) = folders.items()
    manifest = manifests.read(folder)
    made_with = manifest.settings["max_seq_length"]
    longer = pack and made_with < (max_seq_length or 0)
    if max_seq_length not in (None, made_with) and not longer:
        raise ValueError(
            "--max_seq_length must be the length that the records were made "
            f"with, or more with --pack. Received: {max_seq_length}, and "
            f"{folder} made with {made_with}. Pass "
            f"--max_seq_length={made_with}, or make the records again."
        )
    if vocabulary is not None:
        _check_vocabulary(vocabulary, folder, manifest)
    opened = _open_folder(folder, paths, manifest)
    if not longer:
        return opened
    return dataclasses.replace(
        opened, packed_length=max_seq_length, packed_rows=None
    )


def open_by_length(
    patterns: str, lengths: Sequence[int]
) -> dict[int, RecordSet]:
    """Opens several record sets, made of the same text for several lengths.

    Args:
        patterns: such as `records128/*.tfrecord,records512/*.tfrecord`; the
            files of a set in one folder, whose manifest gives the length.
        lengths: the lengths for which there must be a set.
    Raises:
        FileNotFoundError: as in `open_records`.
        ValueError: as in `open_records`; or a length has no set or two, a set
            has another length, or the sets have different tokenizers.
    """
    sets: dict[int, tuple] = {}
    for folder, paths in _by_folder(patterns).items():
        manifest = manifests.read(folder)
        length = manifest.settings["max_seq_length"]
        if length in sets or length not in lengths:
            also = f" and {sets[length][0]}" if length in sets else ""
            raise ValueError(
                "There must be exactly one set of records for each length: "
                f"{', '.join(map(str, lengths))}. Received: {folder}{also} "
                f"made with {length}. Leave it out."
            )
        sets[length] = (folder, paths, manifest)
    for length in lengths:
        if length not in sets:
            raise ValueError(
                "--sequence_schedule must have records of each of its lengths. "
                f"Received: {patterns!r} without any of length {length}. Make "
                "them: "
                f"{_COMMAND} --max_seq_length={length} "
                f"--output_dir=records{length} ..., and add them to "
                "--input_file."
            )
    opened = {length: _open_folder(*sets[length]) for length in lengths}
    fingerprints = {s.manifest.tokenizer for s in opened.values()}
    if len(fingerprints) > 1:
        raise ValueError(
            "The records of a run must be made with the same tokenizer. "
            f"Received: {patterns!r} made with "
            f"{', '.join(sorted(fingerprints))}. Make them again with one "
            "vocabulary."
        )
    return opened


def _by_folder(patterns: str) -> dict[str, list[str]]:
    paths = globs.matching_files(
        patterns, "Record files", f"Make them with {_COMMAND}."
    )
    folders: dict[str, list[str]] = {}
    for path in paths:
        folders.setdefault(os.path.dirname(path), []).append(path)
    return folders


def _open_folder(
    folder: str, paths: list[str], manifest: manifests.Manifest
) -> RecordSet:
    _check_sizes(paths, manifest)
    tokenizer = tokenizers.load(folder)
    if tokenizer.fingerprint != manifest.tokenizer:
        raise ValueError(
            "The tokenizer beside the records must be the one that made them. "
            f"Received: {folder} with tokenizer {tokenizer.fingerprint}, and a "
            f"manifest that says {manifest.tokenizer}. Make the records again."
        )
    longest = manifest.settings["max_seq_length"]
    table = part_table.read(folder, paths, manifest.shards)
    is_large = table is not None and table.records.sum() > IN_MEMORY
    return RecordSet(
        record_files.RecordFiles(paths, longest, table if is_large else None),
        manifest,
        tokenizer,
        packed_rows=None if table is None else table.packed_rows,
    )


def _check_vocabulary(
    vocabulary: str, folder: str, manifest: manifests.Manifest
) -> None:
    fingerprint = tokenizers.load(vocabulary).fingerprint
    if fingerprint != manifest.tokenizer:
        raise ValueError(
            "--spm_model_file must be the vocabulary that made the records. "
            f"Received: {vocabulary} with {fingerprint}, and {folder} made "
            f"with {manifest.tokenizer}. Leave --spm_model_file out: these "
            "records have their vocabulary beside them."
        )


def _check_sizes(paths: list[str], manifest: manifests.Manifest) -> None:
    made = {shard["name"]: shard["bytes"] for shard in manifest.shards}
    sizes = ranges.at_once(files.size, paths, any(map(ranges.is_stored, paths)))
    for path, size in zip(paths, sizes, strict=True):
        expected = made.get(os.path.basename(path))
        if size != expected:
            raise ValueError(
                f"Record files must match their manifest. Received: {path} "
                f"with {size} bytes, where the manifest says {expected}. Copy "
                "the file again, or make the records again."
            )


def _row_lengths(
    record_files: record_files.RecordFiles, numbers: np.ndarray
) -> np.ndarray:
    serialized = record_files.read(numbers)
    parsed = records.parse(serialized.tolist())
    return records.parsed_row_tokens(parsed).numpy()
