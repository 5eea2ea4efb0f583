"""Writes texts with a model: greedily, by beam search, or by sampling.

Everything is in the graph and of static shape, so it also compiles for TPUs.
"""

import tensorflow as tf

from albert_tf.seq2seq import beam
from albert_tf.seq2seq import chain
from albert_tf.seq2seq import options as options_lib
from albert_tf.seq2seq import steps

DecodingOptions = options_lib.DecodingOptions


def generate(model, inputs, options: DecodingOptions) -> dict[str, tf.Tensor]:
    """As AlbertSeq2Seq.generate."""
    if "pack_ids" in inputs:
        raise ValueError(
            "Texts must be written from rows with one source each. Received: "
            "packed rows (pack_ids). Batch the sources without packing."
        )
    options = options.fitted(model.max_target_length, model.vocab_size)
    assert options.max_length is not None
    samples = options.top_p is not None
    slots = options.n_best if samples else options.beam_size
    step = steps.Steps(model, inputs, slots, options.max_length)
    if samples or slots == 1:
        return chain.write(model, step, options, inputs.get("item"))
    return beam.search(model, step, options)
