"""Google's TF1 checkpoints: their variable names and layouts."""

import re

import numpy as np

_EMBEDDINGS = "bert/embeddings/"
_BLOCK = "bert/encoder/transformer/group_{group}/inner_group_{inner}/"

# Our weight names (`models.named_weights`) to Google's, outside the blocks.
_NAMES = {
    "encoder/embeddings/word_embeddings": _EMBEDDINGS + "word_embeddings",
    "encoder/embeddings/segment_embeddings": _EMBEDDINGS
    + "token_type_embeddings",
    "encoder/embeddings/position_embeddings": _EMBEDDINGS
    + "position_embeddings",
    "encoder/embeddings/layer_norm/gamma": _EMBEDDINGS + "LayerNorm/gamma",
    "encoder/embeddings/layer_norm/beta": _EMBEDDINGS + "LayerNorm/beta",
    "encoder/embedding_projection/kernel": "bert/encoder/"
    "embedding_hidden_mapping_in/kernel",
    "encoder/embedding_projection/bias": "bert/encoder/"
    "embedding_hidden_mapping_in/bias",
    "encoder/pooler/kernel": "bert/pooler/dense/kernel",
    "encoder/pooler/bias": "bert/pooler/dense/bias",
    "masked_lm/kernel": "cls/predictions/transform/dense/kernel",
    "masked_lm/bias": "cls/predictions/transform/dense/bias",
    "masked_lm/layer_norm/gamma": "cls/predictions/transform/LayerNorm/gamma",
    "masked_lm/layer_norm/beta": "cls/predictions/transform/LayerNorm/beta",
    "masked_lm/output_bias": "cls/predictions/output_bias",
    "sentence_order/kernel": "cls/seq_relationship/output_weights",
    "sentence_order/bias": "cls/seq_relationship/output_bias",
}

# Inside a block. `ffn_1/intermediate/output` looks like a slip of indentation
# in the original; it is what the released files hold.
_BLOCK_NAMES = {
    "attention/query_": "attention_1/self/query/",
    "attention/key_": "attention_1/self/key/",
    "attention/value_": "attention_1/self/value/",
    "attention/output_": "attention_1/output/dense/",
    "attention/layer_norm/": "LayerNorm/",
    "ffn/inner_": "ffn_1/intermediate/dense/",
    "ffn/output_": "ffn_1/intermediate/output/dense/",
    "ffn/layer_norm/": "LayerNorm_1/",
}

_BLOCK_PATTERN = re.compile(
    r"encoder/transformer/group_(?P<group>\d+)_inner_(?P<inner>\d+)_"
    r"(?P<part>(?:attention|ffn)/(?:layer_norm/|[a-z]+_))(?P<weight>\w+)$"
)

# Stored [2, H] there and [H, 2] here.
_TRANSPOSED = {"cls/seq_relationship/output_weights"}


def google_name(name: str) -> str:
    """Our weight name in Google's words.

    >>> google_name("encoder/transformer/group_0_inner_1_ffn/inner_bias")
    'bert/encoder/transformer/group_0/inner_group_1/ffn_1/intermediate/dense/bias'
    """
    if name in _NAMES:
        return _NAMES[name]
    match = _BLOCK_PATTERN.match(name)
    if match is None:
        raise KeyError(f"{name} has no counterpart in Google's checkpoints.")
    block = _BLOCK.format(**match.groupdict())
    return block + _BLOCK_NAMES[match["part"]] + match["weight"]


def is_google(reader) -> bool:
    return reader.has_tensor(google_name("encoder/embeddings/word_embeddings"))


def read(reader, name: str) -> np.ndarray | None:
    """The value of our weight `name` in our layout; None where it is absent."""
    key = google_name(name)
    if not reader.has_tensor(key):
        return None
    value = reader.get_tensor(key)
    return value.T if key in _TRANSPOSED else value
