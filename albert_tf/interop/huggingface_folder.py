"""Opens a Hugging Face folder: config.json and weights in one of three formats;
and a folder of sentence-transformers, which holds one.

Nothing is unpickled: `pytorch_model.bin` is read with weights_only, which
creates tensors and nothing else.
"""

import dataclasses
import importlib.util
import os
from collections.abc import Callable
from collections.abc import Mapping
from typing import Any

import numpy as np

from albert_tf.embedding import settings as settings_lib
from albert_tf.interop import huggingface
from albert_tf.interop import name_table
from albert_tf.interop import safetensors_file
from albert_tf.interop import task_info
from albert_tf.interop import weight_source
from albert_tf.interop.sentence_transformers import dense_file
from albert_tf.interop.sentence_transformers import modules
from albert_tf.io import json_file

_INDEX_FILE = huggingface.WEIGHTS_FILE + ".index.json"
_PICKLED_FILE = "pytorch_model.bin"
_FILES = (huggingface.WEIGHTS_FILE, _INDEX_FILE, _PICKLED_FILE)
# Buffers that older versions of transformers saved with the weights.
_BUFFERS = ("embeddings.position_ids", "embeddings.token_type_ids")

# The dense layer of sentence-transformers.
_DENSE = [name_table.Row(*row) for row in dense_file.ROWS]

# Shapes by their names of the weights, and a function that reads a weight.
Shapes = dict[str, tuple[int, ...]]
Read = Callable[[str], np.ndarray]


def find(path: str) -> str | None:
    """The Hugging Face folder at `path`, or around that file; else None."""
    folder = os.path.dirname(path) if path.endswith(_FILES) else path
    config_file = os.path.join(folder, huggingface.CONFIG_FILE)
    weights = [os.path.join(folder, name) for name in _FILES]
    if os.path.isfile(config_file) and any(map(os.path.isfile, weights)):
        return folder
    return None


def open_folder(folder: str, head: str | None) -> weight_source.WeightSource:
    """Opens the weights in `folder`; reads only values that must be compared.

    Args:
        folder: a folder that `find` returned.
        head: the head that `classifier.*` belongs to, if config.json does not
            say so.
    Raises:
        ValueError: a file is damaged, or describes a model that is not an
            ALBERT.
    """
    raw = json_file.read_object(os.path.join(folder, huggingface.CONFIG_FILE))
    try:
        config = huggingface.read_config(raw)
    except (ValueError, TypeError) as error:
        raise ValueError(f"{folder}: {error}") from None
    shapes, read = open_weights(folder)
    prefix = "albert." if any(k.startswith("albert.") for k in shapes) else ""
    head = _head(raw) or head or "classifier"
    names = huggingface.names(head, prefix)
    try:
        info = _info(raw, shapes, head)
    except ValueError as error:
        raise ValueError(f"{folder}: {error}") from None
    weight_source.drop_identity(
        config, shapes, read, *huggingface.projection(names)
    )
    _drop_tied(shapes, read, prefix)
    for buffer in _BUFFERS:
        shapes.pop(prefix + buffer, None)
    return weight_source.WeightSource(
        huggingface.KIND, folder, config, names, shapes, read, info
    )


def find_sentences(path: str) -> str | None:
    """The folder of sentence-transformers at `path`, or around that file of
    weights; else None."""
    folder = path if os.path.isdir(path) else os.path.dirname(path)
    is_weights = find(path) is not None
    if (os.path.isdir(path) or is_weights) and modules.is_one(folder):
        return folder
    return None


def open_sentences(folder: str) -> weight_source.WeightSource:
    """Opens the weights of an embedding model.

    Args:
        folder: a folder that `find_sentences` returned.
    Raises:
        ValueError: a file is damaged, or the model has parts that an
            AlbertEmbedder does not have.
    """
    described = modules.read(folder)
    if find(described.encoder) is None:
        raise ValueError(
            "A model of sentence-transformers must have its encoder's "
            f"config.json and weights. Received: {described.encoder} without "
            "them. Fetch them too."
        )
    encoder = open_folder(described.encoder, None)
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
        kind=modules.KIND,
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
    assert settings.dense_size is not None
    shapes, read = dense_file.complete(
        *open_weights(folder), settings.dense_size, folder
    )
    return dataclasses.replace(
        source,
        names=name_table.NameTable([*source.names.rows, *_DENSE]),
        shapes={**source.shapes, **shapes},
        read=lambda name: (read if name in shapes else source.read)(name),
    )


def _head(raw: Mapping[str, Any]) -> str | None:
    """The head that `classifier.*` is in config.json's class, or None."""
    declared = raw.get("architectures")
    for class_name, (heads, _) in huggingface.ARCHITECTURES.items():
        if declared == [class_name]:
            same = set(heads) & set(huggingface.SAME_NAME_HEADS)
            return same.pop() if same else None
    return None


