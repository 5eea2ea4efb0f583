"""albert_tf.load: what is not whole is an error that says so."""

import numpy as np
import pytest
import tensorflow as tf

import albert_tf
from albert_tf import models

CONFIG = albert_tf.AlbertConfig(
    vocab_size=30,
    embedding_size=4,
    hidden_size=8,
    num_attention_heads=2,
    intermediate_size=12,
    max_position_embeddings=6,
)


@pytest.fixture
def checkpoint(tmp_path):
    """A checkpoint as training writes it, and its model."""
    model = albert_tf.AlbertPretrainer(CONFIG)
    named = models.named_weights(model)
    values = {name: weight.value for name, weight in named.items()}
    tf.train.Checkpoint(model=values).write(str(tmp_path / "ckpt-7"))
    CONFIG.to_json(tmp_path / "albert_config.json")
    return tmp_path / "ckpt-7", model


def test_round_trip(checkpoint):
    prefix, model = checkpoint
    loaded = albert_tf.load(prefix)
    for ours, theirs in zip(
        loaded.trainable_variables, model.trainable_variables, strict=True
    ):
        np.testing.assert_array_equal(ours, theirs)


def test_keras_file(tmp_path):
    model = albert_tf.AlbertPretrainer(CONFIG)
    model.save(tmp_path / "model.keras")
    loaded = albert_tf.load(tmp_path / "model.keras")
    np.testing.assert_array_equal(
        loaded.trainable_variables[0], model.trainable_variables[0]
    )


def test_no_config_beside_it(checkpoint):
    prefix, _ = checkpoint
    (prefix.parent / "albert_config.json").unlink()
    with pytest.raises(FileNotFoundError, match="albert_config.json"):
        albert_tf.load(prefix)


def test_a_config_of_another_model(checkpoint):
    prefix, _ = checkpoint
    path = prefix.parent / "albert_config.json"
    albert_tf.AlbertConfig(
        **{**CONFIG.to_dict(), "intermediate_size": 20}
    ).to_json(path)
    with pytest.raises(ValueError, match="shapes of the config.*inner_kernel"):
        albert_tf.load(prefix)
    albert_tf.AlbertConfig(
        **{**CONFIG.to_dict(), "num_hidden_groups": 2}
    ).to_json(path)
    with pytest.raises(ValueError, match="without .*group_1"):
        albert_tf.load(prefix)


def test_a_checkpoint_of_something_else(tmp_path):
    tf.train.Checkpoint(x=tf.Variable(1.0)).write(str(tmp_path / "ckpt-1"))
    with pytest.raises(ValueError, match="must be an ALBERT's"):
        albert_tf.load(tmp_path / "ckpt-1")


def test_damaged_files(checkpoint):
    prefix, _ = checkpoint
    index = prefix.with_name("ckpt-7.index")
    index.write_bytes(index.read_bytes()[:50])
    with pytest.raises(ValueError, match="cannot be read"):
        albert_tf.load(prefix)


def test_nothing_there(tmp_path):
    with pytest.raises(FileNotFoundError, match="where there is no checkpoint"):
        albert_tf.load(tmp_path)
    with pytest.raises(FileNotFoundError, match="file must exist"):
        albert_tf.load(tmp_path / "model.keras")
