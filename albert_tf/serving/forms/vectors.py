"""Embeddings as answers give them."""

import numpy as np

from albert_tf.embedding import vectors as embedding_vectors
from albert_tf.serving.models import saved_model


def size(model: saved_model.Model) -> int:
    """D, the size of the model's embeddings."""
    return model.signatures["text"].outputs["embeddings"].shape[-1]


def settings(model: saved_model.Model) -> dict:
    """The settings of an embedding model; {} if its folder has none."""
    found = model.config.get("embedding")
    return found if isinstance(found, dict) else {}


def prompt(model: saved_model.Model, name: str) -> bytes:
    """The text that a model was trained with before texts of this use."""
    prompts = settings(model).get("prompts")
    found = prompts.get(name) if isinstance(prompts, dict) else None
    return found.encode() if isinstance(found, str) else b""


def cut(vectors: np.ndarray, dimensions: int, *, scales: bool) -> np.ndarray:
    """The first dimensions of vectors [B, D], in C order.

    Args:
        vectors: embeddings.
        dimensions: how many to keep.
        scales: whether to scale what is kept to length 1.
    """
    if dimensions < vectors.shape[1]:
        vectors = vectors[:, :dimensions]
    return np.ascontiguousarray(
        embedding_vectors.unit(vectors) if scales else vectors
    )
