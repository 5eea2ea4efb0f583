"""Hugging Face's ALBERT: weight names, layouts, and config.json."""

import json
import os
from collections.abc import Mapping
from typing import Any

import numpy as np
import safetensors.numpy

from albert_tf import config as config_lib
from albert_tf.interop import name_table
from albert_tf.interop import task_info

CONFIG_FILE = "config.json"
WEIGHTS_FILE = "model.safetensors"
KIND = "Hugging Face model"

# Their class -> our prefixes of its heads, and whether it has a pooler.
ARCHITECTURES = {
    "AlbertForPreTraining": (("masked_lm", "sentence_order"), True),
    "AlbertForMaskedLM": (("masked_lm",), False),
    "AlbertForSequenceClassification": (("classifier",), True),
    "AlbertForTokenClassification": (("tagging",), False),
    "AlbertForMultipleChoice": (("multiple_choice",), True),
    "AlbertForQuestionAnswering": (("span",), False),
    "AlbertModel": ((), True),
}

# Heads that they all name `classifier.*`.
SAME_NAME_HEADS = ("classifier", "tagging", "multiple_choice")

# Their "gelu" is exact. Their "gelu_new" is the tanh approximation, called
# "gelu" by Google and here. A model that was converted with the wrong one still
# works, but slightly worse.
_ACTS = {
    "gelu": "gelu_erf",
    "gelu_new": "gelu",
    "gelu_pytorch_tanh": "gelu",
    "relu": "relu",
    "tanh": "tanh",
    "linear": "linear",
}
_THEIR_ACTS = {ours: theirs for theirs, ours in reversed(_ACTS.items())}

# Their defaults for keys that config.json omits.
_DEFAULTS = {
    "vocab_size": 30000,
    "embedding_size": 128,
    "hidden_size": 4096,
    "num_hidden_layers": 12,
    "num_hidden_groups": 1,
    "num_attention_heads": 64,
    "intermediate_size": 16384,
    "inner_group_num": 1,
    "hidden_act": "gelu_new",
    "hidden_dropout_prob": 0.0,
    "attention_probs_dropout_prob": 0.0,
    "max_position_embeddings": 512,
    "type_vocab_size": 2,
    "initializer_range": 0.02,
}
# With other values of these keys, their model computes a different function.
# The other keys of config.json describe training, labels and text, not weights:
# classifier_dropout_prob is an argument of our heads, and pad_token_id only
# stops the gradient of one embedding row.
_REQUIRED = {
    "model_type": "albert",
    "layer_norm_eps": 1e-12,
    "tie_word_embeddings": True,
    "position_embedding_type": "absolute",
}

_LINEAR = {"kernel": ("weight", True), "bias": ("bias", False)}
_NORM = {"gamma": ("weight", False), "beta": ("bias", False)}
_BLOCK = "encoder/transformer/group_{group}_inner_{inner}_"
_THEIR_BLOCK = "encoder.albert_layer_groups.{group}.albert_layers.{inner}."
_LAYERS = {
    "encoder/embedding_projection/": "encoder.embedding_hidden_mapping_in.",
    "encoder/pooler/": "pooler.",
    _BLOCK + "attention/query_": _THEIR_BLOCK + "attention.query.",
    _BLOCK + "attention/key_": _THEIR_BLOCK + "attention.key.",
    _BLOCK + "attention/value_": _THEIR_BLOCK + "attention.value.",
    _BLOCK + "attention/output_": _THEIR_BLOCK + "attention.dense.",
    _BLOCK + "ffn/inner_": _THEIR_BLOCK + "ffn.",
    _BLOCK + "ffn/output_": _THEIR_BLOCK + "ffn_output.",
}
_NORMS = {
    "encoder/embeddings/layer_norm/": "embeddings.LayerNorm.",
    _BLOCK + "attention/layer_norm/": _THEIR_BLOCK + "attention.LayerNorm.",
    _BLOCK + "ffn/layer_norm/": _THEIR_BLOCK + "full_layer_layer_norm.",
}
_TABLES = {
    "word_embeddings": "word_embeddings",
    "segment_embeddings": "token_type_embeddings",
    "position_embeddings": "position_embeddings",
}


