"""Google's TF1 checkpoints: variable names, layouts and config."""

import json
import os
import re
from collections.abc import Container
from collections.abc import Iterable
from collections.abc import Mapping

import numpy as np
import tensorflow as tf

from albert_tf import config as config_lib
from albert_tf.interop import name_table
from albert_tf.runs import checkpoint_prefix

CONFIG_FILE = "albert_config.json"
PREFIX = checkpoint_prefix.GOOGLE
KIND = "Google's TF1 checkpoint"

KERNEL_AND_BIAS = {"kernel": ("kernel", False), "bias": ("bias", False)}
NORM = {"gamma": ("gamma", False), "beta": ("beta", False)}
# Their kernels are [C, H]; ours are [H, C].
_OUTPUT = {"kernel": ("output_weights", True), "bias": ("output_bias", False)}
_BLOCK = "encoder/transformer/group_{group}_inner_{inner}_"
_THEIR_BLOCK = "bert/encoder/transformer/group_{group}/inner_group_{inner}/"

# Inside a block. `ffn_1/intermediate/output` looks like an indentation error in
# the original, but the released files use it.
_DENSE_OF_BLOCK = {
    "attention/query_": "attention_1/self/query/",
    "attention/key_": "attention_1/self/key/",
    "attention/value_": "attention_1/self/value/",
    "attention/output_": "attention_1/output/dense/",
    "ffn/inner_": "ffn_1/intermediate/dense/",
    "ffn/output_": "ffn_1/intermediate/output/dense/",
}
_NORMS_OF_BLOCK = {
    "attention/layer_norm/": "LayerNorm/",
    "ffn/layer_norm/": "LayerNorm_1/",
}
_TABLES = {
    "word_embeddings": ("word_embeddings", False),
    "segment_embeddings": ("token_type_embeddings", False),
    "position_embeddings": ("position_embeddings", False),
}

_BACKBONE = [
    *name_table.pairs("encoder/embeddings/", "bert/embeddings/", _TABLES),
    *name_table.pairs(
        "encoder/embeddings/layer_norm/", "bert/embeddings/LayerNorm/", NORM
    ),
    *name_table.pairs(
        "encoder/embedding_projection/",
        "bert/encoder/embedding_hidden_mapping_in/",
        KERNEL_AND_BIAS,
    ),
    *name_table.pairs("encoder/pooler/", "bert/pooler/dense/", KERNEL_AND_BIAS),
]
for _ours, _theirs in _DENSE_OF_BLOCK.items():
    _BACKBONE += name_table.pairs(
        _BLOCK + _ours, _THEIR_BLOCK + _theirs, KERNEL_AND_BIAS
    )
for _ours, _theirs in _NORMS_OF_BLOCK.items():
    _BACKBONE += name_table.pairs(_BLOCK + _ours, _THEIR_BLOCK + _theirs, NORM)

_PRETRAINING = [
    *name_table.pairs(
        "masked_lm/", "cls/predictions/transform/dense/", KERNEL_AND_BIAS
    ),
    *name_table.pairs(
        "masked_lm/layer_norm/", "cls/predictions/transform/LayerNorm/", NORM
    ),
    name_table.Row("masked_lm/output_bias", "cls/predictions/output_bias"),
    *name_table.pairs("sentence_order/", "cls/seq_relationship/", _OUTPUT),
]

# Source: squad_utils.py, create_v1_model and create_v2_model. The original has
# no tagging head; its name follows the same pattern.
_SPANS = [
    *name_table.pairs("tagging/", "cls/tagging/", _OUTPUT),
    *name_table.pairs("span/", "cls/squad/", _OUTPUT),
    *name_table.pairs(
        "conditional_span/start_", "start_logits/dense/", KERNEL_AND_BIAS
    ),
    *name_table.pairs(
        "conditional_span/end_inner_", "end_logits/dense_0/", KERNEL_AND_BIAS
    ),
    *name_table.pairs(
        "conditional_span/end_norm/", "end_logits/LayerNorm/", NORM
    ),
    *name_table.pairs(
        "conditional_span/end_", "end_logits/dense_1/", KERNEL_AND_BIAS
    ),
    *name_table.pairs(
        "conditional_span/answer_inner_",
        "answer_class/dense_0/",
        KERNEL_AND_BIAS,
    ),
    name_table.Row(
        "conditional_span/answer_kernel", "answer_class/dense_1/kernel"
    ),
]

