"""Batches of rows of different lengths, run by forms of ids."""

import numpy as np
import pytest

from albert_tf.exporting import row_groups

LENGTHS = [5, 40, 3, 17, 40, 1]


def batch(lengths, width=None):
    width = width or max(lengths)
    mask = np.arange(width) < np.array(lengths)[:, np.newaxis]
    ids = np.where(mask, np.arange(10, 10 + width), 0)
    return {
        "token_ids": ids.astype(np.int32),
        "padding_mask": mask.astype(np.int32),
    }


@pytest.fixture
def form():
    """Sums ids by row, and remembers the shapes that it was given."""

    def run(given):
        run.shapes.append(given["token_ids"].shape)
        ids = given["token_ids"] * given["padding_mask"]
        return {"sum": ids.sum(-1), "doubled": 2 * ids}

    run.shapes = []
    return run


def sums(given):
    return given["token_ids"].sum(-1)


def test_rows_of_about_the_same_length_are_run_together(form):
    given = batch(LENGTHS)
    run = row_groups.RowGroups(lambda b: {"sum": form(b)["sum"]}, True)
    np.testing.assert_array_equal(run(given)["sum"], sums(given))
    assert form.shapes == [(3, 5), (1, 17), (2, 40)]


def test_at_most_32_rows_are_run_together(form):
    given = batch([7] * 70)
    run = row_groups.RowGroups(lambda b: {"sum": form(b)["sum"]}, True)
    np.testing.assert_array_equal(run(given)["sum"], sums(given))
    assert [rows for rows, _ in form.shapes] == [32, 32, 6]


def test_forms_that_take_one_row(form):
    given = batch(LENGTHS)
    run = row_groups.RowGroups(
        lambda b: {"sum": form(b)["sum"]}, True, takes_one=True
    )
    np.testing.assert_array_equal(run(given)["sum"], sums(given))
    assert form.shapes == [(1, length) for length in LENGTHS]


def test_a_fixed_length(form):
    given = batch(LENGTHS)
    run = row_groups.RowGroups(form, False, takes_one=True, fixed=64)
    found = run(given)
    assert set(form.shapes) == {(1, 64)}
    np.testing.assert_array_equal(found["sum"], sums(given))
    np.testing.assert_array_equal(found["doubled"], 2 * given["token_ids"])


def test_outputs_by_token_are_not_cut(form):
    given = batch(LENGTHS, width=50)
    found = row_groups.RowGroups(form, False)(given)
    assert form.shapes == [(6, 50)]
    np.testing.assert_array_equal(found["doubled"], 2 * given["token_ids"])


def test_choices():
    given = {k: v.reshape(3, 2, -1) for k, v in batch(LENGTHS).items()}
    seen = []

    def form(b):
        seen.append(b["token_ids"].shape)
        return {"logits": b["token_ids"].sum(-1)}

    found = row_groups.RowGroups(form, True)(given)
    np.testing.assert_array_equal(found["logits"], sums(given))
    assert sorted(seen) == [(1, 2, 17), (2, 2, 40)]
