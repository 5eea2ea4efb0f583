"""Indexes in a Qdrant database, built and changed as a config says."""

import tempfile
from typing import Any

import numpy as np

from albert_tf.retrieval import documents as documents_lib
from albert_tf.retrieval import embedders
from albert_tf.retrieval.indexes import building
from albert_tf.retrieval.indexes import qdrant
from albert_tf.workflows.configs.retrieval import index as index_config
from albert_tf.workflows.retrieval import documents as documents_files
from albert_tf.workflows.retrieval import index_folder
from albert_tf.workflows.retrieval import models


def change(
    config: index_config.IndexConfig, given: embedders.Embedder | None
) -> qdrant.Collection:
    """Builds or changes a collection.

    Args:
        config: says how.
        given: a model in memory, in place of the config's.
    Returns:
        The collection.
    Raises:
        FileExistsError: it exists, and the config does not say to change it.
    """
    client = qdrant.connect(config.url or "")
    if config.delete:
        found = qdrant.Collection(client, config.index)
        found.delete(config.delete)
        return found
    if not config.documents:
        raise ValueError(
            "A collection must be rebuilt from a file of documents. Received: "
            f"--rebuild without one, for {config.index}. Name the file."
        )
    with tempfile.TemporaryDirectory(prefix="albert_tf_documents_") as folder:
        # Errors in documents appear before the first one is sent.
        documents_lib.write(
            folder, documents_files.read(config.documents, config)
        )
        stored = documents_lib.Documents(folder, np.zeros(0, np.int64))
        if config.add:
            found = qdrant.Collection(client, config.index)
            _check_new(found, stored)
            model = given or models.embedder(config.model or found.model)
            embedders.check(model, found.model, found.fingerprint, found.size)
        else:
            model = _model(config, given)
            _make_room(client, config)
            found = qdrant.create(
                client, config.index, model, config.document_prompt
            )
        with index_folder.encoder(config, model, found.prompt) as encode:
            found.add(
                stored.all(),
                encode or building.encoder(model, found.prompt),
                len(stored),
            )
    return found


def _model(
    config: index_config.IndexConfig, given: embedders.Embedder | None
) -> embedders.Embedder:
    if given is not None:
        return given
    if config.model is None:
        raise ValueError(
            "A collection must have embeddings. Received: no --model, for "
            f"{config.index}. Name one."
        )
    return models.embedder(config.model)


def _make_room(client: Any, config: index_config.IndexConfig) -> None:
    with qdrant.errors(config.index):
        if not client.collection_exists(config.index):
            return
        if not config.rebuild:
            raise FileExistsError(
                "A collection must not be replaced unless a flag says so. "
                f"Received: {config.index}, which exists. Use --add for more "
                "documents, --rebuild to build it anew, or another name."
            )
        client.delete_collection(config.index)


def _check_new(
    collection: qdrant.Collection, stored: documents_lib.Documents
) -> None:
    known = collection.known([stored.id(n) for n in range(len(stored))])
    if known:
        raise ValueError(
            "Each id must be unique in a collection. Received: "
            f"{documents_lib.listed(sorted(known))}, which it has already. "
            "Delete the old documents first, or give others different ids."
        )
