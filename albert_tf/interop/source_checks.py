"""What is checked of weights before a model for them is made.

A config may ask for any size; a file is as large as it is.
"""

import dataclasses
import json
import zipfile

import tensorflow as tf

from albert_tf import config as config_lib
from albert_tf.interop import albert_zh
from albert_tf.interop import coverage as coverage_lib
from albert_tf.interop import source as source_lib
from albert_tf.io import log_once
from albert_tf.planning import flops

# What decides no function that weights compute, but their training.
_OF_TRAINING = (
    "hidden_dropout_prob",
    "attention_probs_dropout_prob",
    "initializer_range",
)
# What decides the function that given weights compute, and no shape shows.
_INVISIBLE = (
    "num_attention_heads",
    "hidden_act",
    "num_hidden_layers",
    "num_hidden_groups",
    "share_parameters",
)
# Of a .keras file; ALBERT's take a kilobyte.
_LONGEST_CONFIG = 10_000_000


def with_config(
    source: source_lib.Source, config: config_lib.AlbertConfig
) -> source_lib.Source:
    """The source with a config that someone gave for it.

    Raises:
        ValueError: its own, beside the weights, is of another network.
    """
    if source.kind == albert_zh.KIND:
        config = albert_zh.folded(config)
    given, own = config.to_dict(), source.config.to_dict()
    differ = {
        name: f"{name}={given.get(name)!r} for {own.get(name)!r}"
        for name in {**own, **given}
        if given.get(name) != own.get(name)
    }
    if differ.keys() - set(_OF_TRAINING):
        raise ValueError(
            "A config that is given with a checkpoint (--albert_config_file) "
            "must be of the same network as the one beside it. Received: "
            f"{', '.join(differ.values())} in {source.where}. Leave the given "
            "one out, or remove the other one."
        )
    if differ:
        log_once.info(
            f"{source.where}: the config that is given counts, with "
            f"{', '.join(differ.values())} beside the weights."
        )
    return dataclasses.replace(source, config=config)


def check_embeddings(
    source: source_lib.Source, config: config_lib.AlbertConfig
) -> None:
    """Whether a model may take the embeddings of albert_zh's own network.

    Raises:
        ValueError: its embeddings are of another size.
    """
    size = source.config.embedding_size
    if source.kind == albert_zh.KIND and config.embedding_size != size:
        raise ValueError(
            "A model must have embedding_size=hidden_size to start from "
            "albert_zh's own network, whose embedding matrices are multiplied. "
            f"Received: embedding_size={config.embedding_size}, and {size} in "
            f"{source.where}. Write embedding_size={size} into the config, or "
            "convert the checkpoint with albert_tf.interop.convert."
        )


def check_sizes(source: source_lib.Source) -> None:
    """The shapes that decide a model's size.

    Raises:
        ValueError: they are not those of the source's config.
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
    coverage_lib.compare(shapes, source).check_sizes()


def check_function(
    config: config_lib.AlbertConfig,
    source: source_lib.Source,
    any_depth: bool,
) -> None:
    """Whether a model computes what its weights are of, which may fit and still
    be of something else.

    Raises:
        ValueError: it computes something else.
    """
    differ = [
        f"{name}={getattr(config, name)!r} for {getattr(source.config, name)!r}"
        for name in _INVISIBLE
        if getattr(config, name) != getattr(source.config, name)
        and not (any_depth and name == "num_hidden_layers")
    ]
    if differ:
        raise ValueError(
            "A model must have the config of its weights, or they compute "
            f"something else. Received: {', '.join(differ)} in "
            f"{source.where}. --grow_from makes a model deeper or shares less "
            "of it, without changing its function."
        )


def check_keras_size(path: str) -> None:
    """Whether a `.keras` file is as large as the model that it describes.

    Keras makes the model first and looks at the weights then.

    Raises:
        ValueError: it is not.
    """
    with tf.io.gfile.GFile(path, "rb") as file, zipfile.ZipFile(file) as parts:
        if parts.getinfo("config.json").file_size > _LONGEST_CONFIG:
            raise ValueError(
                f"config.json must have at most {_LONGEST_CONFIG} bytes."
            )
        described = json.loads(parts.read("config.json"))["config"]
        stored = parts.getinfo("model.weights.h5").compress_size
    config = config_lib.AlbertConfig(**described["config"])
    classes = described.get("num_classes", 0)
    declared = flops.parameters(config) + classes * config.hidden_size
    # A weight takes 2 or 4 bytes, and heads that are counted may not be there.
    if declared > stored:
        raise ValueError(
            "A model's weights must be in the file that describes it. "
            f"Received: a config of {declared:,} weights, and {stored:,} bytes."
        )
