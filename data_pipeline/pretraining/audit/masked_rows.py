"""Rows of a record set, masked as training sees them."""

import dataclasses
from collections.abc import Iterator

import numpy as np

from data_pipeline.pretraining import batching
from data_pipeline.pretraining import mask_spec
from data_pipeline.pretraining import masking
from data_pipeline.pretraining.records import features as records
from data_pipeline.pretraining.records import randomness
from data_pipeline.pretraining.records import record_sets

# Number of rows to mask at a time.
_BLOCK = 512


@dataclasses.dataclass(frozen=True)
class Row:
    """A row as training sees it.

    Attributes:
        tokens: ids before masking, special ones included, without padding.
        masked: ids after masking.
        positions: positions of the masked tokens, ascending.
        first: number of tokens of [CLS], the first segment and its [SEP].
        order: 1 swapped (or not the next), 0 in order, -1 no question.
        is_fixed: whether the order was fixed when the record was made.
        ngrams: number of words of each n-gram.
        straddling: number of n-grams on both sides of [SEP].
    """

    tokens: list[int]
    masked: list[int]
    positions: list[int]
    first: int
    order: int
    is_fixed: bool
    ngrams: list[int]
    straddling: int


def read_rows(
    record_set: record_sets.RecordSet,
    spec: mask_spec.MaskSpec,
    *,
    seed: int,
    count: int,
) -> Iterator[Row]:
    """Yields the first `count` rows, with the masks of a run's first epoch.

    They come from the graph that feeds training. N-grams are those of
    `masking.mask_row`, which gives the same masks; in records that are masked
    on disk, they are runs of masked words.
    """
    count = min(count, len(record_set.files))
    batches, _ = batching.evaluation_batches(
        record_set,
        spec,
        batch_size=min(count, _BLOCK),
        seed=seed,
        max_batches=-(-count // _BLOCK),
    )
    number = 0
    for batch in batches.as_numpy_iterator():
        # The last batch has filler rows.
        stop = min(number + len(batch["token_ids"]), count)
        is_fixed = np.ones(stop - number, bool)
        if record_set.mask_slots is None:
            serialized = record_set.files.read(np.arange(number, stop))
            _, _, order = records.parse(serialized.tolist())
            is_fixed = order.numpy() != records.NOT_FIXED
        for i in range(stop - number):
            row = {name: values[i] for name, values in batch.items()}
            key = randomness.fold(seed, 0, number + i)
            if record_set.mask_slots is not None:
                key = None
            yield _row(row, bool(is_fixed[i]), spec, key)
        number = stop


def _row(
    row: dict[str, np.ndarray],
    is_fixed: bool,
    spec: mask_spec.MaskSpec,
    key: np.ndarray | None,
) -> Row:
    length = int(row["padding_mask"].sum())
    masked = row["token_ids"][:length].tolist()
    used = row["mask_weights"] > 0
    positions = row["mask_positions"][used].tolist()
    tokens = list(masked)
    for position, token in zip(
        positions, row["mask_ids"][used].tolist(), strict=True
    ):
        tokens[position] = token
    if key is None:
        ngrams, straddling = runs(tokens, positions, spec)
    else:
        drawn = masking.mask_row(spec, tokens, key)
        assert drawn["mask_positions"] == positions, (drawn, positions)
        ngrams = drawn["spans"]
        # The positions of such an n-gram skip that of [SEP].
        straddling = sum(
            ngram[-1] - ngram[0] >= len(ngram)
            for ngram in drawn["span_positions"]
        )
    return Row(
        tokens=tokens,
        masked=masked,
        positions=positions,
        first=int(np.sum(row["segment_ids"][:length] == 0)),
        order=int(row["sentence_order"]),
        is_fixed=is_fixed,
        ngrams=ngrams,
        straddling=straddling,
    )


def runs(
    tokens: list[int], positions: list[int], spec: mask_spec.MaskSpec
) -> tuple[list[int], int]:
    """Finds runs of masked words, each of one or more adjacent n-grams.

    Args:
        tokens: ids of a row before masking.
        positions: positions of the masked tokens, ascending.
        spec: which ids start a word.
    Returns:
        The number of words of each run, and the number of runs that continue
        after a [SEP].
    """
    words: list[int] = []
    straddling = 0
    before = None
    for position in positions:
        gap = range((before or 0) + 1, position)
        goes_on = before is not None and all(
            tokens[place] in spec.special_ids for place in gap
        )
        if not goes_on:
            words.append(1)
        else:
            straddling += len(gap) > 0
            words[-1] += bool(spec.starts_word[tokens[position]] or len(gap))
        before = position
    return words, straddling
