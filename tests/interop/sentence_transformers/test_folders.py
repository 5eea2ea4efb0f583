"""Folders of sentence-transformers: written, read, and of both layouts."""

import json
import shutil

import fake_hub
import numpy as np
import pytest
import safetensors.numpy
from embedding_models import TEXTS

import albert_tf
from albert_tf.interop import convert
from albert_tf.interop import loading
from albert_tf.interop.sentence_transformers import modules

SETTINGS = {
    "pooling": "weighted_mean",
    "dense_size": 6,
    "dense_activation": "identity",
    "prompts": {"query": "query: ", "document": ""},
}


@pytest.fixture(scope="module")
def made(make):
    return make(**SETTINGS)


@pytest.fixture
def there(made, tmp_path):
    """A copy of that folder, to be changed."""
    shutil.copytree(made[0], tmp_path / "there")
    return tmp_path / "there"


def write_modules(folder, *rows):
    path = folder / modules.MODULES_FILE
    path.write_text(json.dumps([{"type": t, "path": p} for t, p in rows]))


def same(folder, made):
    """Whether a folder holds the model that was converted."""
    read, expected = (loading.open_source(str(path)) for path in (folder, made))
    assert read.info.others["embedding"] == expected.info.others["embedding"]
    assert read.config == expected.config
    for name in map(read.names.ours, read.shapes):
        np.testing.assert_array_equal(read.value(name), expected.value(name))
    return read.info.max_seq_length


def test_what_was_written_is_the_same_model(made):
    expected, found = (albert_tf.embedder(path) for path in reversed(made))
    np.testing.assert_allclose(
        found.encode(TEXTS), expected.encode(TEXTS), atol=1e-6
    )
    assert found.fingerprint == expected.fingerprint
    assert found.max_seq_length == expected.max_seq_length
    assert found.prompts == SETTINGS["prompts"]


def test_a_round_trip_changes_no_bit(made, tmp_path):
    config = albert_tf.ConvertConfig(
        input=made[0], output=tmp_path / "again", to="sentence_transformers"
    )
    albert_tf.convert(config)
    one, other = (
        {
            path.relative_to(folder): path.read_bytes()
            for path in folder.rglob("*")
            if path.is_file()
        }
        for folder in (made[0], tmp_path / "again")
    )
    assert one == other
    assert {"README.md", "tokenizer.json", "modules.json"} <= {*map(str, one)}


def test_the_layout_of_version_6(there, made, edit):
    write_modules(
        there,
        ("sentence_transformers.base.modules.transformer.Transformer", ""),
        (
            "sentence_transformers.sentence_transformer.modules.pooling.Pooling",
            "1_Pooling",
        ),
        ("sentence_transformers.base.modules.dense.Dense", "2_Dense"),
        ("sentence_transformers.base.modules.normalize.Normalize", "3_Normal"),
    )
    (there / "1_Pooling/config.json").unlink()
    edit(
        there / "1_Pooling/config.json",
        embedding_dimension=16,
        pooling_mode="weightedmean",
        include_prompt=True,
    )
    edit(
        there / "sentence_bert_config.json",
        max_seq_length=None,
        do_lower_case=None,
        transformer_task="feature-extraction",
    )
    edit(there / "tokenizer_config.json", model_max_length=17)
    assert same(there, made[1]) == 17
    edit(there / "tokenizer_config.json", model_max_length=1e30)
    assert same(there, made[1]) == 64


def test_the_layout_of_version_0(there, made):
    """The encoder in a folder of its own."""
    (there / "0_Transformer").mkdir()
    for path in there.iterdir():
        if path.is_file() and path.name != modules.MODULES_FILE:
            path.rename(there / "0_Transformer" / path.name)
    (there / "0_Transformer" / modules.PROMPTS_FILE).rename(
        there / modules.PROMPTS_FILE
    )
    write_modules(
        there,
        ("sentence_transformers.models.Transformer", "0_Transformer"),
        ("sentence_transformers.models.Pooling", "1_Pooling"),
        ("sentence_transformers.models.Dense", "2_Dense"),
        ("sentence_transformers.models.Normalize", "3_Normalize"),
    )
    assert same(there, made[1]) == 24
    assert albert_tf.embedder(there).encode(TEXTS).shape == (5, 6)


def test_a_dense_layer_without_bias(there):
    path = there / "2_Dense/model.safetensors"
    kernel = safetensors.numpy.load_file(path)["linear.weight"]
    safetensors.numpy.save_file({"linear.weight": kernel}, path)
    model = albert_tf.load(there)
    np.testing.assert_array_equal(model.head.kernel, kernel.T)
    np.testing.assert_array_equal(model.head.bias, np.zeros(6))


