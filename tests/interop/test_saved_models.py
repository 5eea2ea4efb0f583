"""TF-Hub style SavedModels: our export, and one with Model Garden's names."""

import json

import numpy as np
import pytest
import tensorflow as tf

import albert_tf
from albert_tf import models
from albert_tf.exporting import tfhub
from albert_tf.interop import loading

CONFIG = albert_tf.AlbertConfig(
    vocab_size=31,
    embedding_size=6,
    hidden_size=20,
    num_hidden_layers=2,
    num_attention_heads=5,
    intermediate_size=14,
    max_position_embeddings=9,
    type_vocab_size=3,
)
# official/nlp/modeling/networks/albert_encoder.py; heads have their own axis.
BLOCK = "transformer/"
MODEL_GARDEN = {
    "word_embeddings/embeddings": (31, 6),
    "position_embedding/embeddings": (9, 6),
    "type_embeddings/embeddings": (3, 6),
    "embeddings/layer_norm/gamma": (6,),
    "embeddings/layer_norm/beta": (6,),
    "embedding_projection/kernel": (6, 20),
    "embedding_projection/bias": (20,),
    **{
        f"{BLOCK}self_attention/{part}/{name}": shape
        for part in ("query", "key", "value")
        for name, shape in {"kernel": (20, 5, 4), "bias": (5, 4)}.items()
    },
    f"{BLOCK}self_attention/attention_output/kernel": (5, 4, 20),
    f"{BLOCK}self_attention/attention_output/bias": (20,),
    f"{BLOCK}self_attention_layer_norm/gamma": (20,),
    f"{BLOCK}self_attention_layer_norm/beta": (20,),
    f"{BLOCK}intermediate/kernel": (20, 14),
    f"{BLOCK}intermediate/bias": (14,),
    f"{BLOCK}output/kernel": (14, 20),
    f"{BLOCK}output/bias": (20,),
    f"{BLOCK}output_layer_norm/gamma": (20,),
    f"{BLOCK}output_layer_norm/beta": (20,),
    "pooler_transform/kernel": (20, 20),
    "pooler_transform/bias": (20,),
}
MASKED_LM = {
    "transform/dense/kernel": (20, 6),
    "transform/dense/bias": (6,),
    "transform/LayerNorm/gamma": (6,),
    "transform/LayerNorm/beta": (6,),
    "output_bias/bias": (31,),
}
INPUTS = {
    "input_word_ids": [[2, 7, 11, 3], [2, 30, 3, 0]],
    "input_mask": [[1, 1, 1, 1], [1, 1, 1, 0]],
    "input_type_ids": [[0, 0, 1, 2], [0, 1, 1, 0]],
}


def randomize(model):
    rng = np.random.default_rng(0)
    for weight in model.trainable_variables:
        weight.assign(rng.normal(0, 1, weight.shape))
    return model


def values_of(model):
    return {k: w.numpy() for k, w in models.named_weights(model).items()}


@pytest.fixture(scope="module")
def export(tmp_path_factory):
    """Two groups of two, and what it computes."""
    folder = str(tmp_path_factory.mktemp("export") / "encoder")
    sizes = {"num_hidden_groups": 2, "inner_group_num": 2}
    config = albert_tf.AlbertConfig(**{**CONFIG.to_dict(), **sizes})
    model = randomize(albert_tf.AlbertClassifier(config, num_classes=2))
    tfhub.save(model.encoder, folder)
    return folder, values_of(model)


def test_our_export(export):
    folder, expected = export
    model, coverage = loading.load_with_coverage(folder)
    assert model.untrained_heads == ("masked_lm", "sentence_order")
    assert not coverage.unexpected
    got = values_of(model)
    for name, value in expected.items():
        if name.startswith("encoder/"):
            np.testing.assert_array_equal(got[name], value, err_msg=name)
    inputs = {name: tf.constant(rows) for name, rows in INPUTS.items()}
    theirs = tf.saved_model.load(folder)(inputs)
    ours = model.encoder(
        {
            "token_ids": inputs["input_word_ids"],
            "padding_mask": inputs["input_mask"],
            "segment_ids": inputs["input_type_ids"],
        }
    )
    for name in ("sequence_output", "pooled_output"):
        np.testing.assert_allclose(ours[name], theirs[name], atol=1e-5, rtol=0)


