"""Plans of batches and the batches themselves."""

import collections

import numpy as np
import pytest

from data_pipeline.batches import host_share
from data_pipeline.tasks import item_features
from data_pipeline.tasks.batches import batch_plan
from data_pipeline.tasks.batches import evaluation_plan
from data_pipeline.tasks.batches import input_pipeline


def make(**arguments):
    rng = np.random.default_rng(0)
    lengths = {"a": rng.integers(3, 33, 50), "b": rng.integers(3, 65, 90)}
    arguments = {
        "num_steps": 60,
        "batch_size": 4,
        "seed": 1,
        **arguments,
    }
    buckets = {"a": (16, 32), "b": (32, 64)}
    return lengths, batch_plan.make(lengths, buckets, **arguments)


def steps_of(plan):
    """(task, length, items) of each step."""
    taken = collections.Counter()
    for kind in plan.steps:
        yield *plan.kinds[kind], plan.items[kind][taken[kind]]
        taken[kind] += 1


def test_items_are_in_batches_of_their_length():
    lengths, plan = make()
    assert set(plan.kinds) == {("a", 16), ("a", 32), ("b", 32), ("b", 64)}
    for task, length, items in steps_of(plan):
        longest = lengths[task][items].max()
        assert longest <= length
        assert longest > {16: 0, 32: 16 * (task == "a"), 64: 32}[length]


def test_no_item_comes_twice_before_all_have_come():
    lengths, plan = make(num_steps=400)
    seen = {"a": [], "b": []}
    for task, _, items in steps_of(plan):
        seen[task] += list(items)
    for task, items in seen.items():
        counts = np.bincount(items, minlength=len(lengths[task]))
        # Unfinished batches of two lengths wait at either end.
        assert counts.max() - counts.min() <= 2
        assert counts.min() > 5


def test_tasks_are_drawn_by_a_power_of_their_size():
    _, plan = make(num_steps=4000, sampling_power=0.75)
    tasks = [plan.kinds[kind][0] for kind in plan.steps]
    share = 50**0.75 / (50**0.75 + 90**0.75)
    assert tasks.count("a") / 4000 == pytest.approx(share, abs=0.03)


def test_a_longer_run_begins_as_a_shorter_one():
    _, short = make(num_steps=20)
    _, again = make(num_steps=20)
    _, other = make(num_steps=20, seed=2)
    first = [tuple(items) for *_, items in steps_of(short)]
    assert first == [tuple(items) for *_, items in steps_of(again)]
    assert first != [tuple(items) for *_, items in steps_of(other)]


def test_runs_of_one_kind():
    plan = batch_plan.Plan((), np.array([0, 0, 1, 1, 1, 0]), ())
    assert [plan.run(0, 9), plan.run(2, 9), plan.run(2, 2)] == [2, 3, 2]


def test_lengths_with_few_items_join_the_next():
    lengths = np.array([5] * 10 + [20] * 2 + [40] * 10)
    allowed = (8, 32, 64, 128)
    assert batch_plan.lengths_in_use(lengths, allowed, 4) == (8, 64)
    assert batch_plan.lengths_in_use(lengths[:11], allowed, 4) == (8, 32)
    assert batch_plan.default_lengths(100) == (16, 32, 64, 100)
    assert batch_plan.default_lengths(16) == (16,)
    assert batch_plan.default_lengths(10) == (10,)
    fine = batch_plan.default_lengths(200, any_length=True)
    assert fine == (*range(8, 64, 8), 64, 80, 96, 112, 128, 160, 192, 200)


@pytest.fixture
def features():
    """Rows 0 to 5, of 3 to 8 tokens; token t of row r is 10 r + t."""
    rows = [
        {
            "token_ids": [10 * row + t for t in range(row + 3)],
            "segment_ids": [0, 1] + [1] * (row + 1),
        }
        for row in range(6)
    ]
    labels = {"label": np.arange(6, dtype=np.int32)}
    return item_features.from_rows(rows, labels, list(range(6)))


def test_padded(features):
    items = np.array([[5, -1], [0, 2]])
    first, second = input_pipeline.batches(features, items, 8, training=True)
    assert first["token_ids"].shape == (2, 8)
    np.testing.assert_array_equal(first["token_ids"][0], range(50, 58))
    np.testing.assert_array_equal(first["padding_mask"][1], [0] * 8)
    np.testing.assert_array_equal(first["label"], [5, -1])
    np.testing.assert_array_equal(second["token_ids"][0], [0, 1, 2] + [0] * 5)
    np.testing.assert_array_equal(second["segment_ids"][0], [0, 1, 1] + [0] * 5)
    np.testing.assert_array_equal(second["item"], [0, 2])


