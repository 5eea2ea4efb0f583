"""The variables of SavedModels of ALBERT's encoder: ours and Model Garden's.

A SavedModel keeps variables under keys that say where an object was found,
such as trainable_variables/7, and beside each key the variable's full name.
"""

from collections.abc import Iterable
from collections.abc import Mapping

from google.protobuf import message
from tensorflow.core.protobuf import trackable_object_graph_pb2

from albert_tf import config as config_lib

# What the names of an encoder start with is found by its word embeddings.
_OUR_TABLE = "embeddings/word_embeddings"
_THEIR_TABLE = "word_embeddings/embeddings"

# Model Garden's layers, official/nlp/modeling/networks/albert_encoder.py.
_TABLES = {
    "encoder/embeddings/word_embeddings": _THEIR_TABLE,
    "encoder/embeddings/position_embeddings": "position_embedding/embeddings",
    "encoder/embeddings/segment_embeddings": "type_embeddings/embeddings",
    "masked_lm/output_bias": "cls/predictions/output_bias/bias",
}
_BLOCK = "encoder/transformer/group_0_inner_0_"
_DENSE = {
    "encoder/embedding_projection/": "embedding_projection/",
    "encoder/pooler/": "pooler_transform/",
    _BLOCK + "attention/query_": "transformer/self_attention/query/",
    _BLOCK + "attention/key_": "transformer/self_attention/key/",
    _BLOCK + "attention/value_": "transformer/self_attention/value/",
    _BLOCK + "attention/output_": (
        "transformer/self_attention/attention_output/"
    ),
    _BLOCK + "ffn/inner_": "transformer/intermediate/",
    _BLOCK + "ffn/output_": "transformer/output/",
    "masked_lm/": "cls/predictions/transform/dense/",
}
_NORMS = {
    "encoder/embeddings/layer_norm/": "embeddings/layer_norm/",
    _BLOCK + "attention/layer_norm/": "transformer/self_attention_layer_norm/",
    _BLOCK + "ffn/layer_norm/": "transformer/output_layer_norm/",
    "masked_lm/layer_norm/": "cls/predictions/transform/LayerNorm/",
}


def keys(graph: bytes) -> dict[str, list[str]]:
    """The keys of variables in a checkpoint, by their full names.

    Args:
        graph: the checkpoint's _CHECKPOINTABLE_OBJECT_GRAPH.
    Raises:
        ValueError: it is damaged.
    """
    parsed = trackable_object_graph_pb2.TrackableObjectGraph()
    try:
        parsed.ParseFromString(graph)
    except message.DecodeError as error:
        raise ValueError(
            "The object graph of a SavedModel must be whole. Received: "
            f"{error}. Fetch or write it again."
        ) from None
    found: dict[str, list[str]] = {}
    for node in parsed.nodes:
        for attribute in node.attributes:
            if attribute.full_name:
                found.setdefault(attribute.full_name, []).append(
                    attribute.checkpoint_key
                )
    return found


def rows(names: Iterable[str]) -> list[tuple[str, str]] | None:
    """Pairs of our name and theirs; None if the variables are not ALBERT's.

    Args:
        names: full names of variables.
    """
    names = list(names)
    for table in (_OUR_TABLE, _THEIR_TABLE):
        ends = [name for name in names if f"/{name}".endswith(f"/{table}")]
        if len(ends) == 1:
            prefix = ends[0].removesuffix(table)
            break
    else:
        return None
    if table == _THEIR_TABLE:
        # The masked-LM head is no layer of the encoder.
        return [
            (ours, _with_prefix(theirs, prefix, names))
            for ours, theirs in _their_rows()
        ]
    return [
        (f"encoder/{name.removeprefix(prefix)}", name)
        for name in names
        if name.startswith(prefix)
    ]


def _with_prefix(name: str, prefix: str, names: list[str]) -> str:
    """The name with what stands before it: of the encoder, or `bert/`."""
    for start in (prefix, "", "bert/"):
        if start + name in names:
            return start + name
    return prefix + name


def _their_rows() -> list[tuple[str, str]]:
    found = [*_TABLES.items()]
    for parts, layers in (
        (("kernel", "bias"), _DENSE),
        (("gamma", "beta"), _NORMS),
    ):
        for ours, theirs in layers.items():
            found += [(ours + part, theirs + part) for part in parts]
    return found


def our_shape(
    ours: str, shape: tuple[int, ...], config: config_lib.AlbertConfig
) -> tuple[int, ...]:
    """A shape in which heads are no axis of their own, as they are in Model
    Garden's; one without these heads stays."""
    heads = (config.num_attention_heads, config.head_size)
    if not ours.startswith(_BLOCK + "attention/"):
        return shape
    if ours.endswith("output_kernel") and shape[:2] == heads:
        return (config.attention_width, *shape[2:])
    if shape[-2:] == heads and "output" not in ours:
        return (*shape[:-2], config.attention_width)
    return shape


def unambiguous(found: Mapping[str, list[str]], name: str) -> str:
    """The one key of a name.

    Raises:
        ValueError: several variables have the name.
    """
    if len(found[name]) > 1:
        raise ValueError(
            "The variables of a SavedModel must have names of their own. "
            f"Received: {name} for {', '.join(found[name][:3])}."
        )
    return found[name][0]
