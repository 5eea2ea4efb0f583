"""Files that are there whole or not at all."""

import tensorflow as tf


def write_text(path: str, text: str) -> None:
    """Writes a file under another name and gives it its own at the end."""
    with tf.io.gfile.GFile(path + ".tmp", "w") as file:
        file.write(text)
    tf.io.gfile.rename(path + ".tmp", path, overwrite=True)
