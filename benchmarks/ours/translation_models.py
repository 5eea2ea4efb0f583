"""AlbertSeq2Seq of given sizes, and its batches."""

import albert_tf  # before tensorflow

# isort: split
import keras
import tensorflow as tf

from benchmarks.peers import random_pairs


def made(settings: dict) -> keras.Model:
    """One of random weights, in the precision of settings."""
    if settings["precision"] == "bfloat16":
        keras.mixed_precision.set_dtype_policy("mixed_bfloat16")
    return albert_tf.AlbertSeq2Seq(
        albert_tf.AlbertConfig(**settings["config"]),
        decoder_sharing=settings.get("decoder_sharing", "all"),
    )


def batch(settings: dict) -> dict[str, tf.Tensor]:
    """Rows as the kind `generation` makes them; no padding."""
    start, end = 2, settings["end_id"]
    sources, targets = (
        tf.constant([[start, *row, end] for row in rows], tf.int32)
        for rows in random_pairs.of(settings)
    )
    return {
        "token_ids": sources,
        "segment_ids": tf.zeros_like(sources),
        "padding_mask": tf.ones_like(sources),
        "target_ids": targets,
        "target_mask": tf.ones_like(targets),
    }


def versions() -> dict[str, str]:
    return {"tensorflow": tf.__version__, "keras": keras.__version__}
