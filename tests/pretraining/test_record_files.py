"""Random access: with and without an index, damaged, and from elsewhere."""

import re

import numpy as np
import pytest
import tensorflow as tf

from data_pipeline.pretraining.records import record_files
from data_pipeline.pretraining.records import tfrecords


def test_random_access(tmp_path):
    paths = []
    for file, count in enumerate((3, 0, 4)):
        paths.append(str(tmp_path / f"{file}.tfrecord"))
        with tf.io.TFRecordWriter(paths[-1]) as writer:
            for number in range(count):
                writer.write(f"{file}-{number}" * (number + 1))
    files = record_files.RecordFiles(paths)
    assert len(files) == 7
    assert files.read(np.array([6, 0, 2, 3, 6])).tolist() == [
        b"2-3" * 4,
        b"0-0",
        b"0-2" * 3,
        b"2-0",
        b"2-3" * 4,
    ]


@pytest.mark.parametrize("keep", [5, 14, 30])
def test_a_file_cut_short_is_named(tmp_path, keep):
    path = tmp_path / "a.tfrecord"
    with tf.io.TFRecordWriter(str(path)) as writer:
        writer.write("some record")
        writer.write("another one")
    whole = path.read_bytes()
    path.write_bytes(whole[: keep if keep < 27 else len(whole) - 2])
    with pytest.raises(ValueError, match="a.tfrecord, which ends inside"):
        record_files.RecordFiles([str(path)])


@pytest.fixture
def shard(tmp_path):
    """Records 0, 11, 22, ... 99, with an index."""
    path = tmp_path / "part-00000-of-00001.tfrecord"
    data = [(str(11 * n).encode() * n, n + 3) for n in range(10)]
    tfrecords.write_shard(str(path), data)
    return path


def lengths(opened):
    return opened.index.lengths(np.arange(len(opened))).tolist()


def test_an_index_says_the_same_as_the_file(shard):
    indexed = record_files.RecordFiles([str(shard)])
    assert lengths(indexed) == list(range(3, 13))
    shard.with_suffix(".index").unlink()
    walked = record_files.RecordFiles([str(shard)])
    assert not walked.index.has_lengths
    assert len(walked) == len(indexed) == 10
    numbers = np.array([9, 0, 4, 4])
    expected = [b"99" * 9, b"", b"44" * 4, b"44" * 4]
    for opened in (indexed, walked):
        assert opened.read(numbers).tolist() == expected


def test_an_index_of_another_file(shard):
    index = shard.with_suffix(".index")
    whole = index.read_bytes()
    for wrong in (whole[:-8], whole[:-3], whole + whole[:8]):
        index.write_bytes(wrong)
        rule = "must end with its checksum|must describe it"
        with pytest.raises(ValueError, match=rule) as error:
            record_files.RecordFiles([str(shard)])
        assert index.name in str(error.value)
        assert "remove the index" in str(error.value)


def test_damage_anywhere_in_a_record_is_named(shard):
    """Each byte of record 4 flipped: length, checksums, data."""
    whole = shard.read_bytes()
    sizes = [16 + 2 * n if n > 0 else 16 for n in range(10)]
    assert sum(sizes) == len(whole)
    begin = sum(sizes[:4])
    opened = record_files.RecordFiles([str(shard)])
    message = re.escape(f"record 4 of {shard}, at byte {begin}")
    for at in range(begin, begin + sizes[4]):
        damaged = bytearray(whole)
        damaged[at] ^= 1
        shard.write_bytes(damaged)
        assert len(opened.read(np.array([3, 5]))) == 2
        with pytest.raises(ValueError, match=message):
            opened.read(np.array([3, 4]))
    # Cut short after it was opened.
    shard.write_bytes(whole[: begin + 5])
    with pytest.raises(ValueError, match=message):
        opened.read(np.array([4]))


def test_a_damaged_length_without_an_index(shard):
    shard.with_suffix(".index").unlink()
    damaged = bytearray(shard.read_bytes())
    damaged[16 + 18 + 1] ^= 1  # of record 2's length
    shard.write_bytes(damaged)
    with pytest.raises(ValueError, match="has no record at byte 34"):
        record_files.RecordFiles([str(shard)])


def test_files_that_are_not_local(shard):
    opened = record_files.RecordFiles([f"file://{shard}"])
    assert opened.stored
    assert lengths(opened) == list(range(3, 13))
    assert opened.read(np.array([4])).tolist() == [b"44" * 4]


def of_earlier_versions(index):
    """Rewrites an index as they wrote it: without a checksum."""
    index.write_bytes(index.read_bytes()[:-4])


def test_an_index_of_earlier_versions(shard):
    index = shard.with_suffix(".index")
    assert len(index.read_bytes()) == 84
    of_earlier_versions(index)
    opened = record_files.RecordFiles([str(shard)], 12)
    assert lengths(opened) == list(range(3, 13))


def test_damage_anywhere_in_an_index_is_named(shard):
    index = shard.with_suffix(".index")
    whole = index.read_bytes()
    for at in range(len(whole)):
        damaged = bytearray(whole)
        damaged[at] ^= 1
        index.write_bytes(damaged)
        with pytest.raises(ValueError, match=re.escape(str(index))) as error:
            record_files.RecordFiles([str(shard)], 12)
        assert "remove the index" in str(error.value)


@pytest.mark.parametrize("length", [0, 2, 13, 2**32 - 1])
def test_lengths_that_no_row_can_have(shard, length):
    index = shard.with_suffix(".index")
    of_earlier_versions(index)
    rows = np.frombuffer(index.read_bytes(), "<u4").reshape(-1, 2).copy()
    rows[5, 1] = length
    index.write_bytes(rows.tobytes())
    with pytest.raises(ValueError, match=f"{length} for record 5.*3 to 12"):
        record_files.RecordFiles([str(shard)], 12)


def test_lengths_of_an_index_that_are_not_those_of_the_rows(shard):
    opened = record_files.RecordFiles([str(shard)], 12)
    numbers = np.array([7, 2])
    assert opened.check_lengths(numbers, np.array([10, 5])) is numbers
    with pytest.raises(
        ValueError, match="with 5 for record 2, whose row has 6"
    ):
        opened.check_lengths(numbers, np.array([10, 6]))