def test_a_repository_on_the_hub(made, tmp_path, monkeypatch):
    with fake_hub.connected(monkeypatch, tmp_path) as hub:
        hub.files["lab/sentences"] = {
            str(path.relative_to(made[0])): path.read_bytes()
            for path in made[0].rglob("*")
            if path.is_file()
        }
        hub.files["lab/sentences"]["onnx/model.onnx"] = b"no"
        same("hf://lab/sentences", made[1])
        assert not any("onnx" in path for path in hub.downloads())


REFUSED = {
    "another order": (
        "modules.json",
        None,
        "must have the modules Transformer, Pooling and then",
    ),
    "last token": (
        "1_Pooling/config.json",
        {
            "pooling_mode_weightedmean_tokens": False,
            "pooling_mode_lasttoken": True,
        },
        "must pool in one of the ways .*'?lasttoken",
    ),
    "two poolings": (
        "1_Pooling/config.json",
        {"pooling_mode_cls_token": True},
        r"must pool in one of the ways .*\['cls', 'weightedmean'\]",
    ),
    "prompts left out": (
        "1_Pooling/config.json",
        {"include_prompt": False},
        "must pool the tokens of a prompt.*include_prompt false",
    ),
    "another size": (
        "1_Pooling/config.json",
        {"word_embedding_dimension": 17},
        "in_features 16 .* size 17",
    ),
    "another activation": (
        "2_Dense/config.json",
        {"activation_function": "torch.nn.modules.activation.GELU"},
        "activation functions .*GELU",
    ),
    "a residual": (
        "2_Dense/config.json",
        {"use_residual": True},
        "without a residual connection.*use_residual True",
    ),
    "a default prompt": (
        "config_sentence_transformers.json",
        {"default_prompt_name": "query"},
        "default_prompt_name 'query'.*encode with prompt='query'",
    ),
    "other embeddings": (
        "config_sentence_transformers.json",
        {"model_type": "SparseEncoder"},
        "must be a SentenceTransformer.*'SparseEncoder'",
    ),
    "prompts of another type": (
        "config_sentence_transformers.json",
        {"prompts": ["query"]},
        "prompts must be texts by name",
    ),
    "another architecture": (
        "config.json",
        {"model_type": "bert"},
        "model_type='albert'. Received: 'bert'",
    ),
    "another task": (
        "sentence_bert_config.json",
        {"transformer_task": "fill-mask"},
        "encoder for feature-extraction.*'fill-mask'",
    ),
    "no length": (
        "sentence_bert_config.json",
        {"max_seq_length": "long"},
        "must be an integer from 1 on.*'long'",
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_be_represented(there, edit, name):
    file, values, message = REFUSED[name]
    if values is None:
        write_modules(
            there,
            ("sentence_transformers.models.Transformer", ""),
            ("sentence_transformers.models.Normalize", ""),
            ("sentence_transformers.models.Pooling", "1_Pooling"),
        )
    else:
        edit(there / file, **values)
    with pytest.raises(ValueError, match=message):
        albert_tf.load(there)


@pytest.mark.parametrize("path", ["/etc", "../x", "a/../../b"])
def test_a_module_outside_of_the_folder(there, path):
    write_modules(there, ("sentence_transformers.models.Transformer", path))
    with pytest.raises(ValueError, match="must lie in the model's folder"):
        albert_tf.load(there)


@pytest.mark.parametrize("content", ["{}", "[", "[1]", "[" * 200 + "]" * 200])
def test_damaged_modules(there, content):
    (there / modules.MODULES_FILE).write_text(content)
    with pytest.raises(ValueError, match="modules.json"):
        albert_tf.load(there)


def test_a_cross_encoder_is_an_ordinary_folder(there, edit):
    edit(there / modules.PROMPTS_FILE, model_type="CrossEncoder")
    assert type(albert_tf.load(there)) is albert_tf.AlbertPretrainer


def test_a_model_without_embeddings_is_not_written(saved, tmp_path):
    path, _ = saved("classifier")
    with pytest.raises(ValueError, match="Received: classification. Train it"):
        convert.convert(path, tmp_path / "there", "sentence_transformers")
    assert not (tmp_path / "there").exists()


@pytest.mark.parametrize("to", ["google", "huggingface", "keras_hub"])
def test_formats_without_a_dense_layer(made, tmp_path, to):
    with pytest.raises(ValueError, match="must have .*heads?.*embedding"):
        convert.convert(made[1], tmp_path / "there", to)
    assert not (tmp_path / "there").exists()


def test_our_own_format_has_the_settings(made, tmp_path):
    convert.convert(made[0], tmp_path / "there", "albert_tf")
    assert same(tmp_path / "there", made[1]) == 24


@pytest.mark.shared
def test_reference_numbers(shared):
    folder = shared / "fixtures/sentence_transformers"
    expected = json.loads((folder / "expected.json").read_text())
    embedder = albert_tf.embedder(folder)
    found = embedder.encode(expected["texts"])
    np.testing.assert_allclose(found, expected["embeddings"], atol=1e-5)
    assert embedder.max_seq_length == 64
