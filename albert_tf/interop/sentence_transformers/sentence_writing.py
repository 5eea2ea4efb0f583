"""Writes what sentence-transformers has beside the folder of an encoder.

The files have the names and keys that versions 2 to 6 read; version 6
translates the older ones.
"""

import json
import os
from collections.abc import Mapping
from typing import Any

import numpy as np

from albert_tf.embedding import settings as settings_lib
from albert_tf.interop.sentence_transformers import dense_file
from albert_tf.interop.sentence_transformers import modules
from albert_tf.io import atomic

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

It makes vectors of {size} numbers ({parts}) from texts, which are cut to
{length} tokens.

    from sentence_transformers import SentenceTransformer

    model = SentenceTransformer("this folder")
    vectors = model.encode(["A man plays a guitar.", "Someone makes music."])
    model.similarity(vectors, vectors)

No license was given with these weights; it is up to whoever trained them.

Written by `albert-tf convert --to=sentence_transformers`.
"""


def write(
    folder: str,
    settings: settings_lib.EmbeddingSettings,
    hidden_size: int,
    max_seq_length: int,
    values: Mapping[str, np.ndarray],
) -> dict[str, str]:
    """Writes all that sentence-transformers has beside an encoder's folder.

    Args:
        folder: an existing folder, with the encoder.
        settings: the model's settings.
        hidden_size: of the encoder.
        max_seq_length: tokens of the longest text.
        values: our weight names -> values; those of the dense layer are used.
    Returns:
        our names -> theirs, for all weights that were written.
    """
    _json(
        os.path.join(folder, modules.ENCODER_FILES[0]),
        {"max_seq_length": max_seq_length, "do_lower_case": False},
    )
    kinds = ["Transformer", "Pooling"]
    _json_in(folder, "1_Pooling", _pooling(hidden_size, settings.pooling))
    written = {}
    if settings.dense_size is not None:
        kinds.append("Dense")
        _json_in(folder, "2_Dense", _dense(hidden_size, settings))
        written = dense_file.write(os.path.join(folder, "2_Dense"), values)
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
        size=settings.dense_size or hidden_size,
        parts=", ".join(kinds),
        length=max_seq_length,
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


def _dense(
    size: int, settings: settings_lib.EmbeddingSettings
) -> dict[str, Any]:
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
