"""keras-hub presets, made here as keras-hub makes them, and written by us."""

import dataclasses
import json
import shutil

import h5py
import ml_dtypes
import numpy as np
import pytest
import tensorflow as tf

import albert_tf
from albert_tf import models
from albert_tf.interop import convert
from albert_tf.interop import huggingface
from albert_tf.interop import loading
from albert_tf.interop.keras_hub import preset_config
from albert_tf.interop.keras_hub import weights_file

# Two groups of two, and no two sizes alike.
NUMBERS = {
    "vocabulary_size": 31,
    "num_layers": 4,
    "num_heads": 5,
    "num_groups": 2,
    "num_inner_repetitions": 2,
    "embedding_dim": 6,
    "hidden_dim": 20,
    "intermediate_dim": 14,
    "dropout": 0.1,
    "max_sequence_length": 9,
    "num_segments": 3,
}
CONFIG = albert_tf.AlbertConfig(
    vocab_size=31,
    embedding_size=6,
    hidden_size=20,
    num_hidden_layers=4,
    num_hidden_groups=2,
    inner_group_num=2,
    num_attention_heads=5,
    intermediate_size=14,
    hidden_dropout_prob=0.1,
    attention_probs_dropout_prob=0.1,
    max_position_embeddings=9,
    type_vocab_size=3,
)
# What keras-hub 0.32 and Keras 3.15 write: path -> shape.
BLOCK = {
    "_self_attention_layer/query_dense/vars/0": (20, 5, 4),
    "_self_attention_layer/query_dense/vars/1": (5, 4),
    "_self_attention_layer/key_dense/vars/0": (20, 5, 4),
    "_self_attention_layer/key_dense/vars/1": (5, 4),
    "_self_attention_layer/value_dense/vars/0": (20, 5, 4),
    "_self_attention_layer/value_dense/vars/1": (5, 4),
    "_self_attention_layer/output_dense/vars/0": (5, 4, 20),
    "_self_attention_layer/output_dense/vars/1": (20,),
    "_self_attention_layer_norm/vars/0": (20,),
    "_self_attention_layer_norm/vars/1": (20,),
    "_feedforward_intermediate_dense/vars/0": (20, 14),
    "_feedforward_intermediate_dense/vars/1": (14,),
    "_feedforward_output_dense/vars/0": (14, 20),
    "_feedforward_output_dense/vars/1": (20,),
    "_feedforward_layer_norm/vars/0": (20,),
    "_feedforward_layer_norm/vars/1": (20,),
}
BACKBONE = {
    "layers/reversible_embedding/vars/0": (31, 6),
    "layers/position_embedding/vars/0": (9, 6),
    "layers/embedding/vars/0": (3, 6),
    "layers/layer_normalization/vars/0": (6,),
    "layers/layer_normalization/vars/1": (6,),
    "layers/dense/vars/0": (6, 20),
    "layers/dense/vars/1": (20,),
    "layers/dense_1/vars/0": (20, 20),
    "layers/dense_1/vars/1": (20,),
    **{
        f"layers/transformer_encoder{number}/{path}": shape
        for number in ("", "_1", "_2", "_3")
        for path, shape in BLOCK.items()
    },
}
HEADS = {
    "AlbertTextClassifier": {
        "layers/dense/vars/0": (20, 3),
        "layers/dense/vars/1": (3,),
    },
    "AlbertMaskedLM": {
        "layers/masked_lm_head/_intermediate_dense/vars/0": (20, 6),
        "layers/masked_lm_head/_intermediate_dense/vars/1": (6,),
        "layers/masked_lm_head/_intermediate_layer_norm/vars/0": (6,),
        "layers/masked_lm_head/_intermediate_layer_norm/vars/1": (6,),
        "layers/masked_lm_head/vars/0": (31,),
    },
}
MODULES = {
    "AlbertBackbone": "albert_backbone",
    "AlbertTextClassifier": "albert_text_classifier",
    "AlbertMaskedLM": "albert_masked_lm",
}


def serialized(class_name, values):
    name = MODULES[class_name]
    return {
        "module": f"keras_hub.src.models.albert.{name}",
        "class_name": class_name,
        "config": {"name": name, "trainable": True, **values},
        "registered_name": f"keras_hub>{class_name}",
    }


def write_weights(path, shapes, seed=0):
    rng = np.random.default_rng(seed)
    values = {
        name: rng.normal(size=shape).astype(np.float32)
        for name, shape in shapes.items()
    }
    with h5py.File(path, "w") as file:
        for name, value in values.items():
            file[name] = value
        file.create_group("layers/dropout/vars").attrs["name"] = "dropout"
        file["optimizer/vars/0"] = 7
    return values


