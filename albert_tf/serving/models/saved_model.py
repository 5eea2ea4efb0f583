"""Loads a SavedModel for the server, with the signatures that it can serve."""

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
# Positions of a model whose folder does not state the number.
_POSITIONS = 512
# Inputs -> keys of the config that give the number of their ids.
_COUNTS = {"token_ids": "vocab_size", "segment_ids": "type_vocab_size"}
_FLAGS = ("padding_mask", "span_mask")


@dataclasses.dataclass(frozen=True)
class Signature:
    """One function of a model.

    Attributes:
        name: name of the signature.
        inputs: names -> tf.TensorSpec, string of rank 1 or 2 or int32 of rank 2
            or 3; the first axis is the batch.
        outputs: names -> tf.TensorSpec; the first axis is the batch.
        call: maps a dict of input arrays to a dict of output arrays.
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
        """Names of outputs that are padded to the longest row of the batch.

        Only texts have such outputs; rows of ids and choices all have the same
        length.
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
        name, version: name and version of the model.
        signatures: signatures by name.
        signature_def: the file's description of the signatures, in the format
            of TensorFlow Serving.
        config: content of the export's config.json; {} if there is none.
        max_positions: largest number of ids in a row.
        counts: number of different ids, by input, if known.
    """

    name: str
    version: int
    signatures: dict[str, Signature]
    signature_def: dict
    config: dict
    max_positions: int
    counts: dict[str, int]


def load(name: str, folder: str, form: str = "savedmodel") -> Model:
    """Loads the newest version and runs each signature that takes text once.

    Args:
        name: name of the model.
        folder: folder of an export, or of numbered exports.
        form: savedmodel, or the subfolder of another SavedModel.
    Raises:
        ValueError: there is no SavedModel, or it has no signature to serve.
    """
    inside = "" if form == "savedmodel" else form
    version, folder = folders.newest_version(
        folder, os.path.join(inside, folders.SAVED_MODEL), form
    )
    place = os.path.join(folder, inside)
    loaded = tf.saved_model.load(literal_paths.readable(place))
    signatures = {}
    for key, function in loaded.signatures.items():
        inputs = function.structured_input_signature[1]
        if all(_is_served(spec) for spec in inputs.values()):
            signatures[key] = Signature(
                key,
                dict(sorted(inputs.items())),
                dict(sorted(function.structured_outputs.items())),
                # `loaded` owns the variables, so it must be kept alive.
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
            f"[B, S] or [B, N, S]. Received: {place!r} without such a "
            "signature. Export the model again."
        )
    return described(name, version, folder, signatures, _signature_def(place))


def described(
    name: str,
    version: int,
    folder: str,
    signatures: dict[str, Signature],
    signature_def: dict,
) -> Model:
    """Adds what the export says about itself, and runs each signature that
    takes text once.

    Args:
        name, version, signatures, signature_def: as in Model.
        folder: the export's folder.
    """
    config = _read_json(os.path.join(folder, "config.json"))
    albert_config = _albert_config(folder, config)
    model = Model(
        name,
        version,
        signatures,
        signature_def,
        config,
        _size(albert_config, "max_position_embeddings", folder) or _POSITIONS,
        _counts(albert_config, folder),
    )
    for signature in signatures.values():
        if signature.takes_text:
            _warm_up(signature)
    return model


def _is_served(spec: tf.TensorSpec) -> bool:
    ranks = {tf.string: (1, 2), tf.int32: (2, 3)}.get(spec.dtype, ())
    return spec.shape.rank in ranks


def call(
    function: Callable[..., dict[str, tf.Tensor]],
    owner: object,
    arrays: dict[str, np.ndarray],
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
    # The first call creates kernels and takes much longer than later ones.
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
    path = os.path.join(folder, folders.SAVED_MODEL)
    with tf.io.gfile.GFile(path, "rb") as file:
        proto.ParseFromString(file.read())
    return {
        name: json_format.MessageToDict(
            definition,
            preserving_proto_field_name=True,
            always_print_fields_with_no_presence=True,
        )
        for name, definition in proto.meta_graphs[0].signature_def.items()
    }


def _albert_config(folder: str, config: dict) -> dict:
    """The fields of the model's AlbertConfig; {} if unknown."""
    fields = config.get("albert") or _read_json(
        os.path.join(folder, "albert_config.json")
    )
    return fields if isinstance(fields, dict) else {}


def _counts(albert_config: dict, folder: str) -> dict[str, int]:
    sizes = {
        name: _size(albert_config, key, folder) for name, key in _COUNTS.items()
    }
    found = {name: size for name, size in sizes.items() if size}
    if len(found) < len(sizes):
        return {}
    return {**found, **dict.fromkeys(_FLAGS, 2)}


def _size(albert_config: dict, key: str, folder: str) -> int | None:
    """A number in the model's config, or None."""
    found = albert_config.get(key)
    if found is not None and (type(found) is not int or found < 1):
        raise ValueError(
            f"{key} must be a whole number of at least 1. Received: "
            f"{found!r:.60} in a config of {folder}. Export again."
        )
    return found


def _read_json(path: str) -> dict:
    return json_file.read_object(path) if tf.io.gfile.exists(path) else {}
