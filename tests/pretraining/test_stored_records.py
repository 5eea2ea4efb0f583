"""Records on cloud storage give the batches of local ones, read by ranges."""

import numpy as np
import pytest

from benchmarks import faulty_proxy
from data_pipeline.batches import host_share
from data_pipeline.pretraining import batching
from data_pipeline.pretraining import packing_plan
from data_pipeline.pretraining import row_order
from data_pipeline.pretraining import row_reader
from data_pipeline.pretraining.records import part_table
from data_pipeline.pretraining.records import record_sets


@pytest.fixture
def windows(monkeypatch):
    """Windows of 16 rows and parts of 4, so that a small set has several."""
    monkeypatch.setattr(row_order, "WHOLE", 10)
    monkeypatch.setattr(row_order, "WINDOW", 16)
    monkeypatch.setattr(row_order, "PART", 4)
    monkeypatch.setattr(packing_plan, "WHOLE", 10)
    monkeypatch.setattr(part_table, "PACKED", 12)
    monkeypatch.setattr(batching, "BLOCK", 16)


@pytest.fixture
def stored_set(record_folder):
    """The local records, read by requests to fsspec."""
    return record_sets.open_records(f"file://{record_folder}/*.tfrecord", 64)


def take(record_set, spec, count, **settings):
    batches = batching.training_batches(
        record_set, spec, batch_size=8, seed=1, **settings
    )
    return list(batches.take(count).as_numpy_iterator())


def assert_equal(batches, expected):
    assert len(batches) == len(expected)
    for batch, other in zip(batches, expected, strict=True):
        for name, value in other.items():
            np.testing.assert_array_equal(batch[name], value)


@pytest.mark.parametrize(
    "pack", [False, pytest.param(True, marks=pytest.mark.slow)]
)
def test_the_same_batches_from_any_step(
    record_set, stored_set, spec, windows, pack
):
    assert stored_set.files.stored and not record_set.files.stored
    expected = take(record_set, spec, 20, pack=pack)
    assert_equal(take(stored_set, spec, 20, pack=pack), expected)
    resumed = take(stored_set, spec, 3, first_step=13, pack=pack)
    assert_equal(resumed, expected[13:16])


def test_the_same_evaluation(record_set, stored_set, spec, windows):
    def evaluate(opened, host, hosts):
        batches, _ = batching.evaluation_batches(
            opened,
            spec,
            batch_size=12,
            seed=0,
            max_batches=3,
            share=host_share.HostShare(host, hosts, hosts),
        )
        return list(batches.as_numpy_iterator())

    assert_equal(evaluate(stored_set, 1, 2), evaluate(record_set, 1, 2))


def test_packed_parts_hold_every_record_once(record_set, windows):
    plan = packing_plan.PackingPlan(record_set)
    rows = plan.records(np.arange(len(plan)))
    used = rows[rows >= 0]
    np.testing.assert_array_equal(
        np.sort(used), np.arange(len(record_set.files))
    )
    spread = [np.ptp(row[row >= 0]) for row in rows]
    assert max(spread) < 12 and len(plan.firsts) > 3


def test_packed_rows_are_those_of_local_files(record_set, stored_set, windows):
    plan = packing_plan.PackingPlan(record_set)
    order = row_order.TrainingOrder(len(plan), 1, 8, plan.firsts)
    local, stored = (
        row_reader.RowReader(
            opened.files, order, host_share.HostShare(1, 2, 2), 8, plan=plan
        )
        for opened in (record_set, stored_set)
    )
    for first in (0, 10, 33, 200):
        index = np.arange(first, first + 12)
        for part, expected in zip(
            stored.read(index), local.read(index), strict=True
        ):
            np.testing.assert_array_equal(part, expected)


def reader(stored_set, **settings):
    """A reader of rows, and the numbers of records of each of its reads."""
    reads, read = [], stored_set.files.read

    def noted(numbers, hurry):
        reads.append(numbers)
        return read(numbers, hurry)

    stored_set.files.read = noted
    order = row_order.TrainingOrder(len(stored_set.files), 1, 8)
    made = row_reader.RowReader(
        stored_set.files, order, host_share.WHOLE, 8, **settings
    )
    return made, reads


def test_a_window_is_read_once_and_one_ahead(stored_set, windows):
    made, reads = reader(stored_set, first=5)
    for first in (5, 9, 13):
        made.read(np.arange(first, min(first + 4, 16)))
    made.read(np.arange(16, 20))
    for future in list(made._windows.values()):
        future.result()
    # Of the first window, only what is still needed.
    assert [len(numbers) for numbers in reads] == [11, 16, 16]  # in turn
    for first in range(20, 400, 4):
        made.read(np.arange(first, first + 4))
        assert len(made._windows) <= 3


def test_evaluation_reads_no_more_than_it_needs(stored_set, windows):
    size = len(stored_set.files)
    made, reads = reader(stored_set, stop=24)
    made._order = row_order.EvaluationOrder(size)
    made.read(np.arange(0, 16))
    made.read(np.arange(16, 24))
    for future in list(made._windows.values()):
        future.result()
    np.testing.assert_array_equal(np.concatenate(reads), np.arange(24))


def test_a_damaged_record_ends_the_reading(record_folder, spec, tmp_path):
    for path in record_folder.iterdir():
        (tmp_path / path.name).write_bytes(path.read_bytes())
    shard = sorted(tmp_path.glob("*.tfrecord"))[0]
    content = bytearray(shard.read_bytes())
    content[40] ^= 1
    shard.write_bytes(content)
    damaged = record_sets.open_records(f"file://{tmp_path}/*.tfrecord", 64)
    with pytest.raises(Exception, match="must match its checksum"):
        take(damaged, spec, 1)


@pytest.fixture
def bucket(record_folder, monkeypatch):
    """The records in S3, behind a proxy that fails every third request."""
    moto = pytest.importorskip("moto.server")
    s3fs = pytest.importorskip("s3fs")
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    monkeypatch.setattr(faulty_proxy, "SLOW", 0.05)
    server = moto.ThreadedMotoServer(port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    store = s3fs.S3FileSystem(endpoint_url=f"http://{host}:{port}")
    store.mkdir("bucket")
    store.put(f"{record_folder}/", "bucket/set/", recursive=True)
    proxy = faulty_proxy.Proxy(f"{host}:{port}", latency=0.01, faults=0.3)
    with faulty_proxy.running(proxy) as port:
        monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{port}")
        yield proxy
    server.stop()


def test_a_server_that_fails_now_and_then(record_set, bucket, spec, windows):
    opened = record_sets.open_records("s3://bucket/set/*.tfrecord", 64)
    before, faults = bucket.counts.bytes, bucket.counts.faults
    expected = take(record_set, spec, 12, first_step=2)
    assert_equal(take(opened, spec, 12, first_step=2), expected)
    assert bucket.counts.faults > faults
    assert bucket.counts.bytes > before
