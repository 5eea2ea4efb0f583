"""Checks weights before a model is built for them.

A config can ask for a model of any size, so sizes are compared with the file
before anything is allocated.
"""

import dataclasses
import zipfile

import tensorflow as tf

from albert_tf import config as config_lib
from albert_tf.interop import albert_zh
from albert_tf.interop import weight_coverage
from albert_tf.interop import weight_source
from albert_tf.io import json_file
from albert_tf.io import log_once
from albert_tf.planning import flops

# Config fields that affect only training, not the function of given weights.
_TRAINING_FIELDS = (
    "hidden_dropout_prob",
    "attention_probs_dropout_prob",
    "initializer_range",
)
# Config fields that change what weights compute but not their shapes.
_FIELDS_WITHOUT_SHAPE = (
    "num_attention_heads",
    "hidden_act",
    "num_hidden_layers",
    "num_hidden_groups",
    "share_parameters",
)
# Bytes of config.json in a .keras file; an ALBERT's takes about a thousand.
_LONGEST_CONFIG = 10_000_000


def with_config(
    source: weight_source.WeightSource, config: config_lib.AlbertConfig
) -> weight_source.WeightSource:
    """Replaces the config of a source by one that the user gave.

    Raises:
        ValueError: the config beside the weights describes a different
            architecture.
    """
    if source.kind == albert_zh.KIND:
        config = albert_zh.folded(config)
    given, own = config.to_dict(), source.config.to_dict()
    differ = {
        name: f"{name}={given.get(name)!r} instead of {own.get(name)!r}"
        for name in {**own, **given}
        if given.get(name) != own.get(name)
    }
    if differ.keys() - set(_TRAINING_FIELDS):
        raise ValueError(
            "A config that is given for a checkpoint (--albert_config_file) "
            "must describe the same architecture as the one beside it. "
            f"Received: {', '.join(differ.values())} in {source.where}. Leave "
            "the given config out, or remove the other one."
        )
    if differ:
        log_once.info(
            f"{source.where}: the given config is used, with "
            f"{', '.join(differ.values())} in the config beside the weights."
        )
    return dataclasses.replace(source, config=config)


def check_embeddings(
    source: weight_source.WeightSource, config: config_lib.AlbertConfig
) -> None:
    """Checks that a model can take the embeddings of albert_zh's architecture.

    Raises:
        ValueError: its embedding_size differs.
    """
    size = source.config.embedding_size
    if source.kind == albert_zh.KIND and config.embedding_size != size:
        raise ValueError(
            "A model must have embedding_size=hidden_size to start from "
            "albert_zh's architecture, whose embedding matrices are "
            f"multiplied. Received: embedding_size={config.embedding_size}, "
            f"and {size} in {source.where}. Set embedding_size={size} in the "
            "config, or convert the checkpoint with albert_tf.interop.convert."
        )


def check_sizes(source: weight_source.WeightSource) -> None:
    """Checks the shapes that determine the size of a model.

    Raises:
        ValueError: they differ from those of the source's config.
    """
    config = source.config
    hidden, width = config.hidden_size, config.embedding_size
    embeddings = "encoder/embeddings/{}_embeddings"
    shapes = {
        embeddings.format("word"): (config.vocab_size, width),
        embeddings.format("segment"): (config.type_vocab_size, width),
        embeddings.format("position"): (config.max_position_embeddings, width),
    }
    for half, kernel, inner_width in (
        ("attention", "query_kernel", config.attention_width),
        ("ffn", "inner_kernel", config.intermediate_size),
    ):
        for name in config.set_names(half):
            kernel_name = f"encoder/transformer/{name}/{kernel}"
            shapes[kernel_name] = (hidden, inner_width)
    weight_coverage.compare(shapes, source).check_sizes()


def check_vocabulary(config: config_lib.AlbertConfig, vocab_size: int) -> None:
    """Checks that a tokenizer has as many pieces as a model has embeddings.

    Args:
        config: the model's config.
        vocab_size: number of the tokenizer's pieces.
    Raises:
        ValueError: the numbers differ.
    """
    if vocab_size != config.vocab_size:
        raise ValueError(
            "The tokenizer must have the vocabulary that the model was trained "
            f"with. Received: {vocab_size} pieces, and a model with vocab_size="
            f"{config.vocab_size}. Name the model's own vocabulary with "
            "--spm_model_file."
        )


def check_function(
    config: config_lib.AlbertConfig,
    source: weight_source.WeightSource,
    any_depth: bool,
) -> None:
    """Checks fields of the config that shapes of weights do not show.

    Args:
        config: the model's config.
        source: the weights.
        any_depth: whether the number of layers may differ.
    Raises:
        ValueError: the model computes something else than its weights did.
    """
    differ = [
        f"{name}={getattr(config, name)!r} instead of "
        f"{getattr(source.config, name)!r}"
        for name in _FIELDS_WITHOUT_SHAPE
        if getattr(config, name) != getattr(source.config, name)
        and not (any_depth and name == "num_hidden_layers")
    ]
    if differ:
        raise ValueError(
            "A model must have the config of its weights, or else it computes "
            f"a different function. Received: {', '.join(differ)} in "
            f"{source.where}. --grow_from makes a model deeper or lets it "
            "share less without changing its function."
        )


def check_keras_size(path: str) -> None:
    """Checks that a `.keras` file is as large as the model that it describes.

    Keras would build the model before it looks at the weights.

    Raises:
        ValueError: the file is smaller.
    """
    with tf.io.gfile.GFile(path, "rb") as file, zipfile.ZipFile(file) as parts:
        if parts.getinfo("config.json").file_size > _LONGEST_CONFIG:
            raise ValueError(
                f"config.json must have at most {_LONGEST_CONFIG} bytes. "
                "Received: more."
            )
        described = json_file.parse_object(
            parts.read("config.json"), "config.json"
        )["config"]
        stored = parts.getinfo("model.weights.h5").compress_size
    config = config_lib.AlbertConfig(**described["config"])
    classes = described.get("num_classes", 0)
    declared = flops.parameters(config) + classes * config.hidden_size
    # A weight takes 2 or 4 bytes, and heads that are counted may be absent.
    if declared > stored:
        raise ValueError(
            "A model's weights must be in the file that describes it. "
            f"Received: a config with {declared:,} weights, and {stored:,} "
            "bytes of them."
        )
