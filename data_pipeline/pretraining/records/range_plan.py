"""Which ranges of files to read for some records."""

import dataclasses

import numpy as np

# Ranges may have this many times the bytes of the records in them.
MOST_BYTES = 1.2
# Reading so many bytes takes about as long as another request, so no longer gap
# is read along.
NEARBY = 1 << 16
# No range is longer, unless a record is, so that long runs of records are
# fetched by several requests.
_LONGEST = 1 << 20


@dataclasses.dataclass(frozen=True)
class RangePlan:
    """Ranges to read, and where in them the records lie.

    Attributes:
        file, begin, size: int64 [ranges].
        range_of: int64 [records], the range of each record.
        offset: int64 [records], where in its range a record begins.
    """

    file: np.ndarray
    begin: np.ndarray
    size: np.ndarray
    range_of: np.ndarray
    offset: np.ndarray


def plan(
    file: np.ndarray, begin: np.ndarray, size: np.ndarray, hurry: bool = False
) -> RangePlan:
    """Joins records to ranges where that costs little.

    The smallest gaps between records of a file, up to `NEARBY` bytes, are read
    along, as long as all ranges have at most `MOST_BYTES` times the bytes of
    the records.

        file 0: records at 0 to 10, 10 to 20, 21 to 31, 90 to 100
        ranges: 0 to 31, 90 to 100

    Args:
        file, begin, size: int64 [records], where each record lies, in any
            order; a record may be asked for twice.
        hurry: whether all gaps of up to `NEARBY` bytes are read along,
            whatever they add up to.
    """
    order = np.lexsort((begin, file))
    file, begin, size = file[order], begin[order], size[order]
    end = begin + size
    # Between each record and the one before; below 0 where both are the same.
    gap = begin[1:] - end[:-1]
    same = file[1:] == file[:-1]
    needed = size.sum() + np.minimum(gap, 0)[same].sum()
    joined = NEARBY
    if not hurry:
        most = needed * (MOST_BYTES - 1)
        joined = min(joined, _joined_gap(gap[same], most))
    apart = ~same | (gap > joined)
    starts = np.concatenate([[True], apart])[: len(order)]
    # Runs of joined records, cut where a part of them is long enough.
    run_begin = begin[starts][np.cumsum(starts) - 1]
    part = (begin - run_begin) // _LONGEST
    starts[1:] |= part[1:] != part[:-1]
    number = np.cumsum(starts) - 1
    range_begin = begin[starts]
    range_end = np.maximum.reduceat(end, np.flatnonzero(starts))
    range_of = np.empty(len(order), np.int64)
    range_of[order] = number
    offset = np.empty(len(order), np.int64)
    offset[order] = begin - range_begin[number]
    return RangePlan(
        file[starts], range_begin, range_end - range_begin, range_of, offset
    )


def _joined_gap(gaps: np.ndarray, most: float) -> int:
    """The largest gap, so that all gaps up to it add up to at most `most`."""
    ordered = np.sort(np.maximum(gaps, 0))
    values, counts = np.unique(ordered, return_counts=True)
    affordable = np.cumsum(values * counts) <= most
    return int(values[affordable].max(initial=-1)) if len(values) else -1
