"""Small models of each head, and batches for them."""

import numpy as np

import albert_tf
from albert_tf.exporting import ids_function

HEADS = {
    "pretraining": (albert_tf.AlbertPretrainer, {}),
    "classifier": (albert_tf.AlbertClassifier, {"num_classes": 3}),
    "tagging": (albert_tf.AlbertTagger, {"num_classes": 4}),
    "multiple_choice": (albert_tf.AlbertMultipleChoice, {}),
    "span": (albert_tf.AlbertSpan, {}),
    "conditional_span": (albert_tf.AlbertConditionalSpan, {}),
    "embedding": (
        albert_tf.AlbertEmbedder,
        {"settings": {"pooling": "mean", "dense_size": 5}},
    ),
    "max_embedding": (
        albert_tf.AlbertEmbedder,
        {"settings": {"pooling": "max", "normalize": False}},
    ),
    "weighted_embedding": (
        albert_tf.AlbertEmbedder,
        {"settings": {"pooling": "weighted_mean"}},
    ),
}


VOCAB = 40


# B, S, N, M; the third has fewer tokens than there are starts to look for.
FIXED = (1, 12, 2, 3)


FREE = [FIXED, (3, 9, 4, 2), (2, 4, 3, 1)]


def config(**changes):
    return albert_tf.AlbertConfig(
        **{
            "vocab_size": VOCAB,
            "embedding_size": 6,
            "hidden_size": 8,
            "num_hidden_layers": 1,
            "num_attention_heads": 2,
            "intermediate_size": 12,
            "max_position_embeddings": 16,
            "initializer_range": 0.3,
            **changes,
        }
    )


def batch(model, sizes, seed=0):
    rows, length, choices, masks = sizes
    rng = np.random.default_rng(seed)
    shape = [rows, length]
    if isinstance(model, albert_tf.AlbertMultipleChoice):
        shape = [rows, choices, length]
    values = {
        "token_ids": rng.integers(5, VOCAB, shape),
        "segment_ids": rng.integers(0, 2, shape),
        "padding_mask": np.ones(shape),
        "mask_positions": rng.integers(0, length - 2, [rows, masks]),
        "span_mask": np.ones([rows, length]),
    }
    values["padding_mask"][..., -2:] = 0
    values["span_mask"][..., -2:] = 0
    return {
        name: values[name].astype(np.int32)
        for name in ids_function.input_names(model)
    }