def test_an_open_length_changes_no_batch(features):
    items = np.array([[5, -1], [0, 2]])
    dataset = input_pipeline.batches(
        features, items, 8, training=True, any_length=True
    )
    assert dataset.element_spec["token_ids"].shape.as_list() == [2, None]
    fixed = input_pipeline.batches(features, items, 8, training=True)
    for found, expected in zip(dataset, fixed, strict=True):
        assert found.keys() == expected.keys()
        for name, value in expected.items():
            np.testing.assert_array_equal(found[name], value)


def test_packed(features):
    items = np.array([[[0, 1, -1], [2, -1, -1]]])
    (batch,) = input_pipeline.batches(features, items, 9, training=True)
    np.testing.assert_array_equal(
        batch["token_ids"],
        [[0, 1, 2, 10, 11, 12, 13, 0, 0], [20, 21, 22, 23, 24, 0, 0, 0, 0]],
    )
    np.testing.assert_array_equal(
        batch["pack_ids"][0], [1, 1, 1, 2, 2, 2, 2, 0, 0]
    )
    np.testing.assert_array_equal(
        batch["position_ids"][0], [0, 1, 2, 0, 1, 2, 3, 0, 0]
    )
    np.testing.assert_array_equal(batch["first_positions"], [[0, 3], [0, 0]])
    np.testing.assert_array_equal(batch["label"], [[0, 1], [2, -1]])


def test_choices_stay_together(features):
    pairs = item_features.Features(
        features.row_splits,
        features.sequences,
        {"label": np.array([1, 0, 1], np.int32)},
        np.arange(3, dtype=np.int32),
        rows_per_item=2,
    )
    np.testing.assert_array_equal(pairs.lengths, [4, 6, 8])
    (batch,) = input_pipeline.batches(pairs, np.array([[2, 0]]), 8)
    assert batch["token_ids"].shape == (2, 2, 8)
    np.testing.assert_array_equal(batch["token_ids"][0, 1], range(50, 58))
    assert "label" not in batch


def test_hosts_and_replicas_share_a_batch(features):
    items = np.array([[0, 1, 2, 3], [4, 5, 0, 1]])
    seen = []
    for host in (0, 1):
        share = host_share.HostShare(host=host, hosts=2, replicas=4)
        seen.append(
            [
                batch["item"].numpy().tolist()
                for batch in input_pipeline.batches(
                    features, items, 8, share=share
                )
            ]
        )
    assert seen == [[[0], [1], [4], [5]], [[2], [3], [0], [1]]]


@pytest.mark.parametrize("parts", [1, 3])
def test_a_packed_batch_has_about_as_many_items(parts):
    lengths = np.random.default_rng(0).integers(3, 20, 500)
    size, steps = 30, 40
    plan = batch_plan.make(
        {"t": lengths},
        {"t": (16, 64)},
        num_steps=steps,
        batch_size=size,
        seed=1,
        pack=True,
        parts=parts,
    )
    (items,) = plan.items
    assert items.shape[0] == steps and items.shape[1] % parts == 0
    # A row holds 64 tokens: some 6 items; so B is 5 or, of 3 parts, 6.
    per_step = (items >= 0).sum() / steps
    assert abs(per_step - size) < 6
    # No item is left out, and all are seen equally often but for the last time.
    seen = np.bincount(items[items >= 0], minlength=len(lengths))
    assert seen.min() >= 2 and np.ptp(seen) <= 1


def test_every_item_is_evaluated_once():
    lengths = np.array([5, 40, 6, 7, 41, 8])
    batches = evaluation_plan.in_order(lengths, (8, 64), 2)
    assert [(n, items.tolist()) for n, items in batches] == [
        (8, [[0, 2], [3, 5]]),
        (64, [[1, 4]]),
    ]
    ((_, packed),) = evaluation_plan.in_order(lengths, (8, 64), 2, pack=True)
    assert sorted(packed[packed >= 0]) == list(range(6))


def test_features_are_kept(features, tmp_path):
    path = str(tmp_path / "features.npz")
    item_features.save(features, path)
    found = item_features.load(path)
    np.testing.assert_array_equal(found.row_splits, features.row_splits)
    for name, values in features.sequences.items():
        np.testing.assert_array_equal(found.sequences[name], values)
    np.testing.assert_array_equal(
        found.labels["label"], features.labels["label"]
    )
    both = item_features.join([features, found])
    assert len(both) == 12 and both.row_splits[-1] == 66
