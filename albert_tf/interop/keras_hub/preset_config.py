"""What the JSON files of a keras-hub preset say, both ways.

They hold serialized Keras objects. Nothing is deserialized here: numbers are
read from them, and everything else must be what AlbertBackbone has.
"""

from collections.abc import Mapping
from typing import Any

from albert_tf import config as config_lib

BACKBONE = "AlbertBackbone"
CONFIG_FILE = "config.json"
_MODULE = "keras_hub.src.models.albert."

# Their key -> ours, and their default; None if they have none.
_NUMBERS: dict[str, tuple[str, int | float | None]] = {
    "vocabulary_size": ("vocab_size", None),
    "num_layers": ("num_hidden_layers", None),
    "num_heads": ("num_attention_heads", None),
    "num_groups": ("num_hidden_groups", 1),
    "num_inner_repetitions": ("inner_group_num", 1),
    "embedding_dim": ("embedding_size", None),
    "hidden_dim": ("hidden_size", None),
    "intermediate_dim": ("intermediate_size", None),
    "dropout": ("hidden_dropout_prob", 0.0),
    "max_sequence_length": ("max_position_embeddings", 512),
    "num_segments": ("type_vocab_size", 2),
}
# Keys of every Keras layer, which do not change what it computes.
_OF_LAYERS = ("name", "trainable", "dtype")


def read(serialized: Mapping[str, Any]) -> config_lib.AlbertConfig:
    """The config of a serialized AlbertBackbone.

    Args:
        serialized: the content of config.json, or the "backbone" of a task.
    Raises:
        ValueError: it is of another class, lacks a number, or has a setting
            that is not known here.
    """
    values = config_of(serialized, (BACKBONE,))
    unknown = sorted(values.keys() - {*_NUMBERS, *_OF_LAYERS})
    if unknown:
        raise ValueError(
            f"The config of {BACKBONE} must have only known keys. Received: "
            f"{', '.join(unknown)[:200]}. This keras-hub may compute another "
            "function than the one that is known here (0.32)."
        )
    fields: dict[str, Any] = {}
    for theirs, (ours, default) in _NUMBERS.items():
        fields[ours] = values.get(theirs, default)
        if fields[ours] is None:
            raise ValueError(
                f"The config of {BACKBONE} must have {theirs}. Received: "
                f"{', '.join(sorted(values))[:200]}."
            )
    dropout = fields["hidden_dropout_prob"]
    config = config_lib.AlbertConfig(
        **fields, attention_probs_dropout_prob=dropout
    )
    check(config)
    return config


def config_of(
    serialized: Mapping[str, Any], classes: tuple[str, ...]
) -> Mapping[str, Any]:
    """The "config" of a serialized Keras object.

    Raises:
        ValueError: the object is of none of the classes, or damaged.
    """
    class_name = serialized.get("class_name")
    if class_name not in classes:
        raise ValueError(
            "A keras-hub preset of ALBERT must be of the class "
            f"{' or '.join(classes)}. Received: {str(class_name)[:80]!r}."
        )
    values = serialized.get("config")
    if not isinstance(values, dict):
        raise ValueError(
            f"A serialized {class_name} must have an object as its config. "
            f"Received: {str(values)[:80]!r}."
        )
    return values


def write(config: config_lib.AlbertConfig) -> dict[str, Any]:
    """The serialized AlbertBackbone; `read` reads it back.

    Raises:
        ValueError: AlbertBackbone cannot be what `config` says.
    """
    check(config)
    numbers = {
        theirs: getattr(config, ours) for theirs, (ours, _) in _NUMBERS.items()
    }
    return serialized("backbone", BACKBONE, numbers)


def serialized(
    module: str, class_name: str, values: Mapping[str, Any]
) -> dict[str, Any]:
    """A Keras object of keras-hub's ALBERT, as Keras serializes it."""
    return {
        "module": f"{_MODULE}albert_{module}",
        "class_name": class_name,
        "config": {"name": f"albert_{module}", **values},
        "registered_name": f"keras_hub>{class_name}",
    }


def check(config: config_lib.AlbertConfig) -> None:
    """Checks that AlbertBackbone computes from this config what we do.

    Raises:
        ValueError: it cannot.
    """
    required = {
        "share_parameters": "all",
        "hidden_act": "gelu",
        "attention_head_size": None,
    }
    for name, only in required.items():
        if getattr(config, name) != only:
            raise ValueError(
                f"A model for keras-hub's {BACKBONE} must have {name}={only!r}."
                f" Received: {name}={getattr(config, name)!r}, for which it has"
                " no setting."
            )
    depth, groups = config.num_hidden_layers, config.num_hidden_groups
    if depth % groups:
        raise ValueError(
            f"The layers of keras-hub's {BACKBONE} must divide evenly over its "
            f"groups. Received: {depth} layers in {groups} groups."
        )
    for layer in range(depth):
        theirs = layer // (depth // groups)
        if theirs != config.set_of("attention", layer):
            raise ValueError(
                "keras-hub gives every group the same number of layers, and "
                "Google's ALBERT and ours pick a layer's group by "
                "int(layer / num_hidden_layers * num_hidden_groups). A model "
                "must have the same groups by both. Received: layer "
                f"{layer} of {depth} layers in {groups} groups, which has "
                f"group {theirs} by the first. The same weights would compute "
                "something else."
            )
