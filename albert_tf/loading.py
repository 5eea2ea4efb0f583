"""albert_tf.load: a path to weights becomes a model, or a clear error."""

import os
import re
from collections.abc import Callable

import keras
import numpy as np
import tensorflow as tf
from absl import logging

from albert_tf import config as config_lib
from albert_tf import models
from albert_tf.interop import google

CONFIG_FILE = "albert_config.json"


def load(path: str | os.PathLike) -> models.AlbertPretrainer:
    """Builds the pretrainer whose weights lie at `path`.

    Args:
        path: one of
            a training run's folder (its newest checkpoint) or one checkpoint;
            an export of ours (the SavedModel folder);
            a `.keras` file;
            Google's TF1 files: the folder, the prefix, `.index` or `.meta`.
            All but `.keras` need `albert_config.json` in the folder.
    Raises:
        FileNotFoundError: no weights, or no config beside them.
        ValueError: weights that are missing or of another shape, or a file of
            no known kind.
    """
    path = os.fspath(path)
    if path.endswith(".keras"):
        return _load_keras(path)
    prefix = checkpoint_prefix(path)
    reader = _open(prefix)
    if google.is_google(reader):
        kind, read = "Google's TF1 checkpoint", google.read
    elif reader.has_tensor(_key("encoder/embeddings/word_embeddings")):
        kind, read = "checkpoint", _read
    else:
        raise ValueError(
            "A checkpoint must be ALBERT's, with Google's names or ours. "
            f"Received: {prefix}, with "
            f"{sorted(reader.get_variable_to_shape_map())[:3]} ..."
        )
    model = models.AlbertPretrainer(
        config_lib.AlbertConfig.from_json(_config_file(prefix))
    )
    restore(model, prefix, lambda name: read(reader, name))
    logging.info("Loaded %s %s.", kind, prefix)
    return model


def checkpoint_prefix(path: str) -> str:
    """The prefix of the checkpoint that `path` means.

    Raises:
        FileNotFoundError: there is none.
        ValueError: a folder with several of which none is marked as newest.
    """
    bare = re.sub(r"\.(index|meta|data-\d+-of-\d+)$", "", path)
    if tf.io.gfile.exists(bare + ".index"):
        return bare
    if tf.io.gfile.isdir(path):
        # An export; Google's archives and its evaluation's winner.
        for known in ("variables/variables", "model.ckpt-best"):
            if tf.io.gfile.exists(os.path.join(path, known + ".index")):
                return os.path.join(path, known)
        newest = tf.train.latest_checkpoint(path)
        if newest is not None:
            return newest
        found = sorted(tf.io.gfile.glob(os.path.join(path, "*.ckpt*.index")))
        if len(found) > 1:
            raise ValueError(
                f"The folder must hold one checkpoint. Received: {path} with "
                f"{', '.join(map(os.path.basename, found))}. Name one of them."
            )
        if found:
            return found[0].removesuffix(".index")
    raise FileNotFoundError(
        "A checkpoint is named by its folder, its prefix or its .index file. "
        f"Received: {path!r}, where there is none."
    )


def restore(
    model: keras.Model,
    where: str,
    read: Callable[[str], np.ndarray | None],
) -> None:
    """Sets every trainable weight from `read(name)`; all of them, or none.

    Args:
        model: the model whose weights are set.
        where: what to call the source in messages.
        read: `models.named_weights` name -> value, None where it is absent.
    Raises:
        ValueError: a weight is missing or has another shape.
    """
    weights = models.named_weights(model)
    values = {name: read(name) for name in weights}
    missing = [name for name, value in values.items() if value is None]
    if missing:
        raise ValueError(
            "A checkpoint must hold every weight of the model. "
            f"Received: {where} without {len(missing)} of {len(weights)}: "
            f"{', '.join(missing[:5])}. Does its config describe it?"
        )
    wrong = [
        f"{name} {values[name].shape}, not {tuple(weight.shape)}"
        for name, weight in weights.items()
        if values[name].shape != tuple(weight.shape)
    ]
    if wrong:
        raise ValueError(
            "The weights must have the shapes of the config. "
            f"Received: {where} with {'; '.join(wrong[:5])}. Does its config "
            "describe it?"
        )
    for name, weight in weights.items():
        weight.assign(values[name])


def _load_keras(path: str) -> models.AlbertPretrainer:
    if not tf.io.gfile.exists(path):
        raise FileNotFoundError(
            f"A .keras file must exist. Received: {path!r}, where there is "
            "none."
        )
    return keras.saving.load_model(path)


def _open(prefix: str):
    try:
        return tf.train.load_checkpoint(prefix)
    except (tf.errors.OpError, RuntimeError, ValueError) as error:
        raise ValueError(
            "A checkpoint must be a whole .index with its .data files. "
            f"Received: {prefix}, which cannot be read: {error}"
        ) from None


def _config_file(prefix: str) -> str:
    """The config beside a checkpoint, or above an export's `variables/`."""
    folder = os.path.dirname(prefix)
    if os.path.basename(folder) == "variables":
        folder = os.path.dirname(folder)
    return os.path.join(folder, CONFIG_FILE)


def _key(name: str) -> str:
    """Where tf.train.Checkpoint(model=named_weights) keeps a weight."""
    escaped = name.replace(".", "..").replace("/", ".S")
    return f"model/{escaped}/.ATTRIBUTES/VARIABLE_VALUE"


def _read(reader, name: str) -> np.ndarray | None:
    key = _key(name)
    return reader.get_tensor(key) if reader.has_tensor(key) else None
