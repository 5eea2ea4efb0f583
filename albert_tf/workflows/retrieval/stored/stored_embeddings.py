"""Embeddings that albert-tf embed wrote, in place of embedding again."""

import json
from collections.abc import Iterator
from collections.abc import Sequence
from typing import Any

import numpy as np

from albert_tf.retrieval import documents as documents_lib
from albert_tf.retrieval import embedders
from albert_tf.retrieval.indexes import building
from albert_tf.workflows.retrieval.stored import embedding_files
from data_pipeline.io import files
from data_pipeline.io import json_file

_PARQUET = ".parquet"


def encoder(path: str, model: embedders.Embedder) -> building.Encode:
    """Gives the rows of a file as the vectors of documents.

    Args:
        path: a .npy or .parquet file that albert-tf embed wrote, on a local
            disk; its .json lies beside it.
        model: the model that made them.
    Raises:
        FileNotFoundError: there is no such file, or no .json beside it.
        ValueError: the file is damaged, or another model wrote it.
    """
    about = description(path)
    if about.get("fingerprint") != model.fingerprint:
        raise ValueError(
            "--embeddings must be made by the --model of the index. Received: "
            f"{path}, by {about.get('model')!r:.80} with another fingerprint "
            f"than {model.name}. Name the model that made them, or embed the "
            "documents again."
        )
    rows = _parquet_rows(path) if path.endswith(_PARQUET) else _npy_rows(path)

    def encode(
        documents: Sequence[documents_lib.Document], start: int, total: int
    ) -> np.ndarray:
        if about.get("count") != total:
            raise ValueError(
                "Each document must have one row of embeddings. Received: "
                f"{about.get('count')} rows in {path}, for {total:,} documents."
                " Embed the file that is indexed."
            )
        found: list[Any] = []
        for document in documents:
            id, vector = next(rows, (None, None))
            if id != document.id:
                raise ValueError(
                    "Embeddings must be in the order of the documents. "
                    f"Received: {path}, with {id!r:.60} in place of "
                    f"{document.id!r:.60}. Embed the file that is indexed."
                )
            found.append(vector)
        return np.stack(found)

    return encode


def description(path: str) -> dict[str, Any]:
    """The content of the .json file beside a file of embeddings."""
    beside = embedding_files.description(path)
    for each in (path, beside):
        if not files.exists(each):
            raise FileNotFoundError(
                "--embeddings must name a file that albert-tf embed wrote, "
                f"with its .json beside it. Received: {path}; there is no "
                f"{each}."
            )
    return json_file.read_object(beside)


_Rows = Iterator[tuple[Any, Any]]


def _npy_rows(path: str) -> _Rows:
    try:
        array = np.load(path, mmap_mode="r", allow_pickle=False)
    except (ValueError, EOFError) as error:
        raise ValueError(
            "A file of embeddings must be a complete .npy file. Received: "
            f"{path} ({str(error)[:200]}). Write it again with albert-tf embed."
        ) from None

    def rows() -> _Rows:
        ids = embedding_files.ids_file(path)
        with files.open(ids, "r") as file:
            yield from zip(map(json.loads, file), array, strict=False)

    return rows()


def _parquet_rows(path: str) -> _Rows:
    import pyarrow
    from pyarrow import parquet

    try:
        file = parquet.ParquetFile(path)
    except (pyarrow.ArrowException, OSError) as error:
        raise ValueError(
            "A file of embeddings must be a complete Parquet file. Received: "
            f"{path} ({str(error)[:200]}). Write it again with albert-tf embed."
        ) from None
    return (
        (id, vector)
        for batch in file.iter_batches(1024, columns=["id", "embedding"])
        for id, vector in zip(
            batch.column(0).to_pylist(),
            batch.column(1).flatten().to_numpy().reshape(len(batch), -1),
            strict=True,
        )
    )
