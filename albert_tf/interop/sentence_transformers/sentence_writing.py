"""Writes a folder of sentence-transformers.

The files have the names and keys that versions 2 to 6 read; version 6
translates the older ones.
"""

import json
import os
from collections.abc import Mapping
from typing import Any

import keras
import numpy as np
import safetensors.numpy

from albert_tf import models
from albert_tf.embedding import model as embedding_model
from albert_tf.interop import huggingface
from albert_tf.interop.sentence_transformers import modules
from albert_tf.interop.sentence_transformers import sentence_folder
from albert_tf.io import atomic

_POOLER = "encoder/pooler/"
_CARD = """---
library_name: sentence-transformers
pipeline_tag: sentence-similarity
tags:
- sentence-transformers
- sentence-similarity
- feature-extraction
- albert
---

# An ALBERT that turns texts into vectors

A vector has {size} numbers: {parts}. Texts are cut to {length} tokens.

    from sentence_transformers import SentenceTransformer

    model = SentenceTransformer("this folder")
    vectors = model.encode(["A man plays a guitar.", "Someone makes music."])
    model.similarity(vectors, vectors)

Written by `albert-tf convert --to=sentence_transformers`.
"""


def write(
    model: keras.Model, values: Mapping[str, np.ndarray], folder: str
) -> dict[str, str]:
    """Writes the encoder, the modules behind it, and a short README.md.

    Args:
        model: an AlbertEmbedder, with its task_info.
        values: our weight names -> values.
        folder: an existing folder, without the tokenizer's files so far.
    Returns:
        our names -> theirs, for all weights that were written.
    Raises:
        ValueError: the model makes no embeddings, or Hugging Face's ALBERT does
            not support its config.
    """
    if not isinstance(model, embedding_model.AlbertEmbedder):
        raise ValueError(
            "A model must be trained for embeddings to be written for "
            "sentence-transformers. Received: "
            f"{model.task_info.kind or 'a pretrained model'}. Train it with "
            "--task_type=embedding, or convert it --to=huggingface."
        )
    config, settings = model.config, model.settings
    # Their encoder must have a pooler, which nothing reads.
    pooler = {
        name: weight.numpy()
        for name, weight in models.named_weights(model).items()
        if name.startswith(_POOLER)
    }
    encoder = {k: v for k, v in values.items() if k.startswith("encoder/")}
    written = huggingface.write(config, {**pooler, **encoder}, folder)
    written = {
        ours: theirs for ours, theirs in written.items() if ours in values
    }
    length = model.task_info.max_seq_length or config.max_position_embeddings
    _json(
        os.path.join(folder, modules.ENCODER_FILES[0]),
        {"max_seq_length": length, "do_lower_case": False},
    )
    kinds = ["Transformer", "Pooling"]
    _json_in(
        folder, "1_Pooling", _pooling(config.hidden_size, settings.pooling)
    )
    if settings.dense_size is not None:
        kinds.append("Dense")
        _json_in(folder, "2_Dense", _dense(config.hidden_size, settings))
        names = {row.ours: row.theirs for row in sentence_folder.ROWS}
        tensors = {
            row.theirs: values[row.ours].T
            if row.transposed
            else values[row.ours]
            for row in sentence_folder.ROWS
        }
        safetensors.numpy.save_file(
            {k: np.ascontiguousarray(v) for k, v in tensors.items()},
            os.path.join(folder, "2_Dense", huggingface.WEIGHTS_FILE),
            metadata={"format": "pt"},
        )
        written |= names
    if settings.normalize:
        kinds.append("Normalize")
    _json(
        os.path.join(folder, modules.MODULES_FILE),
        [
            {
                "idx": i,
                "name": str(i),
                "path": f"{i}_{kind}" if i else "",
                "type": f"sentence_transformers.models.{kind}",
            }
            for i, kind in enumerate(kinds)
        ],
    )
    _json(
        os.path.join(folder, modules.PROMPTS_FILE),
        {
            "model_type": "SentenceTransformer",
            "prompts": dict(settings.prompts),
            "default_prompt_name": None,
            "similarity_fn_name": "cosine",
        },
    )
    text = _CARD.format(
        size=settings.dense_size or config.hidden_size,
        parts=", then ".join(kinds),
        length=length,
    )
    atomic.write_text(os.path.join(folder, "README.md"), text)
    return written


def _pooling(size: int, pooling: str) -> dict[str, Any]:
    return {
        "word_embedding_dimension": size,
        **{
            key: modules.POOLINGS.get(name) == pooling
            for key, name in modules.LEGACY.items()
        },
        "include_prompt": True,
    }


def _dense(size: int, settings: Any) -> dict[str, Any]:
    names = {ours: theirs for theirs, ours in modules.ACTIVATIONS.items()}
    return {
        "in_features": size,
        "out_features": settings.dense_size,
        "bias": True,
        "activation_function": names[settings.dense_activation],
    }


def _json_in(folder: str, module: str, values: Any) -> None:
    os.mkdir(os.path.join(folder, module))
    _json(os.path.join(folder, module, modules.CONFIG_FILE), values)


def _json(path: str, values: Any) -> None:
    text = json.dumps(values, indent=2, ensure_ascii=False)
    atomic.write_text(path, text + "\n")
