"""Every format to every other, with every head, to the last bit and back."""

import json
import subprocess
import sys

import numpy as np
import pytest
import safetensors.numpy
import tensorflow as tf
from convertible import CONFIG
from convertible import HEADS
from convertible import values_of

import albert_tf
from albert_tf.interop import convert
from albert_tf.interop import loading

# What the heads of Google's code are called, and their shapes in its layout.
GOOGLE_HEADS = {
    "pretraining": {
        "cls/predictions/transform/dense/kernel": [10, 6],
        "cls/predictions/transform/dense/bias": [6],
        "cls/predictions/transform/LayerNorm/gamma": [6],
        "cls/predictions/transform/LayerNorm/beta": [6],
        "cls/predictions/output_bias": [31],
        "cls/seq_relationship/output_weights": [2, 10],
        "cls/seq_relationship/output_bias": [2],
    },
    "classifier": {"output_weights": [3, 10], "output_bias": [3]},
    "regression": {"output_weights": [1, 10], "output_bias": [1]},
    "tagging": {
        "cls/tagging/output_weights": [4, 10],
        "cls/tagging/output_bias": [4],
    },
    "multiple_choice": {"output_weights": [1, 10], "output_bias": [1]},
    "span": {
        "cls/squad/output_weights": [2, 10],
        "cls/squad/output_bias": [2],
    },
    "conditional_span": {
        "start_logits/dense/kernel": [10, 1],
        "start_logits/dense/bias": [1],
        "end_logits/dense_0/kernel": [20, 10],
        "end_logits/dense_0/bias": [10],
        "end_logits/LayerNorm/gamma": [10],
        "end_logits/LayerNorm/beta": [10],
        "end_logits/dense_1/kernel": [10, 1],
        "end_logits/dense_1/bias": [1],
        "answer_class/dense_0/kernel": [20, 10],
        "answer_class/dense_0/bias": [10],
        "answer_class/dense_1/kernel": [10, 1],
    },
}


# Their models without a pooler.
NO_POOLER = ("tagging", "span")


def assert_equal(model, expected, without=()):
    values = values_of(model)
    assert values.keys() == expected.keys()
    for name, value in values.items():
        if not name.startswith(without):
            np.testing.assert_array_equal(value, expected[name], err_msg=name)


@pytest.mark.parametrize("head", HEADS)
def test_google_and_back(saved, tmp_path, head):
    path, expected = saved(head)
    convert.convert(path, tmp_path / "google", "google")

    # Google has one name for two of the heads.
    named = head if head == "multiple_choice" else None
    convert.convert(
        tmp_path / "google", tmp_path / "ours", "albert_tf", head=named
    )
    model = albert_tf.load(tmp_path / "ours")
    assert type(model) is HEADS[head]
    assert_equal(model, expected)


@pytest.mark.parametrize("head", HEADS)
def test_googles_names_and_shapes(saved, tmp_path, head):
    path, expected = saved(head)
    convert.convert(path, tmp_path / "google", "google")
    reader = tf.train.load_checkpoint(str(tmp_path / "google/model.ckpt-best"))
    shapes = reader.get_variable_to_shape_map()
    heads = {k: v for k, v in shapes.items() if not k.startswith("bert/")}
    assert heads == {**GOOGLE_HEADS[head], "global_step": []}
    block = "bert/encoder/transformer/group_1/inner_group_0/"
    assert shapes[block + "ffn_1/intermediate/output/dense/kernel"] == [14, 10]
    # Embeddings, projection, pooler, and 16 for each of the four blocks.
    assert len(shapes) - len(heads) == 5 + 2 + 2 + 4 * 16
    np.testing.assert_array_equal(
        reader.get_tensor("bert/embeddings/token_type_embeddings"),
        expected["encoder/embeddings/segment_embeddings"],
    )
    written = json.loads((tmp_path / "google/albert_config.json").read_text())
    config = albert_tf.AlbertConfig(**CONFIG)
    assert {**written, "share_parameters": "all"} == config.to_dict()


