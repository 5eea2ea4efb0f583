"""Ranges that hold records: few, and hardly longer than the records."""

import numpy as np
import pytest

from data_pipeline.pretraining.records import range_plan


def plan(records, **options):
    """Plans (file, begin, size) rows; checks that each record lies in its
    range."""
    file, begin, size = np.array(records).T
    made = range_plan.plan(file, begin, size, **options)
    of = made.range_of
    np.testing.assert_array_equal(made.file[of], file)
    np.testing.assert_array_equal(made.begin[of] + made.offset, begin)
    assert np.all(made.offset + size <= made.size[of])
    return list(
        zip(
            made.file.tolist(),
            made.begin.tolist(),
            made.size.tolist(),
            strict=True,
        )
    )


def test_neighbors_share_a_range():
    assert plan([(0, 90, 10), (0, 0, 10), (0, 10, 10), (0, 21, 10)]) == [
        (0, 0, 31),
        (0, 90, 10),
    ]


def test_files_and_repeated_records():
    assert plan([(1, 0, 16), (0, 0, 16), (1, 16, 16), (0, 0, 16)]) == [
        (0, 0, 16),
        (1, 0, 32),
    ]
    assert plan([(0, 5, 16)]) == [(0, 5, 16)]


def test_in_a_hurry_gaps_are_read_along():
    far = [(0, 0, 10), (0, 60, 10), (0, 70_000, 10)]
    assert plan(far) == far
    assert plan(far, hurry=True) == [(0, 0, 70), (0, 70_000, 10)]


def test_a_long_gap_is_not_worth_a_request():
    far = [(0, 0, 500_000), (0, 565_536, 100), (0, 640_000, 100)]
    assert plan(far) == [(0, 0, 565_636), (0, 640_000, 100)]


def test_long_runs_take_several_requests():
    made = plan([(0, 1000 * n, 1000) for n in range(5000)])
    assert len(made) == 5
    assert sum(size for _, _, size in made) == 5_000_000


@pytest.mark.parametrize("share", [0.01, 0.3, 0.7, 0.9, 1.0])
def test_ranges_have_at_most_a_fifth_more(share):
    rng = np.random.default_rng(0)
    sizes = rng.integers(16, 2000, 5000)
    begins = np.cumsum(sizes) - sizes
    kept = rng.permutation(np.flatnonzero(rng.random(5000) < share))
    made = plan(list(zip(0 * kept, begins[kept], sizes[kept], strict=True)))
    assert sum(size for _, _, size in made) <= 1.2 * sizes[kept].sum()
    if share >= 0.9:
        assert len(made) < len(kept) / 50
