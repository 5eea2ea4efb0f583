"""Counts over records and over masked rows, in bounded memory."""

from collections.abc import Iterable
from typing import Any

import numpy as np

from data_pipeline.pretraining import mask_spec
from data_pipeline.pretraining.audit import masked_rows
from data_pipeline.pretraining.records import columns

# Rows below this share of the set's length count as short.
SHORT = 1 / 8


class Duplicates:
    """Counts duplicates among many hashes.

    If there are more than `most` different hashes, only those below a limit are
    kept, and the limit is lowered as needed. Copies of a hash are kept or
    dropped together, so the share of duplicates among those that are kept
    estimates the share among all.

    Args:
        most: maximum number of different hashes to keep; each takes 16 bytes,
            and as much again while they are merged.
    """

    def __init__(self, most: int = 4_000_000) -> None:
        self._most = most
        self._limit = 2**64
        self._kept = np.zeros(0, np.uint64)  # unique and sorted
        self._counts = np.zeros(0, np.int64)
        self._pending: list[np.ndarray] = []  # to be merged

    def add(self, hashes: np.ndarray) -> None:
        """Adds hashes, uint64 [n], spread evenly over all 64 bits."""
        if self.is_estimate:
            hashes = hashes[hashes < np.uint64(self._limit)]
        self._pending.append(hashes)
        if sum(map(len, self._pending)) > self._most // 4:
            self._merge()

    def share(self) -> float:
        """The share of duplicates; n equal hashes are n - 1 duplicates."""
        self._merge()
        total = int(self._counts.sum())
        return 1 - len(self._kept) / total if total else 0.0

    @property
    def is_estimate(self) -> bool:
        return self._limit < 2**64

    def _merge(self) -> None:
        hashes = np.concatenate([self._kept, *self._pending])
        ones = np.ones(len(hashes) - len(self._kept), np.int64)
        self._kept, which = np.unique(hashes, return_inverse=True)
        self._counts = np.bincount(
            which, np.concatenate([self._counts, ones]), len(self._kept)
        ).astype(np.int64)
        self._pending = []
        while len(self._kept) > self._most:
            self._limit //= 2
            keep = self._kept < np.uint64(self._limit)
            self._kept, self._counts = self._kept[keep], self._counts[keep]


def count_records(
    blocks: Iterable[columns.RecordColumns], max_seq_length: int
) -> dict[str, Any]:
    """Statistics of all records.

    Args:
        blocks: all records.
        max_seq_length: S.
    Returns:
        A dict:
        records, tokens (special ones included), documents: how many;
        lengths: list of S + 1, how many rows have 0 to S tokens;
        padding, short_rows, unknown, no_question: shares of all places in rows
        of S, of rows, of tokens that are not special, and of rows;
        fixed_orders: list of 2, rows whose sentence order was fixed to 0, 1;
        duplicate_records, duplicate_documents: shares;
        duplicates_are_estimates: whether these two are estimates.
    """
    lengths = np.zeros(max_seq_length + 1, np.int64)
    orders = np.zeros(2, np.int64)
    text_tokens = unknown = no_question = documents = 0
    same_records, same_documents = Duplicates(), Duplicates()
    for block in blocks:
        lengths += np.bincount(block.tokens, minlength=max_seq_length + 1)
        orders += np.bincount(block.order[block.order >= 0], minlength=2)
        text_tokens += int(np.sum(block.tokens - 2 - block.has_second))
        unknown += int(block.unknown.sum())
        no_question += int(np.sum(~block.has_second & (block.order < 0)))
        begins = block.documents[block.documents != columns.NO_DOCUMENT]
        documents += len(begins)
        # Records hold 63 bits; hashes here have 64.
        same_documents.add(begins.astype(np.uint64) << np.uint64(1))
        same_records.add(block.hashes)
    records = int(lengths.sum())
    tokens = int(lengths @ np.arange(max_seq_length + 1))
    short = int(lengths[: int(SHORT * max_seq_length)].sum())
    return {
        "records": records,
        "documents": documents,
        "tokens": tokens,
        "lengths": lengths.tolist(),
        "padding": 1 - tokens / max(records * max_seq_length, 1),
        "short_rows": short / max(records, 1),
        "unknown": unknown / max(text_tokens, 1),
        "no_question": no_question / max(records, 1),
        "fixed_orders": orders.tolist(),
        "duplicate_records": same_records.share(),
        "duplicate_documents": same_documents.share(),
        "duplicates_are_estimates": same_records.is_estimate
        or same_documents.is_estimate,
    }


def count_masks(
    rows: Iterable[masked_rows.Row],
    *,
    max_seq_length: int,
    spec: mask_spec.MaskSpec,
) -> dict[str, Any]:
    """Statistics of the masks of a sample of rows.

    Args:
        rows: the sample.
        max_seq_length: S.
        spec: how the rows were masked.
    Returns:
        A dict:
        rows: how many; mask_rate: share of all tokens that are masked;
        mask_budget: the share that the spec asks for;
        masked_per_row: list of M + 1, how many rows have 0 to M masked tokens;
        fates: shares of [MASK], kept and random tokens;
        masked_tokens, ngrams: how many;
        ngram_shares: list, shares of n-grams of 1 to spec.ngram words (the last
        includes longer ones);
        straddling: number of n-grams on both sides of [SEP];
        orders: list of 2, rows in order and not;
        rate_by_position: list of S, the share of tokens masked at each
        position; None if no row is that long.
    """
    present = np.zeros(max_seq_length, np.int64)
    masked = np.zeros(max_seq_length, np.int64)
    per_row = np.zeros(spec.max_predictions + 1, np.int64)
    lengths = np.zeros(spec.ngram + 1, np.int64)
    fates = np.zeros(3, np.int64)
    orders = np.zeros(2, np.int64)
    budget = straddling = 0
    for row in rows:
        present[: len(row.tokens)] += 1
        masked[row.positions] += 1
        per_row[len(row.positions)] += 1
        words = np.minimum(row.ngrams, spec.ngram).astype(np.int64)
        lengths += np.bincount(words, minlength=spec.ngram + 1)
        straddling += row.straddling
        share = round(len(row.tokens) * spec.masked_lm_prob)
        budget += min(spec.max_predictions, max(1, share))
        for position in row.positions:
            new, old = row.masked[position], row.tokens[position]
            fates[0 if new == spec.mask_id else 1 if new == old else 2] += 1
        if row.order >= 0:
            orders[row.order] += 1
    tokens = max(int(present.sum()), 1)
    return {
        "rows": int(per_row.sum()),
        "mask_rate": int(masked.sum()) / tokens,
        "mask_budget": budget / tokens,
        "masked_tokens": int(masked.sum()),
        "masked_per_row": per_row.tolist(),
        "fates": (fates / max(fates.sum(), 1)).tolist(),
        "ngrams": int(lengths.sum()),
        "ngram_shares": (lengths[1:] / max(lengths.sum(), 1)).tolist(),
        "straddling": straddling,
        "orders": orders.tolist(),
        "rate_by_position": [
            int(m) / int(p) if p else None
            for m, p in zip(masked, present, strict=True)
        ],
    }
