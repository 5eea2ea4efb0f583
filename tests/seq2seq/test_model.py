"""AlbertSeq2Seq: what sees what, sharing, rows that are packed, files."""

import keras
import numpy as np
import pytest
import tensorflow as tf

import albert_tf
from albert_tf.seq2seq import sizes
from tests.seq2seq.conftest import small_config

BLOCK = 4 * (8 * 8 + 8) + 2 * 8 + 8 * 16 + 16 + 16 * 8 + 8 + 2 * 8
CROSS = 4 * (8 * 8 + 8) + 2 * 8
WRITER = 8 * 6 + 6 + 2 * 6 + 13


@pytest.fixture(scope="module")
def batch(sources):
    ids = [[2, 5, 7, 9, 3], [2, 8, 3, 0, 0], [2, 6, 4, 3, 0]]
    ids = tf.constant(ids, tf.int32)
    return {
        **sources,
        "target_ids": ids,
        "target_mask": tf.cast(ids > 0, tf.int32),
    }


def test_later_tokens_and_padding_change_nothing(model, batch):
    logits = model(batch)["logits"]
    assert logits.shape == (3, 4, 13)
    later = tf.tensor_scatter_nd_update(batch["target_ids"], [[0, 2]], [12])
    changed = model({**batch, "target_ids": later})["logits"]
    np.testing.assert_allclose(changed[0, :2], logits[0, :2], atol=1e-5)
    assert abs(changed[0, 2:] - logits[0, 2:]).numpy().max() > 1e-3
    alone = {name: x[1:2, :3] for name, x in batch.items()}
    np.testing.assert_allclose(
        model(alone)["logits"][0], logits[1, :2], atol=1e-5
    )
    other = tf.tensor_scatter_nd_update(batch["token_ids"], [[0, 1]], [12])
    changed = model({**batch, "token_ids": other})["logits"]
    assert abs(changed[0, 0] - logits[0, 0]).numpy().max() > 1e-3


def test_packed_rows_equal_single_ones(model, batch):
    logits, weights = model(batch)["logits"], model.cross_attention(batch)
    # The second and the third example in one row, with padding behind.
    packed = {
        "token_ids": [*batch["token_ids"][1, :3], *batch["token_ids"][2, :5]],
        "pack_ids": [1] * 3 + [2] * 5,
        "position_ids": [*range(3), *range(5)],
        "target_ids": [2, 8, 3, 2, 6, 4, 3],
        "target_pack_ids": [1] * 3 + [2] * 4,
        "target_position_ids": [*range(3), *range(4)],
    }
    rows = {
        name: tf.constant([[*map(int, values), 0]], tf.int32)
        for name, values in packed.items()
    }
    rows["padding_mask"] = tf.cast(rows["pack_ids"] > 0, tf.int32)
    rows["target_mask"] = tf.cast(rows["target_pack_ids"] > 0, tf.int32)
    rows["first_positions"] = tf.constant([[0, 3]])
    found = model(rows)["logits"][0]
    np.testing.assert_allclose(found[:2], logits[1, :2], atol=1e-5)
    np.testing.assert_allclose(found[3:6], logits[2, :3], atol=1e-5)
    attention = model.cross_attention(rows)[0]
    assert attention.shape == (2, 2, 7, 9)
    np.testing.assert_allclose(
        attention[:, :, 3:6, 3:8], weights[2, :, :, :3, :5], atol=1e-5
    )


def test_attention_to_the_source(model, batch):
    weights = model.cross_attention(batch).numpy()
    assert weights.shape == (3, 2, 2, 4, 6)
    np.testing.assert_allclose(weights.sum(-1), 1, atol=1e-5)
    assert (weights[1, ..., 3:] == 0).all()


def test_dropout_by_seed(batch):
    config = small_config(
        hidden_dropout_prob=0.2, attention_probs_dropout_prob=0.2
    )
    model = albert_tf.AlbertSeq2Seq(config, max_target_length=9)

    def run(seed):
        seed = None if seed is None else tf.constant([0, seed])
        return model(batch, training=True, dropout_seed=seed)["logits"].numpy()

    np.testing.assert_array_equal(run(1), run(1))
    assert (run(1) != run(2)).any()
    assert (run(None) != run(None)).any()
    still = model(batch)["logits"].numpy()
    np.testing.assert_array_equal(still, model(batch)["logits"].numpy())


