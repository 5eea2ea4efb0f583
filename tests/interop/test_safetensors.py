"""Safetensors files whose headers lie."""

import json
import struct
import tracemalloc

import numpy as np
import pytest

from albert_tf.interop import safetensors_file

TWO = {  # A whole file: two tensors of 8 bytes.
    "a": {"dtype": "F32", "shape": [2], "data_offsets": [0, 8]},
    "b": {"dtype": "F32", "shape": [1, 2], "data_offsets": [8, 16]},
}


def write_file(path, header, data=b"\0" * 16, length=None):
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    size = len(text) if length is None else length
    path.write_bytes(struct.pack("<Q", size) + text + data)
    return str(path)


def test_a_whole_file(tmp_path):
    path = write_file(
        tmp_path / "x", TWO, np.arange(4, dtype=np.float32).tobytes()
    )
    assert safetensors_file.read_header(path) == TWO
    np.testing.assert_array_equal(
        safetensors_file.read_tensor(path, "b", "F32"), [[2, 3]]
    )


def changed(name="b", **values):
    return {**TWO, name: {**TWO[name], **values}}


HUNDRED_GB = {"shape": [25 * 10**9], "data_offsets": [8, 8 + 10**11]}


@pytest.mark.parametrize(
    "header, received",
    [
        (changed(**HUNDRED_GB), "bytes of data"),
        (changed(shape=[25 * 10**9]), "takes 100000000000 bytes"),
        (changed(shape=[2**62, 2**62]), "takes"),
        (changed(shape=[-1, -2]), "the shape"),
        (changed(shape=[1.0, 2]), "the shape"),
        (changed(shape="12"), "the shape"),
        (changed(data_offsets=[4, 12]), "begins at byte 4"),
        (changed(data_offsets=[0, 8]), "begins at byte 0"),
        (changed(data_offsets=[16, 24]), "begins at byte 16"),
        (changed(data_offsets=[16, 8]), "at the offsets"),
        (changed(data_offsets=[8, 16, 24]), "the offsets"),
        (changed(data_offsets=None), "the offsets"),
        (changed(dtype="F33"), "dtype 'F33'"),
        (changed(dtype=["F32"]), "dtype"),
        (changed(dtype="F16"), "takes 4 bytes"),
        ({"a": TWO["a"]}, "16 bytes of data"),
        ({**TWO, "c": 7}, "c without dtype"),
        ([TWO], "one JSON object. Received: .{"),
        (b"{" * 9, "one JSON object"),
        (b"[" * 100_000, "one JSON object"),
        (b"[" * 500 + b"]" * 500, "nested more than"),
        ({"a": json.loads("[" * 60 + "]" * 60)}, "nested more than"),
        (b"\xff\xfe{}", "one JSON object"),
        (b'{"a": 1, "a": 2}', "'a' occurs twice"),
    ],
)
def test_lying_headers(tmp_path, header, received):
    path = write_file(tmp_path / "x", header)
    tracemalloc.start()
    with pytest.raises(ValueError, match=received):
        safetensors_file.read_header(path)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 50_000_000


@pytest.mark.parametrize("length", [2**63, 2**40, 10_000_000, 1000])
def test_a_header_longer_than_the_file(tmp_path, length):
    path = write_file(tmp_path / "x", TWO, length=length)
    with pytest.raises(ValueError, match=f"a header of {length}"):
        safetensors_file.read_header(path)