def _info(
    raw: Mapping[str, Any], shapes: Shapes, classifier: str
) -> task_info.TaskInfo:
    """What config.json says about the head that the weights have."""
    found = {
        classifier: shapes.get("classifier.weight"),
        "span": shapes.get("qa_outputs.weight"),
    }
    for head, shape in found.items():
        if shape:
            return task_info.of_huggingface(raw, head, shape[0])
    return task_info.TaskInfo()


def open_weights(folder: str) -> tuple[Shapes, Read]:
    """Opens the weights of a folder of Hugging Face's.

    Returns:
        shapes by name, and a function from names to float32 arrays, from the
        format that exists.
    Raises:
        ValueError: a file is damaged.
    """
    single = os.path.join(folder, huggingface.WEIGHTS_FILE)
    if os.path.isfile(single):
        return _open_safetensors({single: None})
    index = os.path.join(folder, _INDEX_FILE)
    if os.path.isfile(index):
        return _open_safetensors(_shards(folder, index))
    return _open_pickled(os.path.join(folder, _PICKLED_FILE))


def _shards(folder: str, index: str) -> dict[str, set[str]]:
    """Paths of shards -> the names that the index expects in them."""
    weight_map = json_file.read_object(index).get("weight_map")
    if not isinstance(weight_map, dict) or not weight_map:
        raise ValueError(
            "An index must hold a weight_map from names to files. Received: "
            f"{index} without one. Fetch it again."
        )
    shards: dict[str, set[str]] = {}
    for name, file_name in weight_map.items():
        if (
            not isinstance(file_name, str)
            or file_name in ("", ".", "..")
            or os.path.basename(file_name) != file_name
            or "\\" in file_name
        ):
            raise ValueError(
                "An index must name files in its own folder, without a path. "
                f"Received: {file_name!r} in {index}. Fetch it again from a "
                "source that you trust."
            )
        path = os.path.join(folder, file_name)
        if not os.path.isfile(path):
            raise ValueError(
                "Every file of an index must exist. Received: "
                f"{index} with {file_name}, which is missing. Fetch that file."
            )
        shards.setdefault(path, set()).add(name)
    return shards


def _open_safetensors(
    files: Mapping[str, set[str] | None],
) -> tuple[Shapes, Read]:
    where: dict[str, str] = {}
    headers: dict[str, dict[str, Any]] = {}
    for path, expected in files.items():
        header = safetensors_file.read_header(path)
        if expected is not None and set(header) != expected:
            raise ValueError(
                "A file must hold the weights that its index lists. Received: "
                f"{path}, where {sorted(set(header) ^ expected)[:3]} differ. "
                "Fetch the files again."
            )
        for name, entry in header.items():
            where[name], headers[name] = path, entry

    def read(name: str) -> np.ndarray:
        return safetensors_file.read_tensor(
            where[name], name, headers[name]["dtype"]
        )

    return {name: tuple(e["shape"]) for name, e in headers.items()}, read


def _open_pickled(path: str) -> tuple[Shapes, Read]:
    if importlib.util.find_spec("torch") is None:
        raise ValueError(
            f"torch must be installed to read {_PICKLED_FILE}, a pickle. "
            f"Received: {path}, but torch is not installed. Install it (pip "
            "install 'albert_tf[interop]') or use model.safetensors."
        )
    import torch

    try:
        tensors = torch.load(path, map_location="cpu", weights_only=True)
        shapes = {name: tuple(t.shape) for name, t in tensors.items()}
    # torch does not document what it raises for such files.
    except Exception as error:
        raise ValueError(
            f"{_PICKLED_FILE} must hold tensors and nothing else. Received: "
            f"{path}: {str(error).splitlines()[0]} Use model.safetensors."
        ) from None
    return shapes, lambda name: tensors[name].float().numpy()


def _drop_tied(shapes: Shapes, read: Read, prefix: str) -> None:
    """Removes the masked-LM matrix and bias, which must be tied copies.

    Raises:
        ValueError: they differ from the weights that they are tied to.
    """
    tied = {
        "predictions.decoder.weight": (
            f"{prefix}embeddings.word_embeddings.weight"
        ),
        "predictions.decoder.bias": "predictions.bias",
    }
    for copy, original in tied.items():
        if copy not in shapes:
            continue
        if shapes[copy] != shapes.get(original) or not np.array_equal(
            read(copy), read(original)
        ):
            raise ValueError(
                "ALBERT's masked-LM head must use the embedding table and a "
                f"single bias. Received: {copy}, which differs from "
                f"{original}. Such a model cannot be loaded."
            )
        del shapes[copy]