@pytest.mark.parametrize(
    "sharing, layers, own, new",
    [
        ("all", None, None, CROSS + WRITER),
        ("all", 5, None, CROSS + WRITER),
        ("block", 3, None, BLOCK + CROSS + WRITER),
        ("none", 3, None, 3 * (BLOCK + CROSS) + WRITER),
        ("all", None, 20, CROSS + WRITER + 20 * 6 + 7),
    ],
)
def test_weights_by_what_is_shared(sharing, layers, own, new):
    config = small_config()
    encoder = albert_tf.AlbertEncoder(config).count_params()
    model = albert_tf.AlbertSeq2Seq(
        config, sharing, num_decoder_layers=layers, target_vocab_size=own
    )
    assert model.count_params() == encoder + new
    assert sizes.parameters(config, sharing, layers, own) == encoder + new
    rows = {"token_ids": [[2, 5, 3]], "target_ids": [[2, 12, 3]]}
    rows = {name: tf.constant(ids) for name, ids in rows.items()}
    assert model(rows)["logits"].shape == (1, 2, own or 13)
    depth = model.cross_attention(rows).shape[1]
    assert depth == (layers or config.num_hidden_layers)


def test_every_weight_but_the_pooler_learns(batch):
    for sharing in ("all", "none"):
        model = albert_tf.AlbertSeq2Seq(
            small_config(), sharing, target_vocab_size=15
        )
        with tf.GradientTape() as tape:
            logits = model(batch)["logits"]
            loss = tf.reduce_sum(
                tf.nn.sparse_softmax_cross_entropy_with_logits(
                    batch["target_ids"][:, 1:], logits
                )
            )
        weights = model.trainable_variables
        gradients = tape.gradient(loss, weights)
        idle = [
            w.path for w, g in zip(weights, gradients, strict=True) if g is None
        ]
        assert all("pooler" in path for path in idle)


def test_a_keras_file_holds_the_model(tmp_path, batch):
    config = small_config(num_hidden_groups=2)
    model = albert_tf.AlbertSeq2Seq(
        config,
        "block",
        num_decoder_layers=3,
        max_target_length=7,
        target_vocab_size=15,
        start_id=4,
        end_id=5,
    )
    path = str(tmp_path / "model.keras")
    model.save(path)
    again = keras.saving.load_model(path)
    assert again.get_config() == model.get_config()
    np.testing.assert_array_equal(
        again(batch)["logits"], model(batch)["logits"]
    )


def test_bfloat16(batch):
    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy("mixed_bfloat16")
    try:
        model = albert_tf.AlbertSeq2Seq(small_config(), max_target_length=6)
    finally:
        keras.config.set_dtype_policy(before)
    assert model(batch)["logits"].dtype == tf.float32
    written = model.generate(batch, albert_tf.DecodingOptions(beam_size=2))
    assert written["scores"].dtype == tf.float32
    assert np.isfinite(written["scores"]).all()


@pytest.mark.parametrize(
    "fields, message",
    [
        ({"decoder_sharing": "some"}, "decoder_sharing must be one of all, "),
        ({"max_target_length": 17}, "Received: 17 and 16 positions"),
        ({"max_target_length": 1}, "max_target_length must be from 2"),
        ({"end_id": 13}, "end_id must be the id of a token"),
        ({"start_id": 0}, "start_id must be the id of a token"),
    ],
)
def test_settings_that_do_not_fit(fields, message):
    with pytest.raises(ValueError, match=message):
        albert_tf.AlbertSeq2Seq(small_config(), **fields)


def test_layers_that_the_encoder_lacks():
    config = small_config(share_parameters="none")
    albert_tf.AlbertSeq2Seq(config, num_decoder_layers=1)
    with pytest.raises(ValueError, match="find its layers in the encoder"):
        albert_tf.AlbertSeq2Seq(config, num_decoder_layers=3)
