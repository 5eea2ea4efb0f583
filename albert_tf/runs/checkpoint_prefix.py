"""Finds the prefix of a TensorFlow checkpoint from any path that names it."""

import os
import re

import tensorflow as tf

from albert_tf.io import literal_paths

# The prefix in Google's archives, which its evaluation gives the best
# checkpoint.
GOOGLE = "model.ckpt-best"


def find(path: str) -> str:
    """The prefix of the checkpoint that a path names.

    Args:
        path: a folder, a prefix, or one of the checkpoint's files.
    Raises:
        FileNotFoundError: there is no checkpoint.
        ValueError: a folder holds several checkpoints, and none is marked as
            the newest.
    """
    bare = re.sub(r"\.(index|meta|data-\d+-of-\d+)$", "", path)
    if tf.io.gfile.exists(bare + ".index"):
        return bare
    if tf.io.gfile.isdir(path):
        # The files of an export, and those of Google.
        for known in ("variables/variables", GOOGLE):
            if tf.io.gfile.exists(os.path.join(path, known + ".index")):
                return os.path.join(path, known)
        state = tf.train.get_checkpoint_state(path)
        newest = state and state.model_checkpoint_path
        if newest and tf.io.gfile.exists(newest + ".index"):
            return _inside(path, newest)
        pattern = os.path.join(literal_paths.escape(path), "*ckpt*.index")
        found = sorted(tf.io.gfile.glob(pattern))
        if len(found) > 1:
            raise ValueError(
                "The folder must hold a single checkpoint. Received: "
                f"{path} with {', '.join(map(os.path.basename, found))}. Name "
                "one of them."
            )
        if found:
            return found[0].removesuffix(".index")
    raise FileNotFoundError(
        "The path of a checkpoint must be its folder, its prefix or its .index "
        f"file. Received: {path!r}, where there is no checkpoint."
    )


def _inside(folder: str, newest: str) -> str:
    """The newest checkpoint of a folder, which must be inside of it."""
    if os.path.normpath(os.path.dirname(newest)) != os.path.normpath(folder):
        raise ValueError(
            "The file `checkpoint` must name a checkpoint in its own folder. "
            f"Received: {newest} in {folder}. Give the path of the checkpoint "
            "itself."
        )
    return newest