# Variables that their training runs save along with the weights.
_NOT_WEIGHTS = re.compile(r"global_step$|.*/adam_[mv]$")

# Layers of BERT, and of albert_zh's models that share only one half of a layer
# and normalize before each half.
_BERT_LAYER = re.compile(
    r"bert/encoder/(layer_\d+|layer_shared/(attention|intermediate)_\d+)/"
)


def names(head: str = "classifier") -> name_table.NameTable:
    """The name table for a file whose `output_weights` belong to `head`.

    Classification and multiple choice share that name, so the file alone does
    not show which head it has.
    """
    return name_table.NameTable(
        [
            *_BACKBONE,
            *_PRETRAINING,
            *_SPANS,
            *name_table.pairs(head + "/", "", _OUTPUT),
        ]
    )


def is_google(names_in_file: Container[str]) -> bool:
    return "bert/embeddings/word_embeddings" in names_in_file


def is_weight(name: str) -> bool:
    return not _NOT_WEIGHTS.match(name)


def check_names(where: str, names_in_file: Iterable[str]) -> None:
    """Checks that the weights are not BERT's.

    Raises:
        ValueError: a layer has weights of its own, as in BERT.
    """
    other = next(filter(_BERT_LAYER.match, names_in_file), None)
    if other is not None:
        raise ValueError(
            "The weights must be ALBERT's, whose layers share them. Received: "
            f"{where} with {other}, as in BERT, where each layer has weights "
            "of its own. BERT cannot be converted to ALBERT; start from a "
            "checkpoint of an ALBERT."
        )


def check_config(config: config_lib.AlbertConfig) -> None:
    """Checks that Google's code computes the same function from this config.

    Raises:
        ValueError: it does not support the config.
    """
    if config.share_parameters != "all":
        raise ValueError(
            "share_parameters must be 'all' for Google's ALBERT, which shares "
            "all parameters of a group. Received: "
            f"share_parameters={config.share_parameters!r}. Use another format."
        )
    if config.hidden_act == "gelu_erf":
        raise ValueError(
            "hidden_act must be one that Google's ALBERT supports: gelu (the "
            "tanh approximation), relu, tanh or linear. Received: "
            "hidden_act='gelu_erf', the exact GELU. Use another format."
        )
    if config.attention_head_size is not None:
        raise ValueError(
            "The size of heads must be hidden_size / num_attention_heads, as "
            "in Google's ALBERT. Received: attention_head_size="
            f"{config.attention_head_size}, from a model with pruned heads. "
            "Use another format, or prune only the feed-forward width."
        )


def write(
    config: config_lib.AlbertConfig,
    values: Mapping[str, np.ndarray],
    folder: str,
) -> dict[str, str]:
    """Writes a TF1 checkpoint and its config, laid out as in Google's archives.

    Args:
        config: the model's config.
        values: our weight names -> values.
        folder: an existing folder.
    Returns:
        our names -> theirs, for all weights.
    Raises:
        ValueError: Google's ALBERT does not support `config` or a head.
    """
    check_config(config)
    head = "classifier"
    if "multiple_choice/kernel" in values:
        head = "multiple_choice"
    table = names(head)
    unknown = [name for name in values if table.theirs(name) is None]
    if unknown:
        raise ValueError(
            "A model for Google's code must have one of its heads, or none. "
            f"Received: {', '.join(unknown)}. Use another format."
        )
    renamed = {name: table.renamed(name) for name in values}
    tensors = {
        renamed[name]: value.T if table.transposed(name) else value
        for name, value in values.items()
    }
    # Estimator expects it along with the weights.
    tensors["global_step"] = np.int64(0)
    tf.raw_ops.SaveV2(
        prefix=os.path.join(folder, PREFIX),
        tensor_names=sorted(tensors),
        shape_and_slices=[""] * len(tensors),
        tensors=[tf.constant(tensors[name]) for name in sorted(tensors)],
    )
    fields = config.to_dict()
    del fields["share_parameters"]
    with tf.io.gfile.GFile(os.path.join(folder, CONFIG_FILE), "w") as file:
        file.write(json.dumps(fields, indent=2) + "\n")
    return renamed
