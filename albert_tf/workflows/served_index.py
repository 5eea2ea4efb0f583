"""The index that a server searches."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from albert_tf.retrieval import documents as documents_lib
from albert_tf.retrieval import store as store_lib
from albert_tf.retrieval.indexes import index as index_lib
from albert_tf.serving.forms import search
from albert_tf.workflows.answering import embedding_source

_EXAMPLES = 3
_EXAMPLE = 100  # characters
# The most characters of a document that an answer holds.
_SHOWN = 3000


def open_index(
    folder: str, exports: Mapping[str, str], query_prompt: str | None
) -> search.Index:
    """Opens an index of the embeddings of a served model.

    Args:
        folder: the folder of the index.
        exports: folders of the served models, by name.
        query_prompt: the model's prompt for queries: a name that it knows, or
            the text itself.
    Raises:
        FileNotFoundError: there is no index.
        ValueError: no served model has made the index.
        ImportError: the extra `retrieval` is not installed.
    """
    index = index_lib.Index(folder)
    found = {
        name: about
        for name, place in exports.items()
        if (about := embedding_source.described(place)) is not None
    }
    mine = [
        name
        for name, about in found.items()
        if about.fingerprint == index.fingerprint
    ]
    if not mine:
        known = ", ".join(
            f"{name} with {about.fingerprint[:12]}"
            for name, about in found.items()
        )
        raise ValueError(
            "An index must be served with the embedding model that made it. "
            f"Received: {folder} by {index.model or 'no model'}, with "
            f"fingerprint {(index.fingerprint or 'none')[:12]}, and "
            f"{known or 'no embedding model'}. Serve the run or export that "
            "the index names, or rebuild the index with --rebuild."
        )
    prompts = found[mine[0]].settings.prompts
    query = _prompt(query_prompt, prompts)
    document = _prompt(index.description.prompt, prompts)

    def nearest(vector: np.ndarray, top_k: int) -> list[dict[str, Any]]:
        (ranking,) = index.nearest(vector[None], top_k)
        documents = index.documents([each.id for each in ranking])
        return [
            _hit(each, about, document)
            for each, about in zip(ranking, documents, strict=True)
        ]

    return search.Index(
        model=mine[0],
        size=len(index),
        examples=_examples(index),
        prompt=query,
        nearest=nearest,
    )


def _prompt(prompt: str | None, prompts: Mapping[str, str]) -> str:
    """The text of a prompt, which is given by its name or as it is."""
    return prompts.get(prompt, prompt) if prompt else ""


def _hit(
    ranked: store_lib.Scored, document: documents_lib.Document, prompt: str
) -> dict[str, Any]:
    return {
        "id": ranked.id,
        "score": ranked.score,
        "title": document.title,
        "text": document.text[:_SHOWN],
        "metadata": dict(document.metadata),
        "read": (prompt + document.content)[:_SHOWN],
    }


def _examples(index: index_lib.Index) -> list[str]:
    """The beginnings of the first documents that differ."""
    found: dict[str, None] = {}
    for document in index.all():
        text = " ".join((document.title or document.text).split())
        found.setdefault(text[:_EXAMPLE])
        if len(found) == _EXAMPLES:
            break
    return list(found)
