"""A model that writes texts, as a signature of texts in and texts out."""

from typing import Any

import numpy as np
import tensorflow as tf

from albert_tf.kinds import generation
from albert_tf.seq2seq import decoding
from albert_tf.serving.models import saved_model
from data_pipeline.text import tokenizers

# Lengths of rows are multiples of this, so that few programs are traced.
_STEP = 8


def signature(
    model: Any,
    tokenizer: tokenizers.Tokenizer,
    max_seq_length: int,
    options: decoding.DecodingOptions,
) -> saved_model.Signature:
    """The signature `text`: texts [B] to text [B], and score, float32 [B].

    Args:
        model: an AlbertSeq2Seq.
        tokenizer: the model's tokenizer.
        max_seq_length: S; longer texts are cut at the end.
        options: how to write.
    """
    run = tf.function(
        lambda batch: generation.written(model, batch, options),
        autograph=False,
        reduce_retracing=True,
    )

    def call(inputs: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
        texts = [text.decode("utf-8", "replace") for text in inputs["texts"]]
        rows = [
            [tokenizer.cls_id, *ids[: max_seq_length - 2], tokenizer.sep_id]
            for ids in tokenizer.encode_batch(texts)
        ]
        longest = -(-max(map(len, rows)) // _STEP) * _STEP
        shape = (len(rows), min(longest, max_seq_length))
        ids, mask = np.zeros(shape, np.int32), np.zeros(shape, np.int32)
        for number, row in enumerate(rows):
            ids[number, : len(row)] = row
            mask[number, : len(row)] = 1
        found = run(
            {
                "token_ids": tf.constant(ids),
                "segment_ids": tf.zeros_like(ids),
                "padding_mask": tf.constant(mask),
            }
        )
        sequences = found["sequences"].numpy().tolist()
        special = {tokenizer.cls_id, tokenizer.sep_id, tokenizer.pad_id}
        written = [
            tokenizer.decode([i for i in sequence if i not in special])
            for sequence in sequences
        ]
        return {
            "text": np.array([text.encode() for text in written], object),
            "score": found["scores"].numpy(),
        }

    return saved_model.Signature(
        "text",
        {"texts": tf.TensorSpec([None], tf.string)},
        {
            "text": tf.TensorSpec([None], tf.string),
            "score": tf.TensorSpec([None], tf.float32),
        },
        call,
    )
