"""What this room needs of an embedding model, and checks about it."""

from collections.abc import Iterable
from typing import Protocol

import numpy as np


class Embedder(Protocol):
    """A model that turns texts into vectors, as `albert_tf.embedder` does.

    Attributes:
        name: its name, as the user gave it.
        fingerprint: identifies its weights, tokenizer and settings.
        size: D, the size of its vectors.
    """

    @property
    def name(self) -> str: ...

    @property
    def fingerprint(self) -> str: ...

    @property
    def size(self) -> int: ...

    def encode(
        self,
        texts: Iterable[str],
        *,
        progress: bool | None = None,
        prompt: str | None = None,
    ) -> np.ndarray:
        """The vectors of texts, float32 [N, D]."""


def check(
    embedder: Embedder, name: str | None, fingerprint: str | None, size: int
) -> None:
    """Checks that a model is the one that made an index.

    Args:
        embedder: the model.
        name, fingerprint, size: of the index's model.
    Raises:
        ValueError: it is another one.
    """
    if name is None:
        raise ValueError(
            "To be searched by embeddings, an index must have them. Received: "
            f"an index of words only, with the model {embedder.name}. Leave "
            "the model out, or rebuild the index with --rebuild "
            f"--model={embedder.name}."
        )
    if embedder.size != size or embedder.fingerprint != fingerprint:
        same = embedder.name == name
        raise ValueError(
            "An index must be used with the model that made it. Received: "
            f"{embedder.name}, with vectors of size {embedder.size} and "
            f"fingerprint {embedder.fingerprint[:12]}, for an index by {name}, "
            f"with size {size} and fingerprint {(fingerprint or '')[:12]}. "
            f"{'The model has changed since: r' if same else 'Use that, or r'}"
            f"ebuild the index with --rebuild --model={embedder.name}."
        )