def test_the_files_of_the_variables_name_it_too(export):
    folder, _ = export
    albert_tf.load(f"{folder}/variables/variables.index", config=None)


def save_model_garden(folder, shapes, **more):
    """A SavedModel with variables of these names, and their values."""
    rng = np.random.default_rng(0)
    values = {
        name: rng.normal(size=shape).astype(np.float32)
        for name, shape in shapes.items()
    }
    module = tf.Module()
    # As Keras 2 tracks them: the keys say nothing.
    module.keras_api = [
        tf.Variable(value, name=name) for name, value in values.items()
    ]
    module.do_lower_case = tf.Variable(True, trainable=False)
    for name, value in more.items():
        setattr(module, name, value)
    tf.saved_model.save(module, str(folder))
    return values


@pytest.mark.parametrize("prefix", [None, "", "bert/"])
def test_model_gardens_names(tmp_path, prefix):
    shapes = dict(MODEL_GARDEN)
    if prefix is not None:
        shapes |= {
            f"{prefix}cls/predictions/{name}": shape
            for name, shape in MASKED_LM.items()
        }
    theirs = save_model_garden(tmp_path / "albert", shapes)
    model, coverage = loading.load_with_coverage(
        tmp_path / "albert", config=CONFIG
    )
    assert len(coverage.matched) == len(shapes)
    assert ("masked_lm" in model.untrained_heads) == (prefix is None)
    got = values_of(model)
    block = "encoder/transformer/group_0_inner_0_"
    for ours, name in {
        "encoder/embeddings/segment_embeddings": "type_embeddings/embeddings",
        block + "attention/key_kernel": BLOCK + "self_attention/key/kernel",
        block + "attention/key_bias": BLOCK + "self_attention/key/bias",
        block + "attention/output_kernel": (
            BLOCK + "self_attention/attention_output/kernel"
        ),
        block + "ffn/output_kernel": BLOCK + "output/kernel",
        block + "ffn/layer_norm/beta": BLOCK + "output_layer_norm/beta",
        "encoder/pooler/bias": "pooler_transform/bias",
    }.items():
        np.testing.assert_array_equal(
            got[ours], theirs[name].reshape(got[ours].shape)
        )


def test_what_is_refused(tmp_path):
    save_model_garden(tmp_path / "whole", MODEL_GARDEN)
    with pytest.raises(FileNotFoundError, match="must have its config"):
        albert_tf.load(tmp_path / "whole")
    for changes, rule in (
        ({"num_attention_heads": 4}, "shapes of the config"),
        ({"vocab_size": 10**7}, "shapes of the config"),
        ({"num_hidden_groups": 2}, "without"),
    ):
        config = albert_tf.AlbertConfig(**{**CONFIG.to_dict(), **changes})
        with pytest.raises(ValueError, match=rule):
            albert_tf.load(tmp_path / "whole", config=config)
    part = dict(MODEL_GARDEN)
    del part["pooler_transform/bias"]
    save_model_garden(tmp_path / "part", part)
    with pytest.raises(ValueError, match="pooler/bias .pooler_transform/bias"):
        albert_tf.load(tmp_path / "part", config=CONFIG)


def test_names_that_are_there_twice(tmp_path):
    twice = tf.Variable(np.ones(20, np.float32), name="pooler_transform/bias")
    save_model_garden(tmp_path / "twice", MODEL_GARDEN, other=twice)
    with pytest.raises(ValueError, match="names of their own"):
        albert_tf.load(tmp_path / "twice", config=CONFIG)


def test_saved_models_of_something_else(tmp_path):
    save_model_garden(tmp_path / "other", {"dense/kernel": (2, 2)})
    with pytest.raises(ValueError, match="must be .*ALBERT's"):
        albert_tf.load(tmp_path / "other", config=CONFIG)


def test_the_config_beside_it(tmp_path):
    save_model_garden(tmp_path / "albert", MODEL_GARDEN)
    path = tmp_path / "albert/albert_config.json"
    path.write_text(json.dumps(CONFIG.to_dict()))
    assert albert_tf.load(tmp_path / "albert").config == CONFIG
