"""keras-hub presets, written."""

import dataclasses
import json

import h5py
import numpy as np
import pytest
from keras_hub_presets import BACKBONE
from keras_hub_presets import CONFIG
from keras_hub_presets import HEADS
from keras_hub_presets import NUMBERS
from keras_hub_presets import values_of

import albert_tf
from albert_tf.interop import convert
from albert_tf.interop import huggingface
from albert_tf.interop.keras_hub import preset_config


def random_model(head="classifier", **changes):
    config = albert_tf.AlbertConfig(**{**CONFIG.to_dict(), **changes})
    model = {
        "classifier": lambda: albert_tf.AlbertClassifier(config, num_classes=3),
        "masked_lm": lambda: albert_tf.AlbertPretrainer(config),
        "span": lambda: albert_tf.AlbertSpan(config),
    }[head]()
    rng = np.random.default_rng(0)
    for weight in model.trainable_variables:
        weight.assign(rng.normal(0, 1, weight.shape))
    return model


@pytest.mark.parametrize(
    "head, changes",
    [
        ("classifier", {"num_hidden_layers": 2, "inner_group_num": 3}),
        ("classifier", {"embedding_size": 20, "num_hidden_layers": 2}),
        ("masked_lm", {"num_hidden_groups": 1, "inner_group_num": 1}),
    ],
)
def test_there_and_back(tmp_path, head, changes):
    model = random_model(head, **changes)
    model.save(tmp_path / "model.keras")
    report = convert.convert(
        tmp_path / "model.keras", tmp_path / "there", "keras_hub"
    )
    convert.convert(tmp_path / "there", tmp_path / "back", "albert_tf")
    back = albert_tf.load(tmp_path / "back")
    assert type(back) is type(model) and back.config == model.config
    got = values_of(back)
    for name, value in values_of(model).items():
        is_left_out = name.startswith("sentence_order/")
        assert is_left_out == any(name in line for line in report)
        if not is_left_out:
            np.testing.assert_array_equal(got[name], value, err_msg=name)
    with h5py.File(tmp_path / "there/model.weights.h5") as file:
        blocks = [name for name in file["layers"] if "transformer" in name]
    groups, inner = model.config.num_hidden_groups, model.config.inner_group_num
    assert len(blocks) == groups * inner


def test_the_files_are_keras_hubs(tmp_path):
    """But for what Keras passes over: empty groups, names, the optimizer."""
    random_model().save(tmp_path / "model.keras")
    convert.convert(tmp_path / "model.keras", tmp_path / "there", "keras_hub")
    for file, expected in {
        "model.weights.h5": BACKBONE,
        "task.weights.h5": HEADS["AlbertTextClassifier"],
    }.items():
        found = {}
        with h5py.File(tmp_path / "there" / file) as weights:
            weights.visititems(
                lambda name, item, found=found: (
                    found.update({name: item.shape})
                    if isinstance(item, h5py.Dataset)
                    else None
                )
            )
        assert found == expected
    config = json.loads((tmp_path / "there/config.json").read_text())
    assert config["registered_name"] == "keras_hub>AlbertBackbone"
    assert config["config"] == {"name": "albert_backbone", **NUMBERS}
    task = json.loads((tmp_path / "there/task.json").read_text())
    assert task["class_name"] == "AlbertTextClassifier"
    assert task["config"]["backbone"] == config
    assert task["config"]["num_classes"] == 3


def test_names_of_classes_stay(tmp_path):
    random_model().save(tmp_path / "model.keras")
    convert.convert(tmp_path / "model.keras", tmp_path / "run", "albert_tf")
    row = {"kind": "classification", "labels": ["bad", "fair", "good"]}
    content = {"tasks": {"custom": row}, "max_seq_length": 8}
    (tmp_path / "run/task.json").write_text(json.dumps(content))
    convert.convert(tmp_path / "run", tmp_path / "there", "keras_hub")
    info = albert_tf.load(tmp_path / "there").task_info
    assert info.labels == ("bad", "fair", "good") and info.is_stated
    assert info.max_seq_length == 8


@pytest.mark.parametrize(
    "changes, rule",
    [
        ({"hidden_act": "relu"}, "hidden_act='gelu'"),
        ({"hidden_act": "gelu_erf"}, "hidden_act='gelu'"),
        ({"share_parameters": "ffn"}, "share_parameters='all'"),
        ({"attention_head_size": 3}, "head_size=None"),
        ({"num_hidden_groups": 3}, "divide evenly"),
        ({"num_hidden_layers": 2, "num_hidden_groups": 4}, "divide evenly"),
        (
            {"num_hidden_layers": 22, "num_hidden_groups": 22},
            "layer 15 of 22",
        ),
    ],
)
def test_configs_that_keras_hub_cannot_have(changes, rule):
    with pytest.raises(ValueError, match=rule):
        preset_config.write(dataclasses.replace(CONFIG, **changes))


@pytest.mark.parametrize(
    "head, changes, rule",
    [
        ("span", {}, "a classifier or a masked LM.*span"),
        ("masked_lm", {"hidden_act": "relu"}, "hidden_act='gelu'"),
    ],
)
def test_models_that_keras_hub_cannot_have(tmp_path, head, changes, rule):
    small = {"num_hidden_groups": 1, "inner_group_num": 1}
    random_model(head, **small, **changes).save(tmp_path / "model.keras")
    with pytest.raises(ValueError, match=rule):
        convert.convert(tmp_path / "model.keras", tmp_path / "x", "keras_hub")
    assert [path.name for path in tmp_path.iterdir()] == ["model.keras"]


def test_a_backbone_without_a_pooler(tmp_path):
    values = values_of(random_model())
    encoder = {
        name: value
        for name, value in values.items()
        if name.startswith("encoder/") and "pooler" not in name
    }
    huggingface.write(CONFIG, {**encoder, **masked_lm_head()}, str(tmp_path))
    with pytest.raises(ValueError, match="must have a pooler"):
        convert.convert(tmp_path, tmp_path / "there", "keras_hub")


def masked_lm_head():
    shapes = {"kernel": (20, 6), "bias": 6, "output_bias": 31}
    shapes |= {"layer_norm/gamma": 6, "layer_norm/beta": 6}
    return {
        f"masked_lm/{name}": np.ones(shape, np.float32)
        for name, shape in shapes.items()
    }


def test_a_config_is_read_back():
    assert preset_config.read(preset_config.write(CONFIG)) == CONFIG
