"""Where a TensorFlow checkpoint is: its prefix, from a path that means it."""

import os
import re

import tensorflow as tf

from albert_tf.io import literal_paths

# The name in Google's archives, and of its evaluation's winner.
GOOGLE = "model.ckpt-best"


def find(path: str) -> str:
    """The prefix of the checkpoint that `path` means.

    Raises:
        FileNotFoundError: there is none.
        ValueError: a folder with several of which none is marked as newest.
    """
    if path.startswith(("http://", "https://")):
        raise FileNotFoundError(
            "A checkpoint must be fetched first: it is read from a folder, "
            f"here or in a cloud's storage. Received: {path}."
        )
    bare = re.sub(r"\.(index|meta|data-\d+-of-\d+)$", "", path)
    if tf.io.gfile.exists(bare + ".index"):
        return bare
    if tf.io.gfile.isdir(path):
        # An export; Google's archives and its evaluation's winner.
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
                f"The folder must hold one checkpoint. Received: {path} with "
                f"{', '.join(map(os.path.basename, found))}. Name one of them."
            )
        if found:
            return found[0].removesuffix(".index")
    raise FileNotFoundError(
        "A checkpoint must be named by its folder, its prefix or its .index "
        f"file. Received: {path!r}, where there is none."
    )


def _inside(folder: str, newest: str) -> str:
    """The newest checkpoint, which a folder must not name outside itself."""
    if os.path.normpath(os.path.dirname(newest)) != os.path.normpath(folder):
        raise ValueError(
            "The file `checkpoint` must name a checkpoint in its own folder. "
            f"Received: {newest} in {folder}. Name the one you mean."
        )
    return newest
