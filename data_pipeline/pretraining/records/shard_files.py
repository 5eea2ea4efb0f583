"""The names and completeness of a record set's shards."""

import os
from typing import Any

import numpy as np
from absl import logging

from data_pipeline.io import files
from data_pipeline.pretraining.records import tfrecords


def path(output_dir: str, shard: int, shards: int) -> str:
    name = f"part-{shard:05}-of-{shards:05}.tfrecord"
    return os.path.join(output_dir, name)


def is_whole(folder: str, row: dict[str, Any]) -> bool:
    """Whether a shard matches its row of the manifest; logs what does not."""
    file = os.path.join(folder, row["name"])
    index = tfrecords.index_path(file)
    for needed in (file, index):
        if not files.exists(needed):
            logging.warning("Missing: %s. The shard is built again.", needed)
            return False
    for made, is_as_made in (
        (
            file,
            tfrecords.size_and_digest(file) == (row["bytes"], row["sha256"]),
        ),
        (index, _records_of(index) == (row["records"], row["bytes"])),
    ):
        if not is_as_made:
            logging.warning("Corrupt: %s. The shard is built again.", made)
            return False
    return True


def _records_of(index: str) -> tuple[int, int] | None:
    """Records and bytes of a file by its index; None if that is corrupt."""
    try:
        table = tfrecords.read_index(index)
    except ValueError:
        return None
    data = int(table[:, 0].sum(dtype=np.int64))
    return len(table), data + tfrecords.FRAME_BYTES * len(table)
