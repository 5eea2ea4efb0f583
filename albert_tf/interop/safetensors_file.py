"""Reads .safetensors files after checking everything that the header claims.

The header says how large the tensors are and where they are stored. It is
trusted only if it fits the file, so that no file, however crafted, causes a
large allocation or a read outside of it.
"""

import math
import os
import struct
from typing import Any

import numpy as np
import safetensors

from albert_tf.io import json_file

# Bytes per number.
_ITEM_SIZES = {
    **dict.fromkeys(("BOOL", "U8", "I8", "F8_E5M2", "F8_E4M3"), 1),
    **dict.fromkeys(("U16", "I16", "F16", "BF16"), 2),
    **dict.fromkeys(("U32", "I32", "F32"), 4),
    **dict.fromkeys(("U64", "I64", "F64"), 8),
}
WEIGHT_DTYPES = ("F32", "F16", "BF16")
# ALBERT's headers take a few kilobytes; without sharing, a few hundred.
_LONGEST_HEADER = 10_000_000


def read_header(path: str) -> dict[str, dict[str, Any]]:
    """Returns the declared tensors: name -> dtype, shape, data_offsets.

    Raises:
        ValueError: the header is not valid, or does not fit the file.
    """
    size = os.path.getsize(path)
    with open(path, "rb") as file:
        start = file.read(8)
        length = struct.unpack("<Q", start)[0] if len(start) == 8 else size
        if 8 + length > size or length > _LONGEST_HEADER:
            raise _error(
                path,
                f"a file of {size} bytes that declares a header of {length}",
            )
        text = file.read(length)
    header = json_file.parse_object(
        text, f"The header of {path}", unique_keys=True
    )
    header.pop("__metadata__", None)
    for name, entry in header.items():
        _check_entry(path, name, entry)
    _check_layout(path, header, size - 8 - length)
    return header


def read_tensor(path: str, name: str, dtype: str) -> np.ndarray:
    """Reads one tensor as float32, from a file whose header was checked.

    The conversion from half precision is exact.

    Raises:
        ValueError: the dtype is not one of WEIGHT_DTYPES.
    """
    if dtype not in WEIGHT_DTYPES:
        raise ValueError(
            f"Weights must have one of the types {', '.join(WEIGHT_DTYPES)}. "
            f"Received: {name} of {dtype} in {path}."
        )
    try:
        # BF16 becomes the NumPy type that TensorFlow registers.
        with safetensors.safe_open(path, framework="np") as file:
            return file.get_tensor(name).astype(np.float32)
    except safetensors.SafetensorError as error:
        raise _error(path, f"{name}: {error}") from None


def _check_entry(path: str, name: str, entry: Any) -> None:
    if not isinstance(entry, dict) or set(entry) != {
        "dtype",
        "shape",
        "data_offsets",
    }:
        raise _error(path, f"{name} without dtype, shape and data_offsets")
    dtype, shape, offsets = (
        entry[key] for key in ("dtype", "shape", "data_offsets")
    )
    if not isinstance(dtype, str) or dtype not in _ITEM_SIZES:
        raise _error(
            path,
            f"{name} with dtype {dtype!r}, which is not one of "
            f"{', '.join(_ITEM_SIZES)}",
        )
    if not _is_sizes(shape):
        raise _error(path, f"{name} with the shape {shape!r}")
    if not _is_sizes(offsets) or len(offsets) != 2:
        raise _error(path, f"{name} with the offsets {offsets!r}")
    declared = math.prod(shape) * _ITEM_SIZES[dtype]
    if offsets[1] - offsets[0] != declared:
        raise _error(
            path,
            f"{name}, {dtype} {shape}, which takes {declared} bytes, at the "
            f"offsets {offsets}",
        )


def _check_layout(path: str, header: dict, data_size: int) -> None:
    """Checks that tensors fill the data without gaps or overlaps."""
    position = 0
    for name, entry in sorted(
        header.items(), key=lambda item: item[1]["data_offsets"]
    ):
        begin, end = entry["data_offsets"]
        if begin != position:
            raise _error(
                path,
                f"{name}, which begins at byte {begin} where the tensor "
                f"before it ends at {position}",
            )
        position = end
    if position != data_size:
        raise _error(
            path,
            f"tensors of {position} bytes in all, and {data_size} bytes of "
            "data",
        )


def _is_sizes(value: Any) -> bool:
    return isinstance(value, list) and all(
        type(size) is int and size >= 0 for size in value
    )


def _error(path: str, received: str) -> ValueError:
    return ValueError(
        "A .safetensors file must be whole, and its header must describe it. "
        f"Received: {path} with {received}. Fetch or write it again."
    )
