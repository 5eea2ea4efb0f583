"""albert_zh's own network, by its arithmetic, and configs beside weights."""

import json

import numpy as np
import pytest
import tensorflow as tf
from absl import logging

import albert_tf
from albert_tf.interop import convert
from albert_tf.interop import loading
from albert_tf.io import log_once

# As in albert_zh's configs, but for the sizes.
CONFIG = {
    "attention_probs_dropout_prob": 0.0,
    "directionality": "bidi",
    "hidden_act": "gelu",
    "hidden_dropout_prob": 0.0,
    "hidden_size": 8,
    "embedding_size": 4,
    "initializer_range": 0.02,
    "intermediate_size": 12,
    "max_position_embeddings": 6,
    "num_attention_heads": 2,
    "num_hidden_layers": 3,
    "pooler_fc_size": 768,
    "pooler_num_attention_heads": 12,
    "pooler_num_fc_layers": 3,
    "pooler_size_per_head": 128,
    "pooler_type": "first_token_transform",
    "type_vocab_size": 2,
    "vocab_size": 30,
    "ln_type": "postln",
}
LAYER = "bert/encoder/layer_shared/"


def make_tensors():
    """Random weights by albert_zh's names, with an optimizer's slots."""
    rng = np.random.default_rng(0)
    shapes = {
        "bert/embeddings/word_embeddings": (30, 4),
        "bert/embeddings/word_embeddings_2": (4, 8),
        "bert/embeddings/token_type_embeddings": (2, 8),
        "bert/embeddings/position_embeddings": (6, 8),
        "cls/predictions/output_bias": (30,),
        "cls/seq_relationship/output_weights": (2, 8),
        "cls/seq_relationship/output_bias": (2,),
    }
    for name, inputs, outputs in (
        (LAYER + "attention/self/query", 8, 8),
        (LAYER + "attention/self/key", 8, 8),
        (LAYER + "attention/self/value", 8, 8),
        (LAYER + "attention/output/dense", 8, 8),
        (LAYER + "intermediate/dense", 8, 12),
        (LAYER + "output/dense", 12, 8),
        ("bert/pooler/dense", 8, 8),
        ("cls/predictions/transform/dense", 8, 8),
    ):
        shapes[name + "/kernel"] = (inputs, outputs)
        shapes[name + "/bias"] = (outputs,)
    for name in (
        "bert/embeddings",
        LAYER + "attention/output",
        LAYER + "output",
        "cls/predictions/transform",
    ):
        shapes[name + "/LayerNorm/gamma"] = (8,)
        shapes[name + "/LayerNorm/beta"] = (8,)
    tensors = {
        name: rng.normal(0, 0.5, shape).astype(np.float32)
        for name, shape in shapes.items()
    }
    slots = {f"{name}/adam_m": value for name, value in tensors.items()}
    return {**tensors, **slots, "global_step": np.int64(7)}


def write(folder, tensors, config=None, name="albert_config_tiny_g.json"):
    tf.raw_ops.SaveV2(
        prefix=str(folder / "albert_model.ckpt"),
        tensor_names=list(tensors),
        shape_and_slices=[""] * len(tensors),
        tensors=[tf.constant(value) for value in tensors.values()],
    )
    (folder / name).write_text(json.dumps(config or CONFIG))
    return folder / "albert_model.ckpt"


def norm(x, t, name):
    x = x - x.mean(-1, keepdims=True)
    x = x / np.sqrt((x * x).mean(-1, keepdims=True) + 1e-12)
    return x * t[name + "/LayerNorm/gamma"] + t[name + "/LayerNorm/beta"]


def dense(x, t, name):
    return x @ t[name + "/kernel"] + t[name + "/bias"]


def gelu(x):
    return x / 2 * (1 + np.tanh(np.sqrt(2 / np.pi) * (x + 0.044715 * x**3)))


def softmax(x):
    x = np.exp(x - x.max(-1, keepdims=True))
    return x / x.sum(-1, keepdims=True)


def their_network(t, ids, types, mask):
    """Sequence [S, H], pooled [H] and masked-LM logits [S, V] of one text."""
    words = t["bert/embeddings/word_embeddings"]
    projection = t["bert/embeddings/word_embeddings_2"]
    x = words[ids] @ projection
    x = x + t["bert/embeddings/token_type_embeddings"][types]
    x = norm(x + t["bert/embeddings/position_embeddings"], t, "bert/embeddings")
    for _ in range(3):
        heads = []
        q, k, v = (
            dense(x, t, f"{LAYER}attention/self/{part}")
            for part in ("query", "key", "value")
        )
        for head in (slice(0, 4), slice(4, 8)):
            scores = q[:, head] @ k[:, head].T / 2 + (1 - mask) * -10000.0
            heads.append(softmax(scores) @ v[:, head])
        a = dense(np.concatenate(heads, 1), t, LAYER + "attention/output/dense")
        a = norm(a + x, t, LAYER + "attention/output")
        h = gelu(dense(a, t, LAYER + "intermediate/dense"))
        x = norm(dense(h, t, LAYER + "output/dense") + a, t, LAYER + "output")
    pooled = np.tanh(dense(x[0], t, "bert/pooler/dense"))
    m = gelu(dense(x, t, "cls/predictions/transform/dense"))
    m = norm(m, t, "cls/predictions/transform")
    logits = m @ projection.T @ words.T + t["cls/predictions/output_bias"]
    return x, pooled, logits


