"""Indexes in folders, built and changed as a config says."""

import contextlib
from collections.abc import Iterable
from collections.abc import Iterator

import numpy as np
from absl import logging

import albert_tf
from albert_tf.retrieval import documents as documents_lib
from albert_tf.retrieval import embedders
from albert_tf.retrieval.indexes import building
from albert_tf.retrieval.indexes import generations
from albert_tf.retrieval.indexes import index as index_lib
from albert_tf.retrieval.indexes import nearest
from albert_tf.workflows.configs.retrieval import index as index_config
from albert_tf.workflows.retrieval import documents as documents_files
from albert_tf.workflows.retrieval import models
from albert_tf.workflows.retrieval.stored import stored_embeddings
from data_pipeline.io import progress

# The share of deleted documents from which a rebuild is advised.
_MANY_DELETED = 0.2


def change(
    config: index_config.IndexConfig, given: embedders.Embedder | None
) -> generations.Description:
    """Builds or changes the index in a folder.

    Args:
        config: says how.
        given: a model in memory, in place of the config's.
    Returns:
        What index.json says then.
    """
    if config.delete:
        about = building.delete(
            config.index, config.delete, version=albert_tf.__version__
        )
    elif config.add:
        about = _extended(config, given)
    else:
        about = _built(config, given)
    _advise(about)
    return about


def _extended(
    config: index_config.IndexConfig, given: embedders.Embedder | None
) -> generations.Description:
    old = generations.read(config.index)
    model = given or _loaded(config.model or old.model)
    with encoder(config, model, old.prompt) as encode:
        return building.extend(
            config.index,
            documents_files.read(config.documents or "", config),
            version=albert_tf.__version__,
            embedder=model,
            encode=encode,
        )


def _built(
    config: index_config.IndexConfig, given: embedders.Embedder | None
) -> generations.Description:
    prompt, name = config.document_prompt, config.model
    if config.embeddings:
        # Documents that are added later get the same prompt.
        prompt = stored_embeddings.description(config.embeddings).get("prompt")
    documents: Iterable[documents_lib.Document]
    has_lexical = config.lexical
    if config.rebuild and not config.is_given("lexical"):
        has_lexical = generations.read(config.index).has_lexical
    if config.documents:
        documents = documents_files.read(config.documents, config)
        if config.rebuild and name is None:
            name = generations.read(config.index).model
    else:
        old = index_lib.Index(config.index)
        documents = old.all()
        name = name or old.model
        prompt = prompt or old.description.prompt
    model = given or _loaded(name)
    if model is None and not has_lexical:
        raise ValueError(
            "An index must have embeddings, BM25 or both. Received: no --model "
            "and --nolexical. Name a model, or leave --nolexical out."
        )
    with encoder(config, model, prompt) as encode:
        return building.create(
            config.index,
            documents,
            version=albert_tf.__version__,
            embedder=model,
            encode=encode,
            prompt=prompt,
            kind=config.kind,
            has_lexical=has_lexical,
        )


def _loaded(name: str | None) -> embedders.Embedder | None:
    return None if name is None else models.embedder(name)


@contextlib.contextmanager
def encoder(
    config: index_config.IndexConfig,
    model: embedders.Embedder | None,
    prompt: str | None,
) -> Iterator[building.Encode | None]:
    """Makes the vectors of documents, and shows how many are made."""
    if model is None:
        yield None
        return
    if config.embeddings:
        encode = stored_embeddings.encoder(config.embeddings, model)
    else:
        encode = building.encoder(model, prompt)
    with contextlib.ExitStack() as stack:
        bars: list[progress.Progress] = []

        def shown(
            part: list[documents_lib.Document], start: int, total: int
        ) -> np.ndarray:
            if not bars:
                bar = progress.Progress("documents", total)
                bars.append(stack.enter_context(bar))
            found = encode(part, start, total)
            bars[0].update(len(part))
            return found

        yield shown


def _advise(about: generations.Description) -> None:
    if about.num_deleted > _MANY_DELETED * about.num_documents:
        logging.warning(
            "%d of the %d documents in the index are deleted, and still take "
            "space and time. --rebuild frees both.",
            about.num_deleted,
            about.num_documents,
        )
    best = nearest.chosen(nearest.AUTO, about.num_documents)
    if about.kind == nearest.FLAT and best != nearest.FLAT:
        logging.warning(
            "The index is flat and has %d documents. --rebuild makes it %s, "
            "which is faster.",
            about.num_documents,
            best,
        )
