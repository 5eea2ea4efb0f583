"""The settings of training an embedding model."""

import dataclasses

from albert_tf.embedding import settings
from data_pipeline import config
from data_pipeline.config import setting

_SECTION = "Embeddings"


@dataclasses.dataclass(frozen=True, kw_only=True)
class EmbeddingConfig(config.Config):
    """How an embedding model is made and trained."""

    pooling: str | None = setting(
        None,
        "How the vectors of a text's tokens become its embedding. If left out: "
        "as in the model that training starts from, or their mean.",
        section=_SECTION,
        choices=settings.POOLINGS,
    )
    dense_size: int | None = setting(
        None,
        "Size of embeddings, by a dense layer with tanh after pooling. If left "
        "out: as in the model that training starts from, or the hidden size, "
        "without such a layer.",
        section=_SECTION,
        minimum=1,
    )
    normalize: bool | None = setting(
        None,
        "Whether embeddings are scaled to length 1. If left out: as in the "
        "model that training starts from, or true.",
        section=_SECTION,
    )
    embedding_loss: str | None = setting(
        None,
        "contrastive: each text must find its positive among the texts of the "
        "whole batch, on all replicas (multiple negatives ranking); for single "
        "texts, the text itself with another dropout (SimCSE). cosent: "
        "similarities must be ordered as the scores are. cosine: they must "
        "equal the scores, scaled to 0 to 1. If left out: cosent for pairs "
        "with scores, else contrastive.",
        section=_SECTION,
        choices=settings.LOSSES,
    )
    temperature: float = setting(
        0.05,
        "What similarities are divided by in the losses contrastive and "
        "cosent.",
        section=_SECTION,
        minimum=1e-4,
    )
    symmetric: bool = setting(
        False,
        "Whether positives must also find their texts, in the loss "
        "contrastive.",
        section=_SECTION,
    )
    matryoshka_dims: tuple[str, ...] | None = setting(
        None,
        "Sizes to which embeddings may be cut later, such as 64,128: the loss "
        "is the mean over these and the whole size (Matryoshka).",
        section=_SECTION,
    )