def test_computes_what_albert_zh_does(tmp_path):
    tensors = make_tensors()
    model = albert_tf.load(write(tmp_path, tensors))
    assert model.config.embedding_size == model.config.hidden_size == 8
    ids, types = np.array([2, 7, 29, 11, 3, 0]), np.array([0, 0, 0, 1, 1, 0])
    mask = np.array([1, 1, 1, 1, 1, 0])
    sequence, pooled, logits = their_network(tensors, ids, types, mask)
    inputs = {
        "token_ids": ids[None],
        "segment_ids": types[None],
        "padding_mask": mask[None],
    }
    found = model.encoder(inputs)
    np.testing.assert_allclose(
        found["sequence_output"][0], sequence, rtol=1e-4, atol=1e-4
    )
    np.testing.assert_allclose(
        found["pooled_output"][0], pooled, rtol=1e-4, atol=1e-4
    )
    found = model({**inputs, "mask_positions": np.arange(6)[None]})
    np.testing.assert_allclose(
        found["mlm_logits"][0], logits, rtol=1e-4, atol=1e-3
    )


def test_everything_of_albert_zh_is_taken(tmp_path):
    path = write(tmp_path, make_tensors())
    _, coverage = loading.load_with_coverage(path)
    assert not coverage.missing + coverage.unexpected + coverage.mismatched


def test_the_factors_of_the_embeddings_must_fit(tmp_path):
    tensors = make_tensors()
    name = "bert/embeddings/word_embeddings_2"
    tensors[name] = tensors[name][:3]
    with pytest.raises(ValueError, match="matrices can be multiplied"):
        albert_tf.load(write(tmp_path, tensors))


def test_norms_before_the_halves_are_another_network(tmp_path):
    path = write(tmp_path, make_tensors(), {**CONFIG, "ln_type": "preln"})
    with pytest.raises(ValueError, match="ln_type must be 'postln'"):
        albert_tf.load(path)


def test_a_model_with_factors_of_its_own(tmp_path):
    """Without the advice to start from random embeddings."""
    path = write(tmp_path, make_tensors())
    config = albert_tf.AlbertConfig.from_dict(CONFIG)
    source = loading.open_source(path)
    with pytest.raises(
        ValueError, match="embedding_size=8 in the config"
    ) as error:
        loading.initialize(albert_tf.AlbertPretrainer(config), source)
    assert "allow_partial_init" not in str(error.value)


@pytest.mark.parametrize("to", ["google", "huggingface", "albert_tf"])
def test_converted_it_is_an_albert(tmp_path, to):
    path = write(tmp_path, make_tensors())
    expected = albert_tf.load(path).trainable_variables
    convert.convert(path, tmp_path / "there", to)
    found = albert_tf.load(tmp_path / "there").trainable_variables
    for ours, theirs in zip(found, expected, strict=True):
        np.testing.assert_array_equal(ours, theirs)


@pytest.mark.parametrize(
    "theirs", ["layer_0/", "layer_shared/intermediate_0/", "layer_11/output/"]
)
def test_a_bert_is_another_network(tmp_path, theirs):
    """Without the advice to start a random block from its embeddings."""
    kept = {k: v for k, v in make_tensors().items() if LAYER not in k}
    kept[f"bert/encoder/{theirs}dense/kernel"] = np.ones([8, 8], np.float32)
    with pytest.raises(ValueError, match="as in BERT") as error:
        albert_tf.load(write(tmp_path, kept))
    assert "allow_partial_init" not in str(error.value)


@pytest.mark.parametrize(
    "name", ["albert_config_tiny_g.json", "albert_config_small_google.json"]
)
def test_the_only_config_beside_is_taken_and_named(tmp_path, caplog, name):
    path = write(tmp_path, make_tensors(), name=name)
    log_once.info.cache_clear()
    logging.use_absl_handler()
    with caplog.at_level("INFO", logger="absl"):
        loading.open_source(path)
        loading.open_source(path)
    assert caplog.text.count(f"using {name} as its config") == 1
    assert caplog.text.count("have no effect and are ignored") == 1


def test_of_several_configs_one_must_be_named(tmp_path):
    path = write(tmp_path, make_tensors())
    other = tmp_path / "albert_config_base.json"
    other.write_text(json.dumps({**CONFIG, "num_hidden_layers": 2}))
    rule = "albert_config_base.json, albert_config_tiny_g.json.*Copy the right"
    with pytest.raises(FileNotFoundError, match=rule):
        albert_tf.load(path)
    model = albert_tf.load(path, config=other)
    assert model.config.num_hidden_layers == 2
    model = albert_tf.load(
        path, config=str(tmp_path / "albert_config_tiny_g.json")
    )
    assert model.config.num_hidden_layers == 3


def test_no_config_at_all(tmp_path):
    path = write(tmp_path, make_tensors(), name="config.json")
    with pytest.raises(FileNotFoundError, match="with no config. Copy"):
        albert_tf.load(path)
    config = albert_tf.AlbertConfig.from_json(tmp_path / "config.json")
    assert albert_tf.load(path, config=config).config.hidden_size == 8


def test_a_given_config_and_the_one_beside(tmp_path):
    path = write(tmp_path, make_tensors(), name="albert_config.json")
    own = albert_tf.AlbertConfig.from_json(tmp_path / "albert_config.json")
    other = albert_tf.AlbertConfig(**{**own.to_dict(), "num_hidden_layers": 4})
    rule = "same architecture.*num_hidden_layers=4 instead of 3"
    with pytest.raises(ValueError, match=rule):
        albert_tf.load(path, config=other)
    # Dropout is of training: the given one counts.
    other = albert_tf.AlbertConfig(
        **{**own.to_dict(), "hidden_dropout_prob": 0.1}
    )
    assert albert_tf.load(path, config=other).config.hidden_dropout_prob == 0.1
