"""Plans which examples share a row.

The plan is made once, from the lengths of all examples, so that an epoch is a
permutation of rows.

Source: Krell et al. 2021, "Efficient sequence packing without
cross-contamination", shortest-pack-first histogram packing.
"""

import numpy as np

# K, the maximum number of examples in a row, since the shapes of a step cannot
# depend on the data. Records made for rows of their length need 2. Records of
# 46 tokens on average (Wikipedia, made for 64) fill rows of 512 to 36% with K =
# 4, 72% with 8 and 98.8% with 16. Each of the K costs a pooled vector.
MAX_EXAMPLES = 16
# Tokens of the shortest row: [CLS], one piece, [SEP].
SHORTEST_ROW = 3


def plan(
    lengths: np.ndarray, max_seq_length: int, max_examples: int = MAX_EXAMPLES
) -> np.ndarray:
    """Assigns all records to rows.

    This works on the histogram of lengths: from the longest to the shortest,
    all examples of a length go into the rows with the most space left that can
    take them, for all rows of the same lengths at once. So the work depends on
    max_seq_length, and only the last step, which is pure indexing, on the
    number of records.

        lengths = [3, 6, 4, 3], max_seq_length = 10 -> [[1, 2], [0, 3]]

    Args:
        lengths: int [records], number of tokens of each record, special ones
            included.
        max_seq_length: S, at least the longest of these.
        max_examples: K.
    Returns:
        int32 [rows, K], record numbers, the longest first; unused slots are -1.
        Every record is in exactly one row.
    Raises:
        ValueError: a record does not fit into a row.
    """
    if lengths.max(initial=0) > max_seq_length:
        raise ValueError(
            "A record must fit into a row. Received: a record of "
            f"{lengths.max()} tokens for rows of {max_seq_length}. Use a "
            "longer --max_seq_length."
        )
    by_length = np.argsort(
        lengths.astype(np.min_scalar_type(max_seq_length)), kind="stable"
    )
    counts = np.bincount(lengths, minlength=max_seq_length + 1)
    # The next record of each length that has no row yet.
    following = np.cumsum(counts) - counts
    kinds = _kinds_of_row(counts, max_seq_length, max_examples)
    rows = np.full((sum(n for n, _ in kinds), max_examples), -1, np.int32)
    row = 0
    for number, kind in kinds:
        for slot, length in enumerate(kind):
            first = following[length]
            rows[row : row + number, slot] = by_length[first : first + number]
            following[length] += number
        row += number
    return rows


def _kinds_of_row(
    counts: np.ndarray, max_seq_length: int, max_examples: int
) -> list[tuple[int, tuple[int, ...]]]:
    """[(number of rows, (lengths in such a row))] that use up `counts`."""
    # Rows that can take more, by the space that is left in them.
    open_kinds: list[list[tuple[int, tuple[int, ...]]]] = [
        [] for _ in range(max_seq_length + 1)
    ]
    closed: list[tuple[int, tuple[int, ...]]] = []

    def put(number: int, kind: tuple[int, ...]) -> None:
        space = max_seq_length - sum(kind)
        full = len(kind) == max_examples or space < SHORTEST_ROW
        (closed if full else open_kinds[space]).append((number, kind))

    for length in range(max_seq_length, 0, -1):
        left, space = int(counts[length]), max_seq_length
        while left and space >= length:
            if not open_kinds[space]:
                space -= 1
                continue
            number, kind = open_kinds[space].pop()
            if number > left:
                open_kinds[space].append((number - left, kind))
                number = left
            put(number, (*kind, length))
            left -= number
        # New rows, each with as many examples as fit.
        while left:
            each = min(max_examples, max_seq_length // length, left)
            number = left // each
            put(number, (length,) * each)
            left -= number * each
    return closed + [kind for kinds in open_kinds for kind in kinds]
