"""Packed rows give every example what a row of its own gives it."""

import numpy as np
import pytest
import tensorflow as tf

import albert_tf
from albert_tf import losses

V, S, M, K = 50, 16, 6, 3
CONFIG = albert_tf.AlbertConfig(
    vocab_size=V,
    embedding_size=6,
    hidden_size=8,
    num_hidden_layers=3,
    num_attention_heads=2,
    intermediate_size=20,
    max_position_embeddings=S,
    hidden_dropout_prob=0.0,
    attention_probs_dropout_prob=0.0,
    initializer_range=0.5,  # far from uniform, so that a leak would show
)
# Two rows: three examples and two; 5 + 7 + 3 tokens and 9 + 4.
PACKS = [[5, 7, 3], [9, 4]]
LENGTHS = [n for pack in PACKS for n in pack]


@pytest.fixture(scope="module")
def model():
    return albert_tf.AlbertPretrainer(CONFIG, seed=1)


def single_rows():
    """One example a row: int32 [5, S] and the like."""
    rng = np.random.default_rng(0)
    lengths = np.array(LENGTHS)[:, None]
    real = np.arange(S)[None] < lengths
    slots = np.arange(2)[None]
    return {
        "token_ids": rng.integers(5, V, (5, S)) * real,
        "segment_ids": (np.arange(S)[None] >= lengths // 2) * real,
        "padding_mask": real.astype(int),
        "mask_positions": np.tile(1 + slots, (5, 1)),
        "mask_ids": rng.integers(5, V, (5, 2)),
        "mask_weights": np.ones((5, 2), np.float32),
        "sentence_order": np.array([1, 0, -1, 0, 1]),
    }


def packed_rows(single):
    """The same examples, several a row, put together by hand."""
    rows = {
        name: np.zeros((len(PACKS), S), int)
        for name in (
            "token_ids",
            "segment_ids",
            "padding_mask",
            "pack_ids",
            "position_ids",
        )
    }
    for name in ("mask_positions", "mask_ids", "mask_weights"):
        rows[name] = np.zeros((len(PACKS), M), single[name].dtype)
    rows["first_positions"] = np.zeros((len(PACKS), K), int)
    rows["sentence_order"] = np.full((len(PACKS), K), -1)
    example = 0
    for row, lengths in enumerate(PACKS):
        start = 0
        for slot, n in enumerate(lengths):
            here = (row, slice(start, start + n))
            for name in ("token_ids", "segment_ids", "padding_mask"):
                rows[name][here] = single[name][example, :n]
            rows["pack_ids"][here] = slot + 1
            rows["position_ids"][here] = np.arange(n)
            masks = (row, slice(2 * slot, 2 * slot + 2))
            rows["mask_positions"][masks] = (
                start + single["mask_positions"][example]
            )
            rows["mask_ids"][masks] = single["mask_ids"][example]
            rows["mask_weights"][masks] = 1
            rows["first_positions"][row, slot] = start
            rows["sentence_order"][row, slot] = single["sentence_order"][
                example
            ]
            start, example = start + n, example + 1
    return rows


def tensors(batch):
    return {
        name: tf.constant(v, tf.float32 if v.dtype.kind == "f" else tf.int32)
        for name, v in batch.items()
    }


def sums(model, batch, **call):
    batch = tensors(batch)
    out = model(batch, **call)
    masked_lm = losses.masked_lm_sums(
        out["mlm_logits"], batch["mask_ids"], batch["mask_weights"]
    )
    order = losses.label_sums(
        out["sentence_order_logits"], batch["sentence_order"]
    )
    return [float(v) for part in (masked_lm, order) for v in part.values()]


def test_outputs_and_losses_are_those_of_single_rows(model):
    single = single_rows()
    packed = packed_rows(single)
    expected, out = model(tensors(single)), model(tensors(packed))
    assert out["pooled_output"].shape == (len(PACKS), K, 8)
    assert out["sentence_order_logits"].shape == (len(PACKS), K, 2)
    example = 0
    for row, lengths in enumerate(PACKS):
        for slot, n in enumerate(lengths):
            start = packed["first_positions"][row, slot]
            for ours, theirs in (
                (
                    out["sequence_output"][row, start : start + n],
                    expected["sequence_output"][example, :n],
                ),
                (
                    out["mlm_logits"][row, 2 * slot : 2 * slot + 2],
                    expected["mlm_logits"][example],
                ),
                (
                    out["sentence_order_logits"][row, slot],
                    expected["sentence_order_logits"][example],
                ),
            ):
                np.testing.assert_allclose(ours, theirs, atol=1e-5)
            example += 1
    for call in ({}, {"training": True, "dropout_seed": tf.constant([1, 2])}):
        np.testing.assert_allclose(
            sums(model, packed, **call), sums(model, single, **call), rtol=1e-5
        )


def test_nothing_passes_from_one_example_to_another(model):
    packed = packed_rows(single_rows())
    before = model(tensors(packed))["sequence_output"].numpy()
    second = packed["pack_ids"] == 2
    packed["token_ids"] = np.where(second, 7, packed["token_ids"])
    after = model(tensors(packed))["sequence_output"].numpy()
    others = (packed["pack_ids"] != 2) & (packed["pack_ids"] > 0)
    np.testing.assert_array_equal(after[others], before[others])
    assert np.abs(after - before)[second].max() > 0.1
