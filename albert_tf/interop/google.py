"""Google's TF1 checkpoints: their variable names, layouts and config."""

import json
import os
import re
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
# Theirs are [C, H] where ours are [H, C].
_OUTPUT = {"kernel": ("output_weights", True), "bias": ("output_bias", False)}
_BLOCK = "encoder/transformer/group_{group}_inner_{inner}_"
_THEIR_BLOCK = "bert/encoder/transformer/group_{group}/inner_group_{inner}/"

# Inside a block. `ffn_1/intermediate/output` looks like a slip of indentation
# in the original; it is what the released files hold.
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

# squad_utils.py, create_v1_model and create_v2_model. The original has no
# tagging; that name is made in the manner of its neighbours.
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

# What a training run of theirs keeps beside the weights.
_NOT_WEIGHTS = re.compile(r"global_step$|.*/adam_[mv]$")

# BERT's layers, and those of albert_zh's models that share a half of a layer
# only, in which norms come before the halves.
_OF_BERT = re.compile(
    r"bert/encoder/(layer_\d+|layer_shared/(attention|intermediate)_\d+)/"
)


def names(head: str = "classifier") -> name_table.NameTable:
    """The table for a file whose `output_weights` belong to `head`.

    Classification and multiple choice share that name, so a file alone does
    not say which it is.
    """
    return name_table.NameTable(
        [
            *_BACKBONE,
            *_PRETRAINING,
            *_SPANS,
            *name_table.pairs(head + "/", "", _OUTPUT),
        ]
    )


def is_google(names_in_file) -> bool:
    return "bert/embeddings/word_embeddings" in names_in_file


def is_weight(name: str) -> bool:
    return not _NOT_WEIGHTS.match(name)


def check_names(where: str, names_in_file) -> None:
    """Whether the weights may be of a network of ours.

    Raises:
        ValueError: they are of a BERT.
    """
    other = next(filter(_OF_BERT.match, names_in_file), None)
    if other is not None:
        raise ValueError(
            "The weights must be ALBERT's, whose layers share them. Received: "
            f"{where} with {other}, of a BERT, in which a layer has weights of "
            "its own. It is a network of another kind, of which no ALBERT can "
            "be made: start from an ALBERT's checkpoint."
        )


def check_config(config: config_lib.AlbertConfig) -> None:
    """Whether Google's code computes from this config what ours does.

    Raises:
        ValueError: it cannot.
    """
    if config.share_parameters != "all":
        raise ValueError(
            "A model must share all parameters of a group, as Google's ALBERT "
            f"does. Received: share_parameters={config.share_parameters!r}."
        )
    if config.hidden_act == "gelu_erf":
        raise ValueError(
            "hidden_act must be one that Google's ALBERT knows: gelu (the tanh "
            "approximation), relu, tanh or linear. Received: "
            "hidden_act='gelu_erf', the exact one."
        )
    if config.attention_head_size is not None:
        raise ValueError(
            "Heads must be of size hidden_size / num_attention_heads, as in "
            "Google's ALBERT. Received: attention_head_size="
            f"{config.attention_head_size}, of a model with pruned heads, "
            "which has no place there. Prune the width alone."
        )


def write(
    config: config_lib.AlbertConfig,
    values: Mapping[str, np.ndarray],
    folder: str,
) -> dict[str, str]:
    """Writes a TF1 checkpoint and its config, as Google's archives hold them.

    Args:
        config: the model's.
        values: our weight names -> values.
        folder: exists already.
    Returns:
        our names -> theirs, for what was written: everything.
    Raises:
        ValueError: Google's ALBERT cannot be what `config` says.
    """
    check_config(config)
    head = "classifier"
    if "multiple_choice/kernel" in values:
        head = "multiple_choice"
    table = names(head)
    renamed = {name: table.renamed(name) for name in values}
    tensors = {
        renamed[name]: value.T if table.transposed(name) else value
        for name, value in values.items()
    }
    # Estimator restores it with the weights.
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
