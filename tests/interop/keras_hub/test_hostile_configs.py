"""Configs of presets that are wrong, damaged or ask for too much."""

import json

import pytest
from keras_hub_presets import LAMBDA
from keras_hub_presets import NUMBERS
from keras_hub_presets import change
from keras_hub_presets import serialized
from keras_hub_presets import write_preset
from keras_hub_presets import write_weights

import albert_tf


@pytest.mark.parametrize(
    "values, rule",
    [
        ({"vocabulary_size": 10**9}, "from 1 to"),
        ({"vocabulary_size": 10**7}, "shapes of the config"),
        ({"max_sequence_length": 10**7}, "shapes of the config"),
        ({"hidden_dim": 10**6, "num_heads": 1}, "shapes of the config"),
        ({"num_layers": 10**9}, "from 1 to"),
        ({"num_groups": 500, "num_layers": 500}, "at most 1000|without"),
        ({"num_groups": 3, "num_layers": 3}, "without"),
        (
            {"num_groups": 1, "num_layers": 4},
            "32.*config (describes|does not describe)",
        ),
        ({"num_heads": 4}, "shapes of the config"),
        ({"num_heads": None}, "must have num_heads"),
        ({"num_heads": 0}, "num_attention_heads must be"),
        ({"num_heads": "5"}, "num_attention_heads must be"),
        ({"num_heads": True}, "num_attention_heads must be"),
        ({"dropout": "0.1"}, "must be a number"),
        ({"num_groups": LAMBDA}, "num_hidden_groups must be"),
        ({"activation": LAMBDA}, "only known keys.*activation"),
        ({"layer_norm_epsilon": 1e-5}, "only known keys"),
    ],
)
def test_hostile_configs(tmp_path, values, rule):
    write_preset(tmp_path / "preset")
    change(tmp_path / "preset", **values)
    with pytest.raises(ValueError, match=rule):
        albert_tf.load(tmp_path / "preset")


def test_configs_of_other_classes(folder):
    path = folder / "config.json"
    for content in (
        LAMBDA,
        {**serialized("AlbertBackbone", NUMBERS), "class_name": "BertBackbone"},
        {**serialized("AlbertBackbone", NUMBERS), "class_name": ["Albert"]},
        {"class_name": "AlbertBackbone"},
        {"class_name": "AlbertBackbone", "config": [1]},
        {},
    ):
        path.write_text(json.dumps(content))
        with pytest.raises(ValueError, match="class|an object"):
            albert_tf.load(folder)
    path.write_text("[" * 100_000)
    with pytest.raises(ValueError, match="one JSON object"):
        albert_tf.load(folder)


@pytest.mark.parametrize(
    "values, rule",
    [
        ({"activation": LAMBDA}, "null, linear, softmax or sigmoid"),
        ({"activation": "relu"}, "null, linear, softmax or sigmoid"),
        ({"backbone": None}, "config of its backbone"),
        ({"backbone": LAMBDA}, "of the class AlbertBackbone"),
        ({"backbone": serialized("AlbertBackbone", {})}, "must have"),
        (
            {
                "backbone": serialized(
                    "AlbertBackbone", NUMBERS | {"dropout": 0}
                )
            },
            "the same backbone",
        ),
    ],
)
def test_hostile_tasks(folder, values, rule):
    change(folder, "task.json", **values)
    with pytest.raises(ValueError, match=rule):
        albert_tf.load(folder)


def test_tasks_of_other_classes_and_without_weights(folder):
    task = json.loads((folder / "task.json").read_text())
    other = {**task, "class_name": "AlbertLambda"}
    (folder / "task.json").write_text(json.dumps(other))
    with pytest.raises(ValueError, match="AlbertTextClassifier or AlbertMask"):
        albert_tf.load(folder)
    (folder / "task.json").write_text(json.dumps(task))
    (folder / "task.weights.h5").write_bytes(
        (folder / "model.weights.h5").read_bytes()
    )
    # The head would be the projection of the embeddings.
    with pytest.raises(ValueError, match="shapes of the config"):
        albert_tf.load(folder)
    write_weights(folder / "task.weights.h5", {"layers/dense_9/vars/0": (2, 2)})
    with pytest.raises(ValueError, match="must have the head's weights"):
        albert_tf.load(folder)
    (folder / "task.weights.h5").unlink()
    with pytest.raises(ValueError, match="must have task.weights.h5"):
        albert_tf.load(folder)
