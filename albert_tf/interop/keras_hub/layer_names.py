"""Where keras-hub's ALBERT keeps each weight in its .weights.h5 files.

Keras names the layers of a functional model by their class and a number, in
the order in which they are called, so the block of group g and repetition i is
the TransformerEncoder with the number g * num_inner_repetitions + i. Here it
has the name that keras-hub gives the layer: group_{g}_inner_layer_{i}.
"""

import re
from collections.abc import Iterator

from albert_tf import config as config_lib

MODEL_FILE = "model.weights.h5"
TASK_FILE = "task.weights.h5"

_LAYERS = f"{MODEL_FILE}/layers/"
_MASKED_LM = f"{TASK_FILE}/layers/masked_lm_head/"
_BLOCK = "encoder/transformer/group_{group}_inner_{inner}_"
_THEIR_BLOCK = _LAYERS + "group_{group}_inner_layer_{inner}/"
_NUMBERED = re.compile(_LAYERS + r"transformer_encoder(?:_([1-9]\d{0,5}))?/")
_NAMED = re.compile(_LAYERS + r"group_(\d+)_inner_layer_(\d+)/")
_HEADS_OF_BLOCK = re.compile(
    r"/_self_attention_layer/(query|key|value|output)_dense/vars/"
)

# Of the projection from E to H, which they have also where E == H.
PROJECTION = (_LAYERS + "dense/vars/0", _LAYERS + "dense/vars/1")

_TABLES = {
    "encoder/embeddings/word_embeddings": _LAYERS + "reversible_embedding/",
    "encoder/embeddings/segment_embeddings": _LAYERS + "embedding/",
    "encoder/embeddings/position_embeddings": _LAYERS + "position_embedding/",
    "masked_lm/output_bias": _MASKED_LM,
}
_DENSE = {
    "encoder/embedding_projection/": _LAYERS + "dense/",
    "encoder/pooler/": _LAYERS + "dense_1/",
    "classifier/": f"{TASK_FILE}/layers/dense/",
    "masked_lm/": _MASKED_LM + "_intermediate_dense/",
    **{
        _BLOCK + f"attention/{part}_": (
            _THEIR_BLOCK + f"_self_attention_layer/{part}_dense/"
        )
        for part in ("query", "key", "value", "output")
    },
    _BLOCK + "ffn/inner_": _THEIR_BLOCK + "_feedforward_intermediate_dense/",
    _BLOCK + "ffn/output_": _THEIR_BLOCK + "_feedforward_output_dense/",
}
_NORMS = {
    "encoder/embeddings/layer_norm/": _LAYERS + "layer_normalization/",
    "masked_lm/layer_norm/": _MASKED_LM + "_intermediate_layer_norm/",
    _BLOCK + "attention/layer_norm/": (
        _THEIR_BLOCK + "_self_attention_layer_norm/"
    ),
    _BLOCK + "ffn/layer_norm/": _THEIR_BLOCK + "_feedforward_layer_norm/",
}


def rows() -> Iterator[tuple[str, str]]:
    """Pairs of our name and theirs, which is the file and the path in it."""
    for ours, theirs in _TABLES.items():
        yield ours, theirs + "vars/0"
    for parts, layers in (
        (("kernel", "bias"), _DENSE),
        (("gamma", "beta"), _NORMS),
    ):
        for ours, theirs in layers.items():
            for number, part in enumerate(parts):
                yield ours + part, f"{theirs}vars/{number}"


def named(path: str, config: config_lib.AlbertConfig) -> str:
    """A path with the names of blocks in place of their numbers.

    >>> config = config_lib.AlbertConfig(inner_group_num=2)
    >>> named("model.weights.h5/layers/transformer_encoder_1/x", config)
    'model.weights.h5/layers/group_0_inner_layer_1/x'
    """

    def rename(match: re.Match) -> str:
        group, inner = divmod(int(match[1] or 0), config.inner_group_num)
        return f"{_LAYERS}group_{group}_inner_layer_{inner}/"

    return _NUMBERED.sub(rename, path)


def numbered(name: str, config: config_lib.AlbertConfig) -> str:
    """The inverse of `named`."""

    def rename(match: re.Match) -> str:
        number = int(match[1]) * config.inner_group_num + int(match[2])
        suffix = f"_{number}" if number else ""
        return f"{_LAYERS}transformer_encoder{suffix}/"

    return _NAMED.sub(rename, name)


def their_shape(
    name: str, shape: tuple[int, ...], config: config_lib.AlbertConfig
) -> tuple[int, ...]:
    """The shape in their file, where heads have an axis of their own.

    Args:
        name: their name, as in `rows`.
        shape: in our layout: the width of all heads is one axis.
    """
    found = _HEADS_OF_BLOCK.search(name)
    if found is None or (found[1] == "output" and len(shape) == 1):
        return shape
    heads = (config.num_attention_heads, config.head_size)
    if found[1] == "output":
        return (*heads, *shape[1:])
    return (*shape[:-1], *heads)


def our_shape(
    name: str, shape: tuple[int, ...], config: config_lib.AlbertConfig
) -> tuple[int, ...]:
    """The inverse of `their_shape`; a shape without these heads stays."""
    found = _HEADS_OF_BLOCK.search(name)
    heads = (config.num_attention_heads, config.head_size)
    if found and found[1] == "output" and shape[:2] == heads:
        return (config.attention_width, *shape[2:])
    if found and found[1] != "output" and shape[-2:] == heads:
        return (*shape[:-2], config.attention_width)
    return shape
