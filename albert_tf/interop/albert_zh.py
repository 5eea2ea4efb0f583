"""TF1 checkpoints of brightmart/albert_zh: a BERT with shared layers.

These models normalize and project embeddings in a different order than ALBERT.
E is the size of the word embeddings, H the hidden size:

    albert_zh   LayerNorm_H(words[V, E] x projection[E, H] + types + positions)
    ALBERT      LayerNorm_E(words[V, E] + types + positions) x projection[E, H]

Their masked-LM head ends with the same two matrices, transposed. Multiplying
the matrices into words[V, H] gives an ALBERT with embedding_size = hidden_size,
which has no projection: the same function with more parameters.

Source: brightmart/albert_zh, modeling.py (embedding_lookup_factorized,
transformer_model) and run_pretraining.py (get_masked_lm_output).
"""

import dataclasses
from collections.abc import Callable
from collections.abc import Iterable
from collections.abc import Mapping

import numpy as np

from albert_tf import config as config_lib
from albert_tf.interop import google
from albert_tf.interop import name_table
from albert_tf.interop import weight_source
from albert_tf.io import log_once

KIND = "albert_zh's TF1 checkpoint"

_WORDS = "bert/embeddings/word_embeddings"
_PROJECTION = "bert/embeddings/word_embeddings_2"
_BLOCK = "bert/encoder/layer_shared/"
# Our names within the only weight set -> theirs.
_DENSE = {
    "attention/query_": "attention/self/query/",
    "attention/key_": "attention/self/key/",
    "attention/value_": "attention/self/value/",
    "attention/output_": "attention/output/dense/",
    "ffn/inner_": "intermediate/dense/",
    "ffn/output_": "output/dense/",
}
_NORMS = {
    "attention/layer_norm/": "attention/output/LayerNorm/",
    "ffn/layer_norm/": "output/LayerNorm/",
}


def is_albert_zh(names_in_file: Iterable[str]) -> bool:
    return any(name.startswith(_BLOCK) for name in names_in_file)


def names(head: str) -> name_table.NameTable:
    """The name table; `head` is as in `google.names`."""
    ours = "encoder/transformer/group_0_inner_0_"
    rows = []
    for mine, theirs in _DENSE.items():
        rows += name_table.pairs(
            ours + mine, _BLOCK + theirs, google.KERNEL_AND_BIAS
        )
    for mine, theirs in _NORMS.items():
        rows += name_table.pairs(ours + mine, _BLOCK + theirs, google.NORM)
    return name_table.NameTable([*rows, *google.names(head).rows])


def folded(config: config_lib.AlbertConfig) -> config_lib.AlbertConfig:
    """The config of the ALBERT that computes the same function."""
    return dataclasses.replace(config, embedding_size=config.hidden_size)


def open_source(
    prefix: str,
    config: config_lib.AlbertConfig,
    head: str,
    shapes: Mapping[str, tuple[int, ...]],
    read: Callable[[str], np.ndarray],
) -> weight_source.WeightSource:
    """Presents the checkpoint as weights of an ALBERT with a `folded` config.

    Args:
        prefix: prefix of the checkpoint.
        config: config of the checkpoint.
        head: the head that `output_weights` belong to, if there are any.
        shapes: the checkpoint's variable names -> shapes.
        read: maps a variable name to its value, a float32 array.
    Raises:
        ValueError: the two embedding matrices cannot be multiplied.
    """
    shapes = dict(shapes)
    projection = shapes.pop(_PROJECTION, None)
    if projection is not None:
        words = shapes.get(_WORDS, ())
        shapes[_WORDS] = (*words[:-1], *projection[1:])
        if words[-1:] != projection[:1]:
            raise ValueError(
                f"The shapes of {_WORDS} and {_PROJECTION} must match, so that "
                "the matrices can be multiplied. Received: "
                f"{words} and {projection} in {prefix}. Fetch the checkpoint "
                "again."
            )
    log_once.info(
        f"{prefix} has albert_zh's own architecture, which normalizes "
        "embeddings after their projection. Its word embeddings and projection "
        "are multiplied, which gives an ALBERT with embedding_size="
        f"{config.hidden_size} that computes the same function. The weights do "
        "not show where the other norms are; they are assumed to come after "
        "the residuals (ln_type postln)."
    )

    def read_folded(name: str) -> np.ndarray:
        if name == _WORDS and projection is not None:
            return read(_WORDS) @ read(_PROJECTION)
        return read(name)

    return weight_source.WeightSource(
        KIND, prefix, folded(config), names(head), shapes, read_folded
    )
