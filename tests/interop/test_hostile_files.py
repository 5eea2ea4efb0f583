"""Damaged, mislabelled and hostile files: a clear error, little memory."""

import json
import pickle
import shutil
import zipfile

import numpy as np
import pytest
import safetensors.numpy
import tensorflow as tf

import albert_tf
from albert_tf import models
from albert_tf.interop import convert
from albert_tf.interop import huggingface

CONFIG = albert_tf.AlbertConfig(
    vocab_size=30,
    embedding_size=4,
    hidden_size=8,
    num_attention_heads=2,
    intermediate_size=12,
    max_position_embeddings=6,
)


# Each asks for a terabyte, or for a million layers.
TOO_LARGE = [
    {"vocab_size": 10**9},
    {"vocab_size": 10**7},
    {"max_position_embeddings": 10**9},
    {"max_position_embeddings": 10**7},
    {"type_vocab_size": 10**7},
    {"hidden_size": 10**6, "num_attention_heads": 1},
    {"intermediate_size": 10**7},
    {"num_hidden_layers": 10**9},
    {"num_hidden_groups": 10**6, "num_hidden_layers": 10**6},
    {"num_hidden_groups": 512, "num_hidden_layers": 512},
    {"inner_group_num": 500, "num_hidden_layers": 2},
]


TOO_LARGE_RULE = "without|shapes of the config|from 1 to|at most|in the file"


@pytest.fixture(scope="module")
def original(tmp_path_factory):
    folder = tmp_path_factory.mktemp("original")
    model = albert_tf.AlbertPretrainer(CONFIG)
    values = {k: w.numpy() for k, w in models.named_weights(model).items()}
    huggingface.write(CONFIG, values, str(folder))
    return folder


@pytest.fixture
def folder(original, tmp_path):
    """A whole Hugging Face folder, to be damaged."""
    return shutil.copytree(original, tmp_path / "model")


def change_config(folder, **values):
    path = folder / "config.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), **values}))


@pytest.mark.parametrize("size", [0, 7, 8, 60, -1])
def test_truncated_files(folder, size):
    path = folder / "model.safetensors"
    path.write_bytes(path.read_bytes()[:size])
    with pytest.raises(ValueError, match="must be whole"):
        albert_tf.load(folder)


def test_a_weight_that_is_no_float(folder):
    path = folder / "model.safetensors"
    tensors = safetensors.numpy.load_file(path)
    tensors["predictions.bias"] = tensors["predictions.bias"].astype(np.int64)
    safetensors.numpy.save_file(tensors, path)
    with pytest.raises(ValueError, match="predictions.bias of I64"):
        albert_tf.load(folder)


@pytest.mark.parametrize("dtype", ["float16", "bfloat16"])
def test_half_precision_becomes_float32_exactly(folder, dtype):
    path = folder / "model.safetensors"
    tensors = safetensors.numpy.load_file(path)
    half = {k: v.astype(np.dtype(dtype)) for k, v in tensors.items()}
    safetensors.numpy.save_file(half, path)
    weights = models.named_weights(albert_tf.load(folder))
    name = "albert.embeddings.word_embeddings.weight"
    np.testing.assert_array_equal(
        weights["encoder/embeddings/word_embeddings"],
        half[name].astype(np.float32),
    )


def test_a_config_that_asks_for_more_than_the_file_has(folder):
    """100 GB of embeddings, or a million groups, are never made."""
    original = (folder / "config.json").read_text()
    for values in TOO_LARGE:
        change_config(folder, **values)
        with pytest.raises(ValueError, match=TOO_LARGE_RULE):
            albert_tf.load(folder)
        (folder / "config.json").write_text(original)


@pytest.mark.parametrize("kind", ["run", "google", "keras"])
def test_any_file_is_as_large_as_its_config_says(tmp_path, kind):
    model = albert_tf.AlbertPretrainer(CONFIG)
    path = tmp_path / "model.keras"
    model.save(path)
    if kind != "keras":
        to = {"run": "albert_tf", "google": "google"}[kind]
        convert.convert(path, tmp_path / "folder", to)
        path = tmp_path / "folder"
    for values in TOO_LARGE:
        change_any_config(path, values)
        with pytest.raises(ValueError, match=TOO_LARGE_RULE):
            albert_tf.load(path)
        change_any_config(path, CONFIG.to_dict())
    albert_tf.load(path)


def change_any_config(path, values):
    """Changes fields of the config of a folder of ours or of a .keras file."""
    if path.suffix != ".keras":
        file = path / "albert_config.json"
        file.write_text(json.dumps({**json.loads(file.read_text()), **values}))
        return
    with zipfile.ZipFile(path) as file:
        parts = {name: file.read(name) for name in file.namelist()}
    content = json.loads(parts["config.json"])
    content["config"]["config"].update(values)
    parts["config.json"] = json.dumps(content).encode()
    with zipfile.ZipFile(path, "w") as file:
        for name, part in parts.items():
            file.writestr(name, part)