def write_preset(folder, task=None, **task_values):
    """The weights, by their paths in both files."""
    folder.mkdir(exist_ok=True)
    backbone = serialized("AlbertBackbone", {**NUMBERS, "dtype": "float32"})
    (folder / "config.json").write_text(json.dumps(backbone))
    values = write_weights(folder / "model.weights.h5", BACKBONE)
    head = {}
    if task is not None:
        content = serialized(task, {"backbone": backbone, **task_values})
        (folder / "task.json").write_text(json.dumps(content))
        head = write_weights(folder / "task.weights.h5", HEADS[task], seed=1)
    return values, head


def values_of(model):
    return {k: w.numpy() for k, w in models.named_weights(model).items()}


@pytest.fixture(scope="module")
def classifier(tmp_path_factory):
    folder = tmp_path_factory.mktemp("preset") / "classifier"
    write_preset(folder, "AlbertTextClassifier", activation="linear")
    return folder


@pytest.fixture
def folder(classifier, tmp_path):
    """A whole preset of a classifier, to be damaged."""
    return shutil.copytree(classifier, tmp_path / "preset")


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


def change(folder, file="config.json", **values):
    path = folder / file
    content = json.loads(path.read_text())
    content["config"].update(values)
    path.write_text(json.dumps(content))


LAMBDA = {
    "module": "keras.layers",
    "class_name": "Lambda",
    "config": {"function": {"class_name": "__lambda__", "config": {}}},
}


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


KERNEL = "layers/dense_1/vars/0"


def external(file):
    file.create_dataset(
        KERNEL, (20, 20), "f4", external=[("/etc/passwd", 0, 1600)]
    )


def virtual(file):
    layout = h5py.VirtualLayout((20, 20), "f4")
    layout[:] = h5py.VirtualSource("/etc/passwd", "x", (20, 20))
    file.create_virtual_dataset(KERNEL, layout)


def hollow(file):
    file.create_dataset(KERNEL, (10**9, 10**3), "f4", chunks=(10, 10))


def linked(file):
    file[KERNEL] = h5py.ExternalLink("other.h5", "/x")


def soft(file):
    file[KERNEL] = h5py.SoftLink("/layers/dense/vars/0")


@pytest.mark.parametrize(
    "damage, rule",
    [
        (external, "hold its arrays whole"),
        (virtual, "hold its arrays whole"),
        (hollow, "hold its arrays whole"),
        (linked, "without encoder/pooler/kernel"),
        (soft, "without encoder/pooler/kernel"),
        (lambda file: None, "without encoder/pooler/kernel"),
        (
            lambda file: file.create_dataset(KERNEL, data=np.ones((20, 19))),
            "shapes of the config",
        ),
        (
            lambda file: file.create_dataset(
                KERNEL, data=np.ones((20, 20), np.int8)
            ),
            "must be floating-point numbers",
        ),
        (
            lambda file: file.create_dataset(
                KERNEL, data=np.ones((20, 20), "V2")
            ),
            "must be floating-point numbers",
        ),
        (
            lambda file: file.create_dataset(KERNEL, data=h5py.Empty("f4")),
            "hold its arrays whole",
        ),
        (
            lambda file: file.create_dataset(
                KERNEL, data=np.ones((20, 20), "f4"), compression="gzip"
            ),
            "hold its arrays whole",
        ),
    ],
)
def test_hostile_weights(folder, damage, rule):
    with h5py.File(folder / "model.weights.h5", "r+") as file:
        del file[KERNEL]
        damage(file)
    with pytest.raises(ValueError, match=rule):
        albert_tf.load(folder)


def test_a_group_in_itself(folder):
    with h5py.File(folder / "model.weights.h5", "r+") as file:
        file["layers/again"] = file["layers"]
    albert_tf.load(folder)


@pytest.mark.parametrize("size", [0, 1, 600, 5000, -1])
def test_truncated_weights(folder, size):
    path = folder / "model.weights.h5"
    path.write_bytes(path.read_bytes()[:size])
    with pytest.raises(ValueError, match="hold its arrays whole"):
        albert_tf.load(folder)


def test_damaged_bytes_are_one_kind_of_error(classifier, tmp_path):
    whole = (classifier / "model.weights.h5").read_bytes()
    path = str(tmp_path / "model.weights.h5")
    rng = np.random.default_rng(0)
    outcomes = set()
    for _ in range(60):
        damaged = np.frombuffer(whole, np.uint8).copy()
        at = rng.integers(0, 4096, 20)
        damaged[at] = rng.integers(0, 256, 20)
        with open(path, "wb") as file:
            file.write(damaged.tobytes())
        try:
            for name in weights_file.shapes(path):
                weights_file.read(path, name)
            outcomes.add("read")
        except weights_file.WeightsFileError:
            outcomes.add("refused")
    assert "refused" in outcomes


def test_half_a_head(folder):
    with h5py.File(folder / "task.weights.h5", "r+") as file:
        del file["layers/dense/vars/1"]
    with pytest.raises(ValueError, match="classifier/bias.*task.weights.h5"):
        albert_tf.load(folder)


def test_a_config_is_read_back():
    assert preset_config.read(preset_config.write(CONFIG)) == CONFIG
