"""Embedding: a vector for each text, alike for texts that mean the same."""

from albert_tf import batches
from albert_tf.embedding import model as embedding_model
from albert_tf.embedding import objectives
from albert_tf.embedding import settings
from albert_tf.kinds import kind

KIND = kind.Kind(
    task="embedding",
    model=embedding_model.AlbertEmbedder,
    objective=objectives.make(objectives.Options()),
    with_options=objectives.make,
    options=lambda others: {
        "settings": settings.of_json(others.get(settings.KEY, {}))
    },
    labels={
        "label": batches.Array("float32", "B"),
        "text_ids": batches.Array("int32", "BC"),
    },
    head=embedding_model.HEAD,
    marker=None,
    has_dropout=False,
    reads_pooled=False,
    does="turns a text into a vector",
    pipeline="sentence-similarity",
    errors="whose texts were the least or most alike against their labels",
)
