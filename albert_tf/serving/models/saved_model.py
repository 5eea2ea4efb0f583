"""A SavedModel as the server calls it: its signatures, read from the file."""

import dataclasses
import functools
import os
from collections.abc import Callable

import numpy as np
import tensorflow as tf
import tensorflow_text  # noqa: F401  registers the tokenizers' operations
from absl import logging
from google.protobuf import json_format
from tensorflow.core.protobuf import saved_model_pb2

from albert_tf.io import json_file
from albert_tf.io import literal_paths
from albert_tf.serving.models import folders

DEFAULT_SIGNATURE = "serving_default"
# A folder that names no number of positions has a model of the usual size.
_POSITIONS = 512
# What a config says of how many ids there are, by input.
_COUNTS = {"token_ids": "vocab_size", "segment_ids": "type_vocab_size"}
_FLAGS = ("padding_mask", "span_mask")


@dataclasses.dataclass(frozen=True)
class Signature:
    """One function of a model.

    Attributes:
        inputs: name to tf.TensorSpec, string of rank 1 or 2 or int32 of rank 2
            or 3; the first axis is the batch.
        outputs: name to tf.TensorSpec; the first axis is the batch.
        call: takes a dict of arrays, returns one.
    """

    name: str
    inputs: dict[str, tf.TensorSpec]
    outputs: dict[str, tf.TensorSpec]
    call: Callable[[dict[str, np.ndarray]], dict[str, np.ndarray]]

    @property
    def takes_text(self) -> bool:
        return any(spec.dtype == tf.string for spec in self.inputs.values())

    @property
    def padded(self) -> frozenset[str]:
        """Outputs with slots for the longest row of the batch.

        Those of texts: where rows of ids or choices go in, all are as long.
        """
        if any(spec.shape.rank > 1 for spec in self.inputs.values()):
            return frozenset()
        return frozenset(
            name
            for name, spec in self.outputs.items()
            if spec.shape.rank > 1 and spec.shape[1] is None
        )


@dataclasses.dataclass(frozen=True)
class Model:
    """A loaded model.

    Attributes:
        signatures: by name.
        signature_def: the file's own description of them, as
            TensorFlow Serving gives it.
        config: the export's config.json; {} where there is none.
        max_positions: ids that a row may have.
        counts: how many ids there are, from 0, by input; of what is known.
    """

    name: str
    version: int
    signatures: dict[str, Signature]
    signature_def: dict
    config: dict
    max_positions: int
    counts: dict[str, int]


def load(name: str, folder: str) -> Model:
    """Loads the newest version and runs each signature that takes text once.

    Raises:
        ValueError: there is no SavedModel, or it has no signature to serve.
    """
    version, folder = folders.newest_version(folder)
    loaded = tf.saved_model.load(literal_paths.readable(folder))
    signatures = {}
    for key, function in loaded.signatures.items():
        inputs = function.structured_input_signature[1]
        if all(_is_served(spec) for spec in inputs.values()):
            signatures[key] = Signature(
                key,
                dict(sorted(inputs.items())),
                dict(sorted(function.structured_outputs.items())),
                # `loaded` owns the variables: it has to live as long.
                functools.partial(call, function, loaded),
            )
        else:
            logging.warning(
                "%s: the signature %s is not served, since its inputs cannot "
                "be sent as JSON.",
                name,
                key,
            )
    if not signatures:
        raise ValueError(
            "At least one signature must take strings [B] or [B, N], or int32 "
            f"[B, S] or [B, N, S]. Received: {folder!r}, which has none."
        )
    config = _read_json(os.path.join(folder, "config.json"))
    network = _network(folder, config)
    model = Model(
        name,
        version,
        signatures,
        _signature_def(folder),
        config,
        _size(network, "max_position_embeddings", folder) or _POSITIONS,
        _counts(network, folder),
    )
    for signature in signatures.values():
        if signature.takes_text:
            _warm_up(signature)
    return model


def _is_served(spec: tf.TensorSpec) -> bool:
    ranks = {tf.string: (1, 2), tf.int32: (2, 3)}.get(spec.dtype, ())
    return spec.shape.rank in ranks


def call(
    function: Callable, owner: object, arrays: dict[str, np.ndarray]
) -> dict[str, np.ndarray]:
    """Calls a function of tensors with arrays.

    Args:
        function: takes tensors by name and returns some.
        owner: of the function's variables, which must live as long.
        arrays: by name.
    """
    outputs = function(**{k: tf.constant(v) for k, v in arrays.items()})
    return {name: outputs[name].numpy() for name in sorted(outputs)}


def _warm_up(signature: Signature) -> None:
    # The first call builds kernels and takes many times a later one's time.
    signature.call(
        {
            name: np.full([1] * spec.shape.rank, b"Hello [MASK].", object)
            if spec.dtype == tf.string
            else np.ones([1] * spec.shape.rank, np.int32)
            for name, spec in signature.inputs.items()
        }
    )


def _signature_def(folder: str) -> dict:
    proto = saved_model_pb2.SavedModel()
    with open(os.path.join(folder, folders.SAVED_MODEL), "rb") as file:
        proto.ParseFromString(file.read())
    return {
        name: json_format.MessageToDict(
            definition,
            preserving_proto_field_name=True,
            always_print_fields_with_no_presence=True,
        )
        for name, definition in proto.meta_graphs[0].signature_def.items()
    }


def _network(folder: str, config: dict) -> dict:
    """The settings of the network; {} where there are none."""
    network = config.get("albert") or _read_json(
        os.path.join(folder, "albert_config.json")
    )
    return network if isinstance(network, dict) else {}


def _counts(network: dict, folder: str) -> dict[str, int]:
    sizes = {name: _size(network, key, folder) for name, key in _COUNTS.items()}
    found = {name: size for name, size in sizes.items() if size}
    if len(found) < len(sizes):
        return {}
    return {**found, **dict.fromkeys(_FLAGS, 2)}


def _size(network: dict, key: str, folder: str) -> int | None:
    """A number of the network's settings, or None."""
    found = network.get(key)
    if found is not None and (type(found) is not int or found < 1):
        raise ValueError(
            f"{key} must be a whole number of at least 1. Received: "
            f"{found!r:.60} in a config of {folder}. Export again."
        )
    return found


def _read_json(path: str) -> dict:
    return json_file.read_object(path) if os.path.isfile(path) else {}
