"""brightmart/albert_zh's own TF1 checkpoints: a BERT that shares its layers.

Its embeddings are put together in another order than ALBERT's. E is the size
of the word embeddings, H the hidden size:

    theirs   LayerNorm_H(words[V, E] x projection[E, H] + types + positions)
    ALBERT   LayerNorm_E(words[V, E] + types + positions) x projection[E, H]

and their masked-LM head ends in the transposed products. With the two matrices
multiplied, words[V, H], theirs is an ALBERT whose embedding_size is hidden_size
and which therefore has no projection: the same function, in more parameters.

Source: brightmart/albert_zh, modeling.py (embedding_lookup_factorized,
transformer_model) and run_pretraining.py (get_masked_lm_output).
"""

import dataclasses
from collections.abc import Callable
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
# Ours in the one weight set -> theirs.
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


def is_albert_zh(names_in_file) -> bool:
    return any(name.startswith(_BLOCK) for name in names_in_file)


def names(head: str) -> name_table.NameTable:
    """The table; `head` as of `google.names`."""
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
    """The config of the same function as an ALBERT."""
    return dataclasses.replace(config, embedding_size=config.hidden_size)


def open_source(
    prefix: str,
    config: config_lib.AlbertConfig,
    head: str,
    shapes: Mapping[str, tuple[int, ...]],
    read: Callable[[str], np.ndarray],
) -> weight_source.WeightSource:
    """As ALBERT's weights, of the config of `folded`.

    Args:
        prefix: of the checkpoint.
        config: of it.
        head: what its `output_weights` are, where it has them.
        shapes: of its weights, by their names.
        read: their name -> float32 array.
    """
    shapes = dict(shapes)
    projection = shapes.pop(_PROJECTION, None)
    if projection is not None:
        words = shapes.get(_WORDS, ())
        shapes[_WORDS] = (*words[:-1], *projection[1:])
        if words[-1:] != projection[:1]:
            raise ValueError(
                f"{_WORDS} and {_PROJECTION} must be matrices that can be "
                f"multiplied. Received: {words} and {projection} in {prefix}."
            )
    log_once.info(
        f"{prefix} is albert_zh's own network, whose norm comes after the "
        "projection of the embeddings. The word embeddings and the projection "
        "are multiplied: the same function, as an ALBERT with embedding_size="
        f"{config.hidden_size}. It is taken for granted that the other norms "
        "come after the residuals (ln_type postln): no weight shows it."
    )

    def read_folded(name):
        if name == _WORDS and projection is not None:
            return read(_WORDS) @ read(_PROJECTION)
        return read(name)

    return weight_source.WeightSource(
        KIND, prefix, folded(config), names(head), shapes, read_folded
    )
