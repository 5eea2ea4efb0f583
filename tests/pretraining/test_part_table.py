"""The table of a large set, in place of its indexes."""

import re

import numpy as np
import pytest

from data_pipeline.pretraining import packing_plan
from data_pipeline.pretraining.records import manifests
from data_pipeline.pretraining.records import part_table
from data_pipeline.pretraining.records import record_index
from data_pipeline.pretraining.records import record_sets
from data_pipeline.pretraining.records import tfrecords


@pytest.fixture
def large(monkeypatch, record_folder, tmp_path):
    """The set's folder with a table, as if it were large."""
    monkeypatch.setattr(part_table, "SMALL", 10)
    monkeypatch.setattr(record_sets, "IN_MEMORY", 10)
    monkeypatch.setattr(part_table, "PART", 4)
    monkeypatch.setattr(part_table, "PACKED", 12)
    monkeypatch.setattr(packing_plan, "WHOLE", 10)
    for path in record_folder.iterdir():
        (tmp_path / path.name).write_bytes(path.read_bytes())
    shards = manifests.read(str(tmp_path)).shards
    assert len(shards) > 1 and any(shard["records"] % 4 for shard in shards)
    part_table.write(str(tmp_path), shards, 64)
    return tmp_path


def opened(folder, names="*.tfrecord"):
    found = record_sets.open_records(f"{folder}/{names}", 64)
    assert isinstance(found.files.index, record_index.PartIndex)
    return found


@pytest.mark.parametrize("names", ["*.tfrecord", "part-0000[12]-*.tfrecord"])
@pytest.mark.parametrize("scheme", ["", "file://"])
def test_a_table_finds_the_same_records(large, record_folder, names, scheme):
    expected = record_sets.open_records(f"{record_folder}/{names}", 64)
    found = opened(f"{scheme}{large}", names)
    size = len(expected.files)
    assert len(found.files) == size
    np.testing.assert_array_equal(found.files.firsts, expected.files.firsts)
    rng = np.random.default_rng(0)
    for numbers in (np.arange(size), rng.permutation(size), np.array([3, 3])):
        assert np.array_equal(
            found.files.read(numbers), expected.files.read(numbers)
        )
        lengths = expected.lengths(numbers)
        np.testing.assert_array_equal(found.lengths(numbers), lengths)
        assert found.files.check_lengths(numbers, lengths) is numbers
    with pytest.raises(ValueError, match="must say how long its rows are"):
        found.files.check_lengths(np.array([2]), lengths[:1] + 1)


def test_the_packing_plan_is_the_same(large, record_folder, monkeypatch):
    counted = record_sets.open_records(f"{record_folder}/*.tfrecord", 64)
    assert counted.packed_rows is None
    expected = packing_plan.PackingPlan(counted)
    plan = packing_plan.PackingPlan(opened(large))
    np.testing.assert_array_equal(plan.firsts, expected.firsts)
    rows = np.arange(len(plan))
    np.testing.assert_array_equal(plan.records(rows), expected.records(rows))
    monkeypatch.setattr(record_sets, "IN_MEMORY", 1000)
    in_memory = record_sets.open_records(f"{large}/*.tfrecord", 64)
    assert isinstance(in_memory.files.index, record_index.WholeIndex)
    again = packing_plan.PackingPlan(in_memory)
    np.testing.assert_array_equal(again.records(rows), expected.records(rows))
    # Rows of another length are counted.
    longer = record_sets.open_records(f"{large}/*.tfrecord", 128, pack=True)
    assert longer.packed_rows is None
    assert len(packing_plan.PackingPlan(longer)) < len(plan)


def test_few_parts_of_indexes_are_kept(large, monkeypatch):
    monkeypatch.setattr(record_index, "_KEPT_PARTS", 3)
    index = opened(large).files.index
    for first in range(0, 40, 8):
        index.locate(np.arange(first, first + 8))
        assert len(index._kept) <= 3


def test_small_sets_have_no_table(large, record_folder, monkeypatch):
    monkeypatch.setattr(part_table, "SMALL", 1000)
    shards = manifests.read(str(record_folder)).shards
    part_table.write(str(record_folder), shards, 64)
    assert not (record_folder / part_table.FILE_NAME).exists()
    found = record_sets.open_records(f"{large}/*.tfrecord", 64)
    assert isinstance(found.files.index, record_index.WholeIndex)


def test_a_damaged_table_is_named(large):
    path = large / part_table.FILE_NAME
    whole = path.read_bytes()
    rng = np.random.default_rng(0)
    for at in [*range(12), *rng.integers(0, len(whole), 40)]:
        damaged = bytearray(whole)
        damaged[at] ^= 1
        path.write_bytes(damaged)
        with pytest.raises(ValueError, match=re.escape(str(path))):
            opened(large)
    for cut in (whole[:-1], whole[:-8], whole[:3], b""):
        path.write_bytes(cut)
        with pytest.raises(ValueError, match=re.escape(str(path))):
            opened(large)


def test_an_index_of_other_sizes_is_noticed(large):
    """Only the records' own checksums are left to notice it."""
    index = sorted(large.glob("*.index"))[0]
    rows = tfrecords.read_index(str(index)).copy()
    rows[[0, 1], 0] = rows[[1, 0], 0]
    assert rows[0, 0] != rows[1, 0]
    index.write_bytes(rows.tobytes())
    with pytest.raises(ValueError, match="record 0 of .*must|must match"):
        opened(large).files.read(np.arange(4))