def names(head: str, prefix: str = "albert.") -> name_table.NameTable:
    """The name table for one of their models.

    Args:
        head: the one of SAME_NAME_HEADS that `classifier.*` belongs to.
        prefix: prefix of the backbone's names; "" for a bare AlbertModel.
    """
    rows = [
        name_table.Row(
            f"encoder/embeddings/{ours}", f"{prefix}embeddings.{theirs}.weight"
        )
        for ours, theirs in _TABLES.items()
    ]
    for ours, theirs in _LAYERS.items():
        rows += name_table.pairs(ours, prefix + theirs, _LINEAR)
    for ours, theirs in _NORMS.items():
        rows += name_table.pairs(ours, prefix + theirs, _NORM)
    rows += name_table.pairs("masked_lm/", "predictions.dense.", _LINEAR)
    rows += name_table.pairs(
        "masked_lm/layer_norm/", "predictions.LayerNorm.", _NORM
    )
    rows.append(name_table.Row("masked_lm/output_bias", "predictions.bias"))
    rows += name_table.pairs(
        "sentence_order/", "sop_classifier.classifier.", _LINEAR
    )
    rows += name_table.pairs("span/", "qa_outputs.", _LINEAR)
    rows += name_table.pairs(head + "/", "classifier.", _LINEAR)
    return name_table.NameTable(rows)


def same_name_head(class_name: str) -> str:
    """The head that `classifier.*` belongs to in one of their classes."""
    heads, _ = ARCHITECTURES[class_name]
    return next((h for h in heads if h in SAME_NAME_HEADS), "classifier")


def read_config(values: Mapping[str, Any]) -> config_lib.AlbertConfig:
    """Converts the content of their config.json to an AlbertConfig.

    Raises:
        ValueError: it describes a model that AlbertConfig cannot express.
    """
    for key, required in _REQUIRED.items():
        if values.get(key, required) != required:
            raise ValueError(
                f"An ALBERT must have {key}={required!r}. Received: "
                f"{values[key]!r} in {CONFIG_FILE}."
            )
    fields = {key: values.get(key, _DEFAULTS[key]) for key in _DEFAULTS}
    if fields["hidden_act"] not in tuple(_ACTS):
        raise ValueError(
            f"hidden_act must be one of {', '.join(_ACTS)}. Received: "
            f"{fields['hidden_act']!r} in {CONFIG_FILE}."
        )
    fields["hidden_act"] = _ACTS[fields["hidden_act"]]
    config = config_lib.AlbertConfig(**fields)
    check_config(config)
    return config


def check_config(config: config_lib.AlbertConfig) -> None:
    """Checks that their code computes the same function from this config.

    Raises:
        ValueError: it does not support the config.
    """
    if config.share_parameters != "all":
        raise ValueError(
            "share_parameters must be 'all' for Hugging Face's ALBERT, which "
            "shares all parameters of a group. Received: "
            f"share_parameters={config.share_parameters!r}. Use another format."
        )
    if config.attention_head_size is not None:
        raise ValueError(
            "The size of heads must be hidden_size / num_attention_heads, as "
            "in Hugging Face's ALBERT. Received: attention_head_size="
            f"{config.attention_head_size}, from a model with pruned heads. "
            "Use another format, or prune only the feed-forward width."
        )
    depth, groups = config.num_hidden_layers, config.num_hidden_groups
    for layer in range(depth):
        theirs = int(layer / (depth / groups))
        if theirs != config.set_of("attention", layer):
            raise ValueError(
                "Each layer must belong to the same group in Hugging Face's "
                "ALBERT, which computes "
                "int(layer / (num_hidden_layers / num_hidden_groups)), and in "
                "Google's and ours, which compute "
                "int(layer / num_hidden_layers * num_hidden_groups). Received: "
                f"layer {layer} of {depth} layers in {groups} groups, which "
                f"has group {theirs} in Hugging Face's. The same weights would "
                "compute a different function. Use another number of groups."
            )


