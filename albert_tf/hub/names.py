"""From what a user names to a path: a released name, an address, or a path."""

import os

import tensorflow as tf
from absl import logging

from albert_tf.hub import archives
from albert_tf.hub import huggingface
from albert_tf.hub import kaggle
from albert_tf.hub import kaggle_cache
from albert_tf.hub import kaggle_handle
from albert_tf.hub import released

# Hugging Face's own, which holds for all places here.
_OFFLINE = "HF_HUB_OFFLINE"
_TRUE = ("1", "ON", "YES", "TRUE")


def resolve(name: str | os.PathLike, is_offline: bool = False) -> str:
    """The path of the weights that a name means, fetched if need be.

    Args:
        name: one of
            a path, which is given back as it is;
            a name in `released.MODELS`, such as albert-base-v2;
            hf://org/name[@revision][/subfolder] on the Hugging Face Hub;
            kaggle://owner/model/framework/variation[/version] on Kaggle;
            the http(s) address of a tar or zip archive, with #sha256=... if
            it must have that SHA-256.
        is_offline: whether to use only what was fetched before, and to ask no
            server. HF_HUB_OFFLINE=1 in the environment means the same.
    Raises:
        ValueError: the name means nothing, and is near a released one.
        OSError: it cannot be fetched.
    """
    name = os.fspath(name)
    is_offline |= is_offline_mode()
    if name.startswith("hf://"):
        return huggingface.fetch(name, is_offline)
    if kaggle_handle.is_address(name):
        return kaggle.fetch(name, is_offline)
    if name.startswith(("http://", "https://")):
        return archives.fetch(name, is_offline)
    if "/" in name or tf.io.gfile.exists(name):
        if name in released.MODELS:
            logging.info("%s is taken for the path of that name.", name)
        return name
    if name in released.MODELS:
        return archives.fetch(released.MODELS[name].archive, is_offline)
    near = released.near(name)
    if near and not tf.io.gfile.exists(f"{name}.index"):
        raise ValueError(
            "Weights must be named by a path or by a released name. Received: "
            f"{name!r}, which is neither. Near it: {', '.join(near)}."
        )
    return name


def is_offline_mode() -> bool:
    """Whether the environment allows no server to be asked."""
    return os.environ.get(_OFFLINE, "").upper() in _TRUE


def name_of(path: str) -> str:
    """The name of what was fetched, with its commit, version or SHA-256; of
    other weights, their path."""
    return (
        huggingface.name_of(path)
        or kaggle_cache.name_of(path)
        or archives.name_of(path)
        or path
    )


def is_fetched(path: str) -> bool:
    """Whether a path lies in the cache of what was fetched."""
    return name_of(path) != path
