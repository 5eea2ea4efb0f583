"""Whole files through tf.io.gfile, so that cloud paths work like local ones.

TensorFlow is imported when a file is touched, not before: a worker process
that gets its tokenizer pickled never needs it (import takes about 4 seconds).
"""

import os


def is_folder(path: str) -> bool:
    import tensorflow as tf

    return tf.io.gfile.isdir(path)


def exists(path: str) -> bool:
    import tensorflow as tf

    return tf.io.gfile.exists(path)


def read(path: str) -> bytes:
    """The bytes of a file.

    Raises:
        FileNotFoundError: there is none at that path.
    """
    import tensorflow as tf

    if not exists(path):
        raise FileNotFoundError(missing(path))
    with tf.io.gfile.GFile(path, "rb") as file:
        return file.read()


def missing(path: str) -> str:
    """The message for a path that leads nowhere."""
    return (
        "A tokenizer is loaded from a SentencePiece model, a vocab.txt or a "
        f"folder with a tokenizer.json. Nothing there: {path!r}. Check the "
        "path; relative ones start in the working directory."
    )


def make_folder(path: str) -> None:
    import tensorflow as tf

    tf.io.gfile.makedirs(path)


def write(path: str, content: bytes) -> None:
    """Writes a file under another name and renames it: whole or not at all."""
    import tensorflow as tf

    unfinished = f"{path}.{os.getpid()}.tmp"
    with tf.io.gfile.GFile(unfinished, "wb") as file:
        file.write(content)
    tf.io.gfile.rename(unfinished, path, overwrite=True)