def architecture(values: Mapping[str, np.ndarray]) -> str:
    """The class of theirs that has the same heads as the weights.

    Raises:
        ValueError: there is no such class.
    """
    heads = {name.split("/")[0] for name in values} - {"encoder"}
    for name, (theirs, _) in ARCHITECTURES.items():
        if heads == set(theirs):
            return name
    raise ValueError(
        "A model for Hugging Face must have one of these heads: "
        f"{', '.join(' and '.join(h) for h, _ in ARCHITECTURES.values() if h)}."
        f" Received: {', '.join(sorted(heads))}. Use another format."
    )


def write(
    config: config_lib.AlbertConfig,
    values: Mapping[str, np.ndarray],
    folder: str,
    info: task_info.TaskInfo | None = None,
) -> dict[str, str]:
    """Writes config.json and model.safetensors.

    Args:
        config: the model's config.
        values: our weight names -> values.
        folder: an existing folder.
        info: the kind of task and the names of the classes.
    Returns:
        our names -> theirs, for all weights that were written. A pooler is
        left out if their class has none.
    Raises:
        ValueError: their ALBERT does not support the config or the heads.
    """
    check_config(config)
    class_name = architecture(values)
    heads, has_pooler = ARCHITECTURES[class_name]
    if has_pooler and "encoder/pooler/kernel" not in values:
        raise ValueError(
            f"Hugging Face's {class_name} must have a pooler. Received: "
            "weights without one. Use another format."
        )
    prefix = "" if class_name == "AlbertModel" else "albert."
    table = names(same_name_head(class_name), prefix)
    renamed = {
        name: table.renamed(name)
        for name in values
        if has_pooler or not name.startswith("encoder/pooler/")
    }
    tensors = {
        theirs: values[name].T if table.transposed(name) else values[name]
        for name, theirs in renamed.items()
    }
    if config.embedding_size == config.hidden_size:
        # They always project; this projection is the identity.
        size = config.hidden_size
        kernel, bias = projection(table)
        tensors[kernel] = np.eye(size, dtype=np.float32)
        tensors[bias] = np.zeros(size, np.float32)
    # They have weights for every group, even if no layer uses it.
    for group in range(config.num_hidden_groups):
        if group not in config.sets("attention"):
            _repeat_group(tensors, group)
    safetensors.numpy.save_file(
        {name: np.ascontiguousarray(tensors[name]) for name in sorted(tensors)},
        os.path.join(folder, WEIGHTS_FILE),
        # transformers rejects files without this entry.
        metadata={"format": "pt"},
    )
    fields = {
        **{key: getattr(config, key) for key in _DEFAULTS},
        **_REQUIRED,
        "hidden_act": _THEIR_ACTS[config.hidden_act],
        "architectures": [class_name],
        "classifier_dropout_prob": 0.1,
    }
    # Has no effect, and transformers 5 no longer knows it.
    del fields["position_embedding_type"]
    if class_name.endswith(("SequenceClassification", "TokenClassification")):
        num_classes = values[heads[0] + "/bias"].shape[0]
        info = info or task_info.TaskInfo()
        fields |= task_info.to_huggingface(info, num_classes)
    with open(os.path.join(folder, CONFIG_FILE), "w", encoding="utf-8") as file:
        file.write(json.dumps(fields, indent=2, ensure_ascii=False) + "\n")
    return renamed


def _repeat_group(tensors: dict[str, np.ndarray], group: int) -> None:
    """Adds weights for a group, equal to those of the first group."""
    first, other = "albert_layer_groups.0.", f"albert_layer_groups.{group}."
    tensors |= {
        name.replace(first, other): value
        for name, value in tensors.items()
        if first in name
    }


def projection(table: name_table.NameTable) -> tuple[str, str]:
    """Their names for the kernel and bias of the embedding projection."""
    ours = "encoder/embedding_projection/"
    return table.renamed(ours + "kernel"), table.renamed(ours + "bias")
