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
    check(lengths, max_seq_length)
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


def check(lengths: np.ndarray, max_seq_length: int) -> None:
    """Raises ValueError if a record does not fit into a row."""
    if lengths.max(initial=0) > max_seq_length:
        raise ValueError(
            "A record must fit into a row. Received: a record of "
            f"{lengths.max()} tokens for rows of {max_seq_length}. Use a "
            "longer --max_seq_length."
        )


def count(lengths: np.ndarray, max_seq_length: int) -> int:
    """The number of rows that `plan` makes, in a millisecond; raises its
    errors."""
    check(lengths, max_seq_length)
    counts = np.bincount(lengths, minlength=max_seq_length + 1)
    kinds = _kinds_of_row(counts, max_seq_length, MAX_EXAMPLES)
    return sum(number for number, _ in kinds)


def _kinds_of_row(
    counts: np.ndarray, max_seq_length: int, max_examples: int
) -> list[tuple[int, tuple[int, ...]]]:
    """[(number of rows, (lengths in such a row))] that use up `counts`."""
    # Rows that can take more, by the space that is left in them, and the spaces
    # of which there are any, as the bits of a number.
    open_kinds: list[list[tuple[int, tuple[int, ...]]]] = [
        [] for _ in range(max_seq_length + 1)
    ]
    spaces = 0
    closed: list[tuple[int, tuple[int, ...]]] = []

    def put(number: int, kind: tuple[int, ...]) -> int:
        """Keeps such rows; returns the bit of their space, if it is open."""
        space = max_seq_length - sum(kind)
        if len(kind) == max_examples or space < SHORTEST_ROW:
            closed.append((number, kind))
            return 0
        open_kinds[space].append((number, kind))
        return 1 << space

    for length in np.flatnonzero(counts)[::-1].tolist():
        left = int(counts[length])
        # From the most space down; a row that was added to has less.
        below = max_seq_length + 1
        while left and (fitting := (spaces & ((1 << below) - 1)) >> length):
            space = length + fitting.bit_length() - 1
            below = space + 1
            number, kind = open_kinds[space].pop()
            if number > left:
                open_kinds[space].append((number - left, kind))
                number = left
            if not open_kinds[space]:
                spaces ^= 1 << space
            left -= number
            spaces |= put(number, (*kind, length))
        # New rows, each with as many examples as fit.
        while left:
            each = min(max_examples, max_seq_length // length, left)
            number = left // each
            spaces |= put(number, (length,) * each)
            left -= number * each
    return closed + [kind for kinds in open_kinds for kind in kinds]
