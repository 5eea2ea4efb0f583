"""Rows of long texts in the graph are those of training."""

import random

import numpy as np
import pytest
import tensorflow as tf

from data_pipeline.answers import answer_modules
from data_pipeline.tasks import example_types
from data_pipeline.tasks.texts import text_features
from data_pipeline.text import tokenizers

WORDS = "the cat sees a house every day letter river".split()


@pytest.fixture(scope="module")
def tokenizer(vocabulary):
    return tokenizers.load(vocabulary)


def some_texts(count, seed):
    choose = random.Random(seed)
    return [
        " ".join(choose.choices(WORDS, k=choose.choice([1, 3, 8, 20, 45])))
        for _ in range(count)
    ]


def module_of(tokenizer, num_texts, **options):
    row = {"kind": "classification", "labels": "ab", "num_texts": num_texts}
    return answer_modules.make(row, tokenizer, **options)["text"]


@pytest.mark.parametrize("num_texts", [1, 2])
@pytest.mark.parametrize(
    "options",
    [
        {"long_texts": "head_tail"},
        {"long_texts": "windows", "doc_stride": 7, "max_windows": 4},
        {"long_texts": "windows", "doc_stride": 10, "max_windows": 1},
    ],
    ids=["head_tail", "windows", "one_window"],
)
def test_rows_are_those_of_training(tokenizer, num_texts, options):
    columns = [some_texts(30, seed) for seed in range(num_texts)]
    made = text_features.encode_texts(
        [
            example_types.TextExample("", texts)
            for texts in zip(*columns, strict=True)
        ],
        tokenizer,
        np.zeros(30),
        16,
        **options,
    )
    module = module_of(tokenizer, num_texts, max_seq_length=16, **options)
    strings = dict(zip(module.inputs, map(tf.constant, columns), strict=True))
    rows, context = module.rows(**strings)
    used = rows["padding_mask"] > 0
    for name in ("token_ids", "segment_ids"):
        np.testing.assert_array_equal(
            tf.boolean_mask(rows[name], used), made.sequences[name]
        )
    np.testing.assert_array_equal(context["truncated"], made.is_cut)
    if made.window_counts is not None:
        windows = tf.reduce_any(used, axis=-1)
        np.testing.assert_array_equal(
            tf.reduce_sum(tf.cast(windows, tf.int32), 1), made.window_counts
        )


def test_there_may_be_no_texts(tokenizer):
    module = module_of(
        tokenizer,
        1,
        max_seq_length=16,
        long_texts="windows",
        doc_stride=9,
        max_windows=3,
    )
    rows, _ = module.rows(texts=tf.constant([], tf.string))
    assert rows["token_ids"].shape.as_list()[0] == 0


def test_explanations_are_of_the_whole_text(tokenizer):
    module = module_of(
        tokenizer,
        2,
        max_seq_length=16,
        long_texts="windows",
        doc_stride=5,
        max_windows=20,
    )
    text = "the cat sees a house every day "
    strings = {
        "texts": tf.constant(["the cat", "a cat"]),
        "second_texts": tf.constant([text * 3, text]),
    }
    rows, context = module.rows(**strings)
    whole = module.explained(rows["token_ids"], None, context).numpy()
    for row, first, second in zip(
        whole, *(values.numpy() for values in strings.values()), strict=True
    ):
        ids = [
            tokenizer.cls_id,
            *tokenizer.encode(first.decode()),
            tokenizer.sep_id,
            *tokenizer.encode(second.decode()),
            tokenizer.sep_id,
        ]
        assert row[: len(ids)].tolist() == ids
    ones = tf.cast(rows["padding_mask"], tf.float32)
    times = module.explained(ones, None, context).numpy()
    np.testing.assert_allclose(times.sum(), ones.numpy().sum())
    starts = module.offsets(context, **strings)["starts"]
    starts = module.explained(starts, None, context).numpy()[0]
    ids, spans = tokenizer.encode_with_offsets(text * 3)
    at = len(tokenizer.encode("the cat")) + 2
    found = starts[at : at + len(ids)]
    assert found.tolist() == [span[0] for span in spans]
