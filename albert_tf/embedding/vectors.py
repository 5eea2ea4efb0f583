"""Embeddings as NumPy arrays."""

import numpy as np


def unit(vectors: np.ndarray) -> np.ndarray:
    """Vectors [..., D] scaled to length 1; zeros stay zeros."""
    lengths = np.linalg.norm(vectors, axis=-1, keepdims=True)
    return vectors / np.maximum(lengths, 1e-12)
