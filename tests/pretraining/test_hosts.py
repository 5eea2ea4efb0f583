"""Several hosts: together they see every record, each reads its own."""

import collections
import dataclasses

import numpy as np
import pytest

from data_pipeline.batches import host_share
from data_pipeline.batches import packing
from data_pipeline.pretraining import batching
from data_pipeline.pretraining import mask_config
from data_pipeline.pretraining import mask_spec
from data_pipeline.pretraining.records import examples as examples_lib
from data_pipeline.pretraining.records import features as records
from data_pipeline.pretraining.records import manifests
from data_pipeline.pretraining.records import record_files
from data_pipeline.pretraining.records import record_sets
from data_pipeline.pretraining.records import tfrecords
from data_pipeline.text import tokenizers

SIZE, S, BATCH = 101, 32, 12  # 101 rows do not divide into batches of 12
IDS = range(10, 60)  # ordinary pieces; a record's first two tell its number


class NotedReads(record_files.RecordFiles):
    """Keeps the numbers of each call of `read`."""

    def __init__(self, paths):
        super().__init__(paths)
        self.calls = []

    def read(self, numbers, hurry=False):
        self.calls.append(tuple(numbers.tolist()))
        return super().read(numbers, hurry)


@pytest.fixture(scope="module")
def record_set(vocabulary, tmp_path_factory):
    folder = tmp_path_factory.mktemp("numbered")
    tokenizer = tokenizers.load(vocabulary)
    tokenizer.save(str(folder))
    rng = np.random.default_rng(0)
    examples = [
        examples_lib.Example(
            [IDS[n // 50], IDS[n % 50], *[9] * length], length + 2
        )
        for n, length in enumerate(rng.integers(0, 28, SIZE))
    ]
    serialized = [
        (records.serialize(e), records.row_tokens(e)) for e in examples
    ]
    shards = [
        tfrecords.write_shard(str(folder / f"part-{shard}.tfrecord"), part)
        for shard, part in enumerate(
            (serialized[:40], serialized[40:50], serialized[50:])
        )
    ]
    manifest = manifests.Manifest(
        settings={"max_seq_length": S},
        tokenizer=tokenizer.fingerprint,
        vocab_size=tokenizer.vocab_size,
        inputs={},
        counts={},
        shards=shards,
    )
    manifests.write(str(folder), manifest)
    return record_sets.open_records(f"{folder}/*.tfrecord", S)


def numbers_of(batch, row):
    """The examples of a row, packed or not, by their first two tokens."""
    tokens = batch["token_ids"][row].copy()
    used = batch["mask_weights"][row] > 0
    tokens[batch["mask_positions"][row, used]] = batch["mask_ids"][row, used]
    firsts = np.zeros(1, int)
    if "pack_ids" in batch:
        count = batch["pack_ids"][row].max()
        firsts = batch["first_positions"][row, :count]
    return tuple(50 * tokens[firsts + 1] + tokens[firsts + 2] - 51 * IDS[0])


def rows_of_host(record_set, pack, host, hosts, steps):
    """steps x BATCH / hosts tuples of numbers, and the calls of `read`."""
    noted = NotedReads(record_set.files.paths)
    dataset = batching.training_batches(
        dataclasses.replace(record_set, files=noted),
        mask_spec.from_config(
            mask_config.MaskConfig(max_predictions_per_seq=4),
            record_set.tokenizer,
        ),
        batch_size=BATCH,
        seed=1,
        share=host_share.HostShare(host, hosts, replicas=hosts),
        pack=pack,
    )
    rows = [
        numbers_of(batch, row)
        for batch in dataset.take(steps).as_numpy_iterator()
        for row in range(BATCH // hosts)
    ]
    return rows, noted.calls


@pytest.mark.parametrize("hosts", [2, pytest.param(3, marks=pytest.mark.slow)])
@pytest.mark.parametrize("pack", [False, True])
def test_every_record_once_an_epoch_over_all_hosts(record_set, pack, hosts):
    rows = SIZE
    if pack:
        rows = len(
            packing.plan(
                record_set.lengths(np.arange(len(record_set.files))), S
            )
        )
    assert rows % BATCH
    steps = -(-2 * rows // BATCH)
    parts = [
        rows_of_host(record_set, pack, host, hosts, steps)[0]
        for host in range(hosts)
    ]
    # The run's order: each step's rows, host after host.
    share = BATCH // hosts
    run = [
        row
        for step in range(steps)
        for part in parts
        for row in part[step * share : (step + 1) * share]
    ]
    for epochs in (1, 2):
        seen = collections.Counter(
            number for row in run[: epochs * rows] for number in row
        )
        assert seen == dict.fromkeys(range(SIZE), epochs)


@pytest.mark.parametrize("hosts", [2, pytest.param(3, marks=pytest.mark.slow)])
@pytest.mark.parametrize(
    "pack", [False, pytest.param(True, marks=pytest.mark.slow)]
)
def test_a_host_reads_its_own_records_only(record_set, pack, hosts):
    block = batching.BLOCK
    for host in range(hosts):
        rows, _ = rows_of_host(record_set, pack, host, hosts, 12 * block // 4)
        own = {
            tuple(number for row in rows[at : at + block] for number in row)
            for at in range(0, len(rows), block)
        }
        taken, calls = rows_of_host(record_set, pack, host, hosts, 2)
        assert taken == rows[: len(taken)]
        # Some blocks ahead, but each of them its own.
        assert 1 <= len(calls) <= 8 and set(calls) <= own
