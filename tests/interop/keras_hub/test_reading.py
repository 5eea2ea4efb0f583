"""keras-hub presets, read."""

import h5py
import ml_dtypes
import numpy as np
import pytest
import tensorflow as tf
from keras_hub_presets import BACKBONE
from keras_hub_presets import CONFIG
from keras_hub_presets import values_of
from keras_hub_presets import write_preset

import albert_tf
from albert_tf.interop import loading


def test_every_weight_of_two_groups_of_two(tmp_path):
    theirs, _ = write_preset(tmp_path / "preset")
    model, coverage = loading.load_with_coverage(tmp_path / "preset")
    assert isinstance(model, albert_tf.AlbertPretrainer)
    assert model.config == CONFIG
    assert model.untrained_heads == ("masked_lm", "sentence_order")
    assert len(coverage.matched) == len(BACKBONE)
    assert not coverage.unexpected
    got = values_of(model)
    for ours, path in {
        "embeddings/word_embeddings": "reversible_embedding/vars/0",
        "embeddings/segment_embeddings": "embedding/vars/0",
        "embeddings/layer_norm/beta": "layer_normalization/vars/1",
        "embedding_projection/kernel": "dense/vars/0",
        "pooler/kernel": "dense_1/vars/0",
    }.items():
        np.testing.assert_array_equal(
            got[f"encoder/{ours}"], theirs[f"layers/{path}"]
        )
    for number, block in enumerate(["0_inner_0", "0_inner_1", "1_inner_0"]):
        suffix = f"_{number}" if number else ""
        there = f"layers/transformer_encoder{suffix}/"
        here = f"encoder/transformer/group_{block}_"
        query = theirs[there + "_self_attention_layer/query_dense/vars/0"]
        np.testing.assert_array_equal(
            got[here + "attention/query_kernel"], query.reshape(20, 20)
        )
        output = theirs[there + "_self_attention_layer/output_dense/vars/0"]
        np.testing.assert_array_equal(
            got[here + "attention/output_kernel"], output.reshape(20, 20)
        )
        np.testing.assert_array_equal(
            got[here + "ffn/layer_norm/gamma"],
            theirs[there + "_feedforward_layer_norm/vars/0"],
        )


@pytest.mark.parametrize(
    "activation, kind",
    [
        (None, "classification"),
        ("linear", "classification"),
        ("softmax", "classification"),
        ("sigmoid", "multilabel"),
    ],
)
def test_a_classifier(tmp_path, activation, kind):
    _, head = write_preset(
        tmp_path / "preset", "AlbertTextClassifier", activation=activation
    )
    model = albert_tf.load(tmp_path / "preset" / "task.weights.h5")
    assert isinstance(model, albert_tf.AlbertClassifier)
    np.testing.assert_array_equal(
        model.head.kernel, head["layers/dense/vars/0"]
    )
    assert model.task_info.kind == kind
    assert model.task_info.is_stated == (activation in ("softmax", "sigmoid"))


def test_a_masked_lm(tmp_path):
    _, head = write_preset(tmp_path / "preset", "AlbertMaskedLM")
    model = albert_tf.load(tmp_path / "preset")
    assert model.untrained_heads == ("sentence_order",)
    np.testing.assert_array_equal(
        model.masked_lm.output_bias, head["layers/masked_lm_head/vars/0"]
    )
    np.testing.assert_array_equal(
        model.masked_lm.norm.gamma,
        head["layers/masked_lm_head/_intermediate_layer_norm/vars/0"],
    )


def test_bfloat16(folder):
    path = folder / "model.weights.h5"
    name = "layers/reversible_embedding/vars/0"
    with h5py.File(path, "r+") as file:
        half = file[name][()].astype(ml_dtypes.bfloat16)
        del file[name]
        file[name] = half
        file[name].attrs["dtype"] = "bfloat16"
    got = values_of(albert_tf.load(folder))[
        "encoder/embeddings/word_embeddings"
    ]
    np.testing.assert_array_equal(got, half.astype(np.float32))


@pytest.mark.shared
def test_outputs_of_keras_hubs_own_preset(shared):
    folder = shared / "fixtures/keras_hub"
    expected = np.load(folder / "expected.npz")
    names = ("token_ids", "segment_ids", "padding_mask")
    inputs = {name: tf.constant(expected[name]) for name in names}
    got = albert_tf.load(folder).encoder(inputs)
    for name in ("sequence_output", "pooled_output"):
        np.testing.assert_allclose(got[name], expected[name], atol=1e-5, rtol=0)


def test_half_a_head(folder):
    with h5py.File(folder / "task.weights.h5", "r+") as file:
        del file["layers/dense/vars/1"]
    with pytest.raises(ValueError, match="classifier/bias.*task.weights.h5"):
        albert_tf.load(folder)
