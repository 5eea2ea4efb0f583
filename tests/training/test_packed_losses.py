"""From records to losses: what packing leaves as it was."""

import numpy as np
import pytest
import tensorflow as tf

import albert_tf
from albert_tf import losses
from data_pipeline.batches import packing
from data_pipeline.pretraining import batching
from data_pipeline.pretraining import mask_config
from data_pipeline.pretraining import mask_spec
from data_pipeline.pretraining.records import record_sets

CONFIG = albert_tf.AlbertConfig(
    vocab_size=70,
    embedding_size=12,
    hidden_size=16,
    num_hidden_layers=2,
    num_attention_heads=2,
    intermediate_size=24,
    max_position_embeddings=64,
    hidden_dropout_prob=0.0,
    attention_probs_dropout_prob=0.0,
    initializer_range=0.3,
)


def example_losses(model, batch, **call):
    """{(ids, segments): (masked-LM sum, sentence-order sum)} of a batch."""
    out = model(batch, **call)
    batch = {name: value.numpy() for name, value in batch.items()}
    packs = batch.get("pack_ids", batch["padding_mask"])  # [B, S]
    pack_of_slot = np.take_along_axis(packs, batch["mask_positions"], axis=1)
    labels = batch["sentence_order"].reshape(len(packs), -1)  # [B, K]
    logits = tf.reshape(out["sentence_order_logits"], [*labels.shape, 2])
    result = {}
    for row in range(len(packs)):
        for pack in range(1, packs[row].max() + 1):
            masked_lm = losses.masked_lm_sums(
                out["mlm_logits"][row],
                batch["mask_ids"][row],
                batch["mask_weights"][row] * (pack_of_slot[row] == pack),
            )
            order = losses.label_sums(
                logits[row, pack - 1], tf.constant(labels[row, pack - 1])
            )
            here = packs[row] == pack
            ids, segments = (
                tuple(batch[name][row, here].tolist())
                for name in ("token_ids", "segment_ids")
            )
            sums = [float(masked_lm["loss"]), float(order["loss"])]
            result[ids, segments] = sums
    return result


@pytest.mark.parametrize(
    "call", [{}, {"training": True, "dropout_seed": tf.constant([1, 2])}]
)
def test_every_example_has_the_loss_it_has_alone(record_folder, call):
    record_set = record_sets.open_records(f"{record_folder}/*.tfrecord", 64)
    rows = len(
        packing.plan(record_set.lengths(np.arange(len(record_set.files))), 64)
    )
    model = albert_tf.AlbertPretrainer(CONFIG, seed=2)

    def epoch(rows, pack):
        spec = mask_spec.from_config(
            mask_config.MaskConfig(max_predictions_per_seq=6),
            record_set.tokenizer,
        )
        batches = batching.training_batches(
            record_set, spec, batch_size=rows, seed=1, pack=pack
        )
        return example_losses(model, next(iter(batches)), **call)

    alone, packed = epoch(len(record_set.files), False), epoch(rows, True)
    assert packed.keys() == alone.keys() and len(alone) > 50
    for key, expected in alone.items():
        np.testing.assert_allclose(packed[key], expected, rtol=1e-5)
    assert np.ptp([value[0] for value in alone.values()]) > 1
