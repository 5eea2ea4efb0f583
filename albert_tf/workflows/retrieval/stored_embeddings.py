"""Embeddings that albert-tf embed wrote, in place of embedding again."""

import numpy as np

from albert_tf.retrieval import building
from albert_tf.retrieval import embedders
from data_pipeline.io import files


def encoder(path: str, model: embedders.Embedder) -> building.Encode:
    """Gives the rows of a file as the vectors of documents.

    Args:
        path: a .npy file [N, D].
        model: the model that made them.
    Raises:
        ValueError: the file is damaged, or has vectors of another size.
        FileNotFoundError: there is no such file.
    """
    if not files.exists(path):
        raise FileNotFoundError(
            f"--embeddings must name a file. Received: {path}, which does not "
            "exist. Write it with albert-tf embed."
        )
    try:
        array = np.load(path, mmap_mode="r", allow_pickle=False)
    except (ValueError, EOFError) as error:
        raise ValueError(
            "A file of embeddings must be a complete .npy file. Received: "
            f"{path} ({str(error)[:200]}). Write it again with albert-tf embed."
        ) from None
    if array.ndim != 2 or array.shape[1] != model.size:
        raise ValueError(
            f"Embeddings must have the size of {model.name}, {model.size}. "
            f"Received: the shape {list(array.shape)} in {path}. Name the "
            "model that made them."
        )

    def encode(texts: list[str], start: int, total: int) -> np.ndarray:
        if len(array) != total:
            raise ValueError(
                "Each document must have one row of embeddings. Received: "
                f"{len(array):,} rows in {path}, for {total:,} documents. "
                "Embed the file that is indexed."
            )
        return np.asarray(array[start : start + len(texts)])

    return encode
