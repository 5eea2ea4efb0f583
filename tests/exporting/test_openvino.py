"""OpenVINO of every head, against the model."""

import builtins

import numpy as np
import pytest
import tensorflow as tf
from small_heads import FREE
from small_heads import HEADS
from small_heads import batch
from small_heads import config

from albert_tf.exporting import ids_function
from albert_tf.exporting import openvino

# Largest differences of logits and embeddings. The heads are random, with large
# weights.
_CLOSE = {"float32": 1e-5, "bfloat16": 0.1, "int8": 0.5}


def _head(name):
    is_usual = name == "multiple_choice"
    return pytest.param(name, marks=[pytest.mark.slow] * (not is_usual))


@pytest.mark.parametrize("name", [*map(_head, HEADS)])
def test_openvino(name, tmp_path):
    pytest.importorskip("openvino")
    model_class, arguments = HEADS[name]
    tf.keras.utils.set_random_seed(3)
    # The exact GELU has another operation than the usual one.
    act = "gelu_erf" if name == "multiple_choice" else "gelu"
    model = model_class(config(hidden_act=act), **arguments)
    batches = [batch(model, sizes) for sizes in FREE]
    expected = list(map(ids_function.runner(model), batches))
    for quantization in openvino.QUANTIZATIONS:
        if quantization == "int8":
            pytest.importorskip("nncf")
        path = str(tmp_path / f"{quantization}.xml")
        converted = openvino.convert(model, quantization, samples=batches)
        openvino.save(converted, path, quantization)
        run = openvino.runner(path, quantization)
        for inputs, values in zip(batches, expected, strict=True):
            found = run(inputs)
            assert found.keys() == values.keys()
            for key, value in values.items():
                assert found[key].dtype == value.dtype, key
                assert found[key].shape == value.shape, key
                if key.endswith("logits") or key == "embeddings":
                    difference = np.abs(found[key] - value).max()
                    assert difference < _CLOSE[quantization], (
                        quantization,
                        key,
                    )


@pytest.mark.slow
def test_quantized_layers_share_their_weights(tmp_path):
    pytest.importorskip("openvino")
    pytest.importorskip("nncf")
    sizes = {}
    for layers in (1, 4):
        model = HEADS["classifier"][0](
            config(
                num_hidden_layers=layers, hidden_size=64, intermediate_size=256
            ),
            num_classes=2,
        )
        inputs = batch(model, FREE[0])
        converted = openvino.convert(model, "int8", samples=[inputs])
        openvino.save(converted, str(tmp_path / "int8.xml"), "int8")
        sizes[layers] = (tmp_path / "int8.bin").stat().st_size
    # Biases and scales of each layer, but no weights.
    assert sizes[4] < 1.5 * sizes[1]


def test_what_is_refused():
    pytest.importorskip("openvino")
    model = HEADS["classifier"][0](config(), num_classes=2)
    with pytest.raises(ValueError, match="int8 must be given sample batches"):
        openvino.convert(model, "int8")
    with pytest.raises(ValueError, match="Received: 'int4'"):
        openvino.convert(model, "int4")


def test_a_missing_extra(monkeypatch):
    real = builtins.__import__

    def missing(name, *rest, **named):
        if name.split(".")[0] == "openvino":
            raise ImportError(name)
        return real(name, *rest, **named)

    monkeypatch.setattr(builtins, "__import__", missing)
    with pytest.raises(ImportError, match=r"albert_tf\[openvino\]"):
        openvino.runner("model.xml", "float32")
