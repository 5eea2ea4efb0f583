"""Reads and checks a sample of the records of a set, in about a second."""

import dataclasses

import numpy as np

from data_pipeline.pretraining.records import columns
from data_pipeline.pretraining.records import record_sets

_SAMPLE = 2000


@dataclasses.dataclass(frozen=True)
class Sample:
    """Statistics of a sample.

    Attributes:
        records: number of records read.
        tokens: mean number of tokens in a row, special ones included.
        unknown: share of tokens that are <unk>; None without a tokenizer.
        damaged: a message for each record that does not match its checksum.
    """

    records: int
    tokens: float
    unknown: float | None
    damaged: list[str]


def read(record_set: record_sets.RecordSet, count: int = _SAMPLE) -> Sample:
    """Reads the first and last record of each file, and `count` in between.

    Damaged records are left out. The audit reads all records.
    """
    size = len(record_set.files)
    firsts = record_set.files.firsts
    spread = np.linspace(0, size - 1, min(count, size), dtype=np.int64)
    numbers = np.unique(np.concatenate([spread, firsts[:-1], firsts[1:] - 1]))
    # An empty file begins where the next one begins.
    numbers = numbers[(numbers >= 0) & (numbers < size)]
    serialized, damaged = [], []
    for number in numbers:
        try:
            serialized.append(record_set.files.read(number[None])[0])
        except ValueError as error:
            damaged.append(str(error))
    if not serialized:
        return Sample(0, 0.0, None, damaged)
    seen = columns.of_records(record_set, serialized)
    total = int(seen.tokens.sum())
    unknown = None
    if record_set.tokenizer is not None:
        unknown = float(seen.unknown.sum()) / total
    return Sample(len(serialized), total / len(serialized), unknown, damaged)
