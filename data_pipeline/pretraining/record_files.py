"""Random access to the records of TFRecord files.

Training reads records in an order drawn anew each epoch and may start at any
step, so it looks records up by number instead of reading files through.
"""

import mmap
import os
import struct

import numpy as np
import tensorflow as tf

# A TFRecord is its length (uint64), the length's checksum, the data and the
# data's checksum (uint32 each).
_HEADER, _FOOTER = 12, 4


class RecordFiles:
    """The records of several files, numbered through in the files' order.

    Local files are mapped, so their pages are read when needed and dropped
    under memory pressure; files elsewhere are read into memory whole.

    Args:
        paths: TFRecord files, uncompressed.
    Raises:
        ValueError: a file that is cut short or is no TFRecord file.
    """

    def __init__(self, paths: list[str]):
        self._data = [_open(path) for path in paths]
        spans = [
            _record_spans(data, path)
            for data, path in zip(self._data, paths, strict=True)
        ]
        self._first = np.cumsum([0] + [len(span) for span in spans])
        self._spans = np.concatenate(spans)

    def __len__(self) -> int:
        return int(self._first[-1])

    def read(self, numbers: np.ndarray) -> np.ndarray:
        """The serialized records of these numbers, as an object array [B]."""
        files = np.searchsorted(self._first, numbers, side="right") - 1
        out = np.empty(len(numbers), object)
        for i, (file, number) in enumerate(zip(files, numbers, strict=True)):
            start, stop = self._spans[number]
            out[i] = self._data[file][start:stop]
        return out


def _open(path: str):
    if os.path.exists(path) and os.path.getsize(path):
        with open(path, "rb") as file:
            return mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
    with tf.io.gfile.GFile(path, "rb") as file:
        return file.read()


def _record_spans(data, path: str) -> np.ndarray:
    """int64 [records, 2]: where each record's data starts and stops."""
    spans = []
    at = 0
    while at < len(data):
        start = at + _HEADER
        if start > len(data):
            raise _damaged(path, at)
        stop = start + struct.unpack_from("<Q", data, at)[0]
        at = stop + _FOOTER
        if at > len(data):
            raise _damaged(path, start - _HEADER)
        spans.append((start, stop))
    return np.array(spans, np.int64).reshape(-1, 2)


def _damaged(path: str, at: int) -> ValueError:
    return ValueError(
        "A record file must be a whole TFRecord file, not compressed. "
        f"Received: {path}, which ends inside the record at byte {at}. Make "
        "the records again."
    )
