"""Reading and writing .weights.h5, the HDF5 files of Keras.

An HDF5 file may point to other files, and may declare arrays of any size that
it does not hold. Only arrays that lie in the file as they are count here, as
Keras writes them, so no file causes a large allocation or a read elsewhere.
"""

import contextlib
import io
from collections.abc import Iterator
from collections.abc import Mapping
from typing import Any

import h5py
import ml_dtypes
import numpy as np
import tensorflow as tf


class WeightsFileError(ValueError):
    """A file is damaged, or holds something else than weights."""


def shapes(path: str) -> dict[str, tuple[int, ...]]:
    """The arrays of a file, by their path in it; none is read.

    Raises:
        WeightsFileError: the file is damaged, or does not hold an array whole.
    """
    found: dict[str, Any] = {}

    # Links to other places are not visited, and no object twice.
    def visit(name: str, item: h5py.Group | h5py.Dataset) -> None:
        if isinstance(item, h5py.Dataset):
            _check(path, name, item)
            found[name] = item

    with _opened(path) as file:
        file.visititems(visit)
        declared = sum(item.nbytes for item in found.values())
        size = tf.io.gfile.stat(path).length
        if declared > size:
            raise _error(
                path, f"arrays of {declared} bytes in a file of {size} bytes"
            )
        return {name: item.shape for name, item in found.items()}


def read(path: str, name: str) -> np.ndarray:
    """One array of `shapes`, as float32.

    Raises:
        WeightsFileError: it does not hold floating-point numbers.
    """
    with _opened(path) as file:
        dataset = file[name]
        # Keras keeps bfloat16, which HDF5 lacks, as two bytes without a type.
        is_bfloat16 = np.array_equal(dataset.attrs.get("dtype"), "bfloat16")
        if is_bfloat16 and dataset.dtype.itemsize == 2:
            return dataset[()].view(ml_dtypes.bfloat16).astype(np.float32)
        if dataset.dtype.kind != "f":
            raise WeightsFileError(
                "Weights must be floating-point numbers. Received: "
                f"{name} of {dataset.dtype} in {path}."
            )
        return dataset[()].astype(np.float32)


def write(path: str, values: Mapping[str, np.ndarray]) -> None:
    """Writes arrays by their paths in the file; `path` may be a cloud one."""
    content = io.BytesIO()
    with h5py.File(content, "w") as file:
        for name, value in values.items():
            file.create_dataset(name, data=value)
    with tf.io.gfile.GFile(path, "wb") as target:
        target.write(content.getvalue())


@contextlib.contextmanager
def _opened(path: str) -> Iterator[h5py.File]:
    try:
        with tf.io.gfile.GFile(path, "rb") as raw, h5py.File(raw, "r") as file:
            yield file
    except WeightsFileError:
        raise
    # What h5py raises for a damaged file is not documented.
    except Exception as error:
        raise _error(path, f"{type(error).__name__}: {error!s:.200}") from None


def _check(path: str, name: str, dataset: h5py.Dataset) -> None:
    is_whole = (
        isinstance(name, str)  # bytes that are no UTF-8 stay bytes
        and dataset.shape is not None
        and dataset.chunks is None
        and not dataset.external
        and not dataset.is_virtual
        and dataset.id.get_storage_size() == dataset.nbytes
    )
    if not is_whole:
        raise _error(
            path,
            f"{name} of shape {dataset.shape}, which is compressed or lies "
            "elsewhere",
        )


def _error(path: str, received: str) -> WeightsFileError:
    return WeightsFileError(
        "A .weights.h5 file must hold its arrays whole, as Keras writes them. "
        f"Received: {path} with {received}. Save or fetch it again."
    )
