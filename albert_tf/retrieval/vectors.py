"""The vectors of an index: a memory-mapped array, written batch by batch."""

import os
from collections.abc import Iterable
from collections.abc import Sequence

import numpy as np

from albert_tf.retrieval import damaged

FILE = "vectors.npy"


def write(path: str, batches: Iterable[np.ndarray], count: int) -> int:
    """Writes vectors of length 1 into a .npy file.

    Args:
        path: path of the file, which is replaced.
        batches: float [n, D] each; scaled to length 1.
        count: N, the number of vectors that they must add up to.
    Returns:
        D, the size of the vectors.
    Raises:
        ValueError: a vector has NaN, infinity or length 0, or another size
            than the first, or there are more or fewer than N.
    """
    size = start = 0
    with open(path, "wb") as file:
        for batch in batches:
            unit = scaled(batch, start)
            end = start + len(unit)
            if not size:
                size = unit.shape[1]
                np.lib.format.write_array_header_1_0(
                    file,
                    {
                        "descr": "<f4",
                        "fortran_order": False,
                        "shape": (count, size),
                    },
                )
            if unit.shape[1] != size or end > count:
                raise ValueError(
                    f"There must be {count:,} vectors of one size. Received: "
                    f"{end:,} or more, of sizes {size} and {unit.shape[1]}. "
                    "Embed the documents again."
                )
            file.write(unit.astype("<f4").tobytes())
            start = end
    if start != count:
        raise ValueError(
            "Each document must have one vector. Received: "
            f"{start:,} vectors for {count:,} documents. Embed the same file "
            "that is indexed."
        )
    return size


def scaled(vectors: np.ndarray, start: int = 0) -> np.ndarray:
    """Vectors scaled to length 1, so that inner products are cosines.

    Args:
        vectors: float [N, D].
        start: number of the first one, for messages.
    Returns:
        float32 [N, D].
    Raises:
        ValueError: a vector has NaN, infinity or length 0, or the array has
            another shape.
    """
    vectors = np.asarray(vectors, dtype=np.float32)
    if vectors.ndim != 2 or not vectors.shape[1]:
        raise ValueError(
            "Vectors must be an array of shape [N, D]. Received: the shape "
            f"{list(vectors.shape)}."
        )
    lengths = np.linalg.norm(vectors.astype(np.float64), axis=1)
    bad = np.flatnonzero(~np.isfinite(lengths) | (lengths == 0))
    if len(bad):
        value = lengths[bad[0]]
        raise ValueError(
            "Each vector must be finite and longer than 0. Received: vector "
            f"{start + int(bad[0]):,} (counted from 0), of length {value}. "
            "Check the model: a run that diverged has such weights."
        )
    return (vectors / lengths[:, None]).astype(np.float32)


def load(folder: str, count: int, size: int) -> np.ndarray:
    """The vectors in a folder, memory-mapped: float32 [count, size].

    Raises:
        ValueError: the file is damaged or has another shape.
    """
    path = os.path.join(folder, FILE)
    try:
        array = np.load(path, mmap_mode="r", allow_pickle=False)
    except (ValueError, EOFError) as error:
        raise damaged.error(path, str(error)) from None
    if array.dtype != np.float32 or array.shape != (count, size):
        raise damaged.error(path, f"{array.dtype} {list(array.shape)}")
    return array


def sample(vectors: np.ndarray, count: int, seed: int = 0) -> np.ndarray:
    """Some of the vectors, chosen at random without repetition."""
    numbers = sample_numbers(len(vectors), count, seed)
    return np.ascontiguousarray(vectors[numbers])


def sample_numbers(total: int, count: int, seed: int = 0) -> np.ndarray:
    """Sorted random numbers below `total`, `count` of them at most."""
    generator = np.random.default_rng(seed)
    return np.sort(generator.choice(total, min(count, total), replace=False))


def pieces(vectors: np.ndarray, rows: int) -> Sequence[np.ndarray]:
    """Views of consecutive rows, at most `rows` each."""
    return [
        vectors[start : start + rows] for start in range(0, len(vectors), rows)
    ]