@pytest.mark.parametrize(
    "values, received",
    [
        ({"model_type": "bert"}, "model_type='albert'. Received: 'bert'"),
        ({"layer_norm_eps": 1e-5}, "layer_norm_eps"),
        ({"tie_word_embeddings": False}, "tie_word_embeddings"),
        ({"hidden_act": "silu"}, "'silu'"),
        ({"hidden_act": ["gelu"]}, "gelu"),
        ({"vocab_size": "many"}, "vocab_size"),
        ({"hidden_size": -8}, "hidden_size"),
        ({"hidden_dropout_prob": "none"}, "hidden_dropout|str"),
    ],
)
def test_configs_of_something_else(folder, values, received):
    change_config(folder, **values)
    with pytest.raises(ValueError, match=received):
        albert_tf.load(folder)


NO_OBJECTS = ["[" * 100_000, '{"a":' * 99 + "1" + "}" * 99, "7", "", "\0"]


@pytest.mark.parametrize("content", NO_OBJECTS)
def test_a_config_that_is_no_json(folder, content):
    (folder / "config.json").write_text(content)
    with pytest.raises(ValueError, match="config.json must hold one JSON"):
        albert_tf.load(folder)


@pytest.mark.parametrize("content", NO_OBJECTS)
def test_an_index_that_is_no_json(folder, content):
    shard(folder)
    (folder / "model.safetensors.index.json").write_text(content)
    with pytest.raises(ValueError, match="index.json must hold one JSON"):
        albert_tf.load(folder)


def shard(folder, weight_map=None):
    """Splits the weights over two files; `weight_map` replaces the index's."""
    tensors = safetensors.numpy.load_file(folder / "model.safetensors")
    (folder / "model.safetensors").unlink()
    names = sorted(tensors)
    files = {"a.safetensors": names[:9], "b.safetensors": names[9:]}
    for file, part in files.items():
        safetensors.numpy.save_file(
            {n: tensors[n] for n in part}, folder / file
        )
    whole = {name: file for file, part in files.items() for name in part}
    (folder / "model.safetensors.index.json").write_text(
        json.dumps({"weight_map": {**whole, **(weight_map or {})}})
    )


def test_shards(folder):
    expected = albert_tf.load(folder)
    shard(folder)
    for path in (folder, folder / "model.safetensors.index.json"):
        for ours, theirs in zip(
            albert_tf.load(path).trainable_variables,
            expected.trainable_variables,
            strict=True,
        ):
            np.testing.assert_array_equal(ours, theirs)


@pytest.mark.parametrize(
    "file, rule",
    [
        ("../model/a.safetensors", "without a path"),
        ("/etc/passwd", "without a path"),
        ("..", "without a path"),
        ("..\\a.safetensors", "without a path"),
        (7, "without a path"),
        ("c.safetensors", "which is missing"),
        ("b.safetensors", "that its index lists"),
    ],
)
def test_an_index_stays_in_its_folder(folder, file, rule):
    shard(folder, {"predictions.bias": "b.safetensors"})
    shard_of_first = {"albert.embeddings.LayerNorm.bias": file}
    path = folder / "model.safetensors.index.json"
    weight_map = json.loads(path.read_text())["weight_map"]
    path.write_text(
        json.dumps({"weight_map": {**weight_map, **shard_of_first}})
    )
    with pytest.raises(ValueError, match=rule):
        albert_tf.load(folder)


class Attack:
    def __reduce__(self):
        return (pytest.fail, ("a pickle was run",))


def test_pickles_are_not_run(folder):
    """Neither without torch, nor by it."""
    (folder / "model.safetensors").unlink()
    (folder / "pytorch_model.bin").write_bytes(pickle.dumps(Attack()))
    with pytest.raises(ValueError, match="a pickle|nothing else"):
        albert_tf.load(folder)


def test_keras_files(tmp_path):
    path = tmp_path / "model.keras"
    albert_tf.AlbertSpan(CONFIG).save(path)
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(ValueError, match="must be whole"):
        albert_tf.load(path)
    for content in ("{}", "7", '{"config": 7}', '{"config": {"config": {}}}'):
        with zipfile.ZipFile(path, "w") as file:
            file.writestr("config.json", content)
        with pytest.raises(ValueError, match="must be whole.*model.keras"):
            albert_tf.load(path)
    for content in NO_OBJECTS:
        with zipfile.ZipFile(path, "w") as file:
            file.writestr("config.json", content)
        with pytest.raises(ValueError, match="model.keras.*one JSON object"):
            albert_tf.load(path)


def test_damaged_compression_in_a_keras_file(tmp_path):
    path = tmp_path / "model.keras"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr("config.json", '{"config": {}}' * 9)
    content = bytearray(path.read_bytes())
    start = content.index(b"config.json") + len("config.json")
    content[start : start + 8] = b"\xff" * 8
    path.write_bytes(content)
    with pytest.raises(ValueError, match="must be whole.*model.keras"):
        albert_tf.load(path)


def test_a_checkpoint_file_that_points_elsewhere(tmp_path):
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    tf.train.Checkpoint(x=tf.Variable(1.0)).save(str(tmp_path / "b/ckpt"))
    (tmp_path / "a/checkpoint").write_text(
        'model_checkpoint_path: "../b/ckpt-1"\n'
    )
    with pytest.raises(ValueError, match="in its own folder"):
        albert_tf.load(tmp_path / "a")