@pytest.mark.parametrize("size", [6, 10])
@pytest.mark.parametrize("head", [h for h in HEADS if h != "conditional_span"])
def test_huggingface_and_back(saved, tmp_path, head, size):
    """With a projection, and where E == H without one."""
    path, expected = saved(head, embedding_size=size)
    report = convert.convert(path, tmp_path / "there", "huggingface")
    convert.convert(tmp_path / "there", tmp_path / "back", "albert_tf")
    model, coverage = loading.load_with_coverage(tmp_path / "back")
    assert type(model) is HEADS[head]
    if head in NO_POOLER:
        assert coverage.missing_heads() == ["pooler"]
        assert "not supported by huggingface: encoder/pooler/bias" in "".join(
            report
        )
        assert_equal(model, expected, without="encoder/pooler/")
    else:
        assert not coverage.missing
        assert_equal(model, expected)
    # From there to Google and back, byte for byte.
    convert.convert(tmp_path / "there", tmp_path / "google", "google")
    named = head if head == "multiple_choice" else None
    convert.convert(
        tmp_path / "google", tmp_path / "again", "huggingface", head=named
    )
    for name in ("model.safetensors", "config.json"):
        assert (tmp_path / "again" / name).read_bytes() == (
            tmp_path / "there" / name
        ).read_bytes()


def test_huggingfaces_names_and_shapes(saved, tmp_path):
    path, expected = saved("pretraining")
    convert.convert(path, tmp_path / "there", "huggingface")
    tensors = safetensors.numpy.load_file(tmp_path / "there/model.safetensors")
    # As transformers saves them; the decoder is the embedding table.
    block = "albert.encoder.albert_layer_groups.1.albert_layers.0."
    shapes = {
        "albert.embeddings.token_type_embeddings.weight": (3, 6),
        "albert.encoder.embedding_hidden_mapping_in.weight": (10, 6),
        block + "attention.query.weight": (10, 10),
        block + "attention.LayerNorm.bias": (10,),
        block + "ffn.weight": (14, 10),
        block + "ffn_output.weight": (10, 14),
        block + "full_layer_layer_norm.weight": (10,),
        "albert.pooler.weight": (10, 10),
        "predictions.dense.weight": (6, 10),
        "predictions.LayerNorm.weight": (6,),
        "predictions.bias": (31,),
        "sop_classifier.classifier.weight": (2, 10),
    }
    assert {name: tensors[name].shape for name in shapes} == shapes
    assert len(tensors) == len(expected)
    ours = "encoder/transformer/group_1_inner_0_attention/query_kernel"
    np.testing.assert_array_equal(
        tensors[block + "attention.query.weight"].T, expected[ours]
    )


@pytest.mark.shared
@pytest.mark.parametrize("fixture", ["google_tf1_lamb", "google_tf1_adamw"])
def test_googles_own_files_and_back(shared, tmp_path, fixture):
    folder = shared / "fixtures" / fixture
    convert.convert(folder, tmp_path / "there", "huggingface")
    convert.convert(tmp_path / "there", tmp_path / "back", "google")
    ours, theirs = (
        tf.train.load_checkpoint(str(path / "model.ckpt-best"))
        for path in (tmp_path / "back", folder)
    )
    shapes = theirs.get_variable_to_shape_map()
    assert ours.get_variable_to_shape_map() == shapes
    for name in shapes.keys() - {"global_step"}:
        one, two = ours.get_tensor(name), theirs.get_tensor(name)
        assert one.tobytes() == two.tobytes(), name
        assert one.dtype == two.dtype


@pytest.mark.parametrize(
    "theirs, ours",
    [
        ("gelu", "gelu_erf"),
        ("gelu_new", "gelu"),
        ("relu", "relu"),
        ("tanh", "tanh"),
        ("linear", "linear"),
    ],
)
def test_what_their_activations_mean(saved, tmp_path, theirs, ours):
    path, _ = saved("span", hidden_act=ours)
    convert.convert(path, tmp_path / "there", "huggingface")
    config = json.loads((tmp_path / "there/config.json").read_text())
    assert config["hidden_act"] == theirs
    assert albert_tf.load(tmp_path / "there").config.hidden_act == ours


@pytest.mark.slow
def test_the_command(saved, tmp_path):
    path, _ = saved("span")
    line = [sys.executable, "-m", "albert_tf.interop.convert", "--to=google"]
    line += [f"--input={path}", f"--output={tmp_path}/there"]
    outcome = subprocess.run(line, capture_output=True, text=True)
    assert outcome.returncode == 0, outcome.stderr
    assert "75 weights matched, 0 missing" in outcome.stdout
    assert "Outputs not compared" in outcome.stdout
    outcome = subprocess.run(line, capture_output=True, text=True)
    assert outcome.returncode == 1 and "Traceback" not in outcome.stderr
    assert "Error: Nothing is overwritten" in outcome.stderr
