"""Opens a folder of sentence-transformers as a source of weights."""

import dataclasses
import os

import numpy as np

from albert_tf.embedding import model as embedding_model
from albert_tf.embedding import settings as settings_lib
from albert_tf.interop import huggingface_folder
from albert_tf.interop import name_table
from albert_tf.interop import task_info
from albert_tf.interop import weight_source
from albert_tf.interop.sentence_transformers import modules

KIND = "sentence-transformers model"
# Their names of the dense layer's weights.
KERNEL, BIAS = "linear.weight", "linear.bias"
# The dense layer, as in a NameTable.
ROWS = (
    name_table.Row(f"{embedding_model.HEAD}/kernel", KERNEL, True),
    name_table.Row(f"{embedding_model.HEAD}/bias", BIAS),
)


def find(path: str) -> str | None:
    """The folder of sentence-transformers at `path`, or around that file of
    weights; else None."""
    folder = path if os.path.isdir(path) else os.path.dirname(path)
    is_weights = huggingface_folder.find(path) is not None
    if (os.path.isdir(path) or is_weights) and modules.is_one(folder):
        return folder
    return None


def open_folder(folder: str) -> weight_source.WeightSource:
    """Opens the weights of an embedding model.

    Args:
        folder: a folder that `find` returned.
    Raises:
        ValueError: a file is damaged, or the model has parts that an
            AlbertEmbedder does not have.
    """
    described = modules.read(folder)
    if huggingface_folder.find(described.encoder) is None:
        raise ValueError(
            "A model of sentence-transformers must have its encoder's "
            f"config.json and weights. Received: {described.encoder} without "
            "them. Fetch them too."
        )
    encoder = huggingface_folder.open_folder(described.encoder, None)
    if encoder.config.hidden_size != described.in_size:
        raise ValueError(
            "The pooled vectors must be those of the encoder. Received: "
            f"{folder} with an encoder of hidden size "
            f"{encoder.config.hidden_size}, and pooled vectors of "
            f"{described.in_size}. Fetch or write the folder again."
        )
    length = described.max_seq_length or encoder.config.max_position_embeddings
    source = dataclasses.replace(
        encoder,
        kind=KIND,
        where=folder,
        info=task_info.TaskInfo(
            "embedding",
            is_stated=True,
            others={settings_lib.KEY: described.settings.as_json()},
            max_seq_length=min(length, encoder.config.max_position_embeddings),
        ),
    )
    if described.dense is None:
        return source
    return _with_dense(source, described.dense, described.settings)


def _with_dense(
    source: weight_source.WeightSource,
    folder: str,
    settings: settings_lib.EmbeddingSettings,
) -> weight_source.WeightSource:
    shapes, read = huggingface_folder.open_weights(folder)
    size = settings.dense_size
    assert size is not None
    if not {KERNEL} <= set(shapes) <= {KERNEL, BIAS}:
        raise ValueError(
            f"A dense layer must have the weights {KERNEL} and, if any, "
            f"{BIAS}. Received: {folder} with {', '.join(sorted(shapes))}. "
            "Fetch or write it again."
        )

    def read_any(name: str) -> np.ndarray:
        if name == BIAS and BIAS not in shapes:
            return np.zeros([size], np.float32)
        return read(name) if name in (KERNEL, BIAS) else source.read(name)

    return dataclasses.replace(
        source,
        names=name_table.NameTable([*source.names.rows, *ROWS]),
        shapes={BIAS: (size,), **source.shapes, **shapes},
        read=read_any,
    )
