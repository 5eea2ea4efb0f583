"""LiteRT and ONNX of every head, against the model, and the gate on them."""

import builtins

import numpy as np
import pytest
import tensorflow as tf
from small_heads import FIXED
from small_heads import FREE
from small_heads import HEADS
from small_heads import batch
from small_heads import config

import albert_tf
from albert_tf.exporting import ids_function
from albert_tf.exporting import litert
from albert_tf.exporting import onnx


def assert_same(outputs, expected, tolerance=1e-5):
    assert outputs.keys() == expected.keys()
    for name, value in expected.items():
        assert outputs[name].dtype == value.dtype, name
        np.testing.assert_allclose(
            outputs[name], value, atol=tolerance, rtol=1e-5, err_msg=name
        )


def _head(name):
    # Ways of pooling beside the usual one.
    is_rare = name in ("max_embedding", "weighted_embedding")
    return pytest.param(name, marks=[pytest.mark.slow] * is_rare)


@pytest.fixture(scope="module", params=map(_head, HEADS))
def model(request):
    model_class, arguments = HEADS[request.param]
    tf.keras.utils.set_random_seed(3)
    # The exact GELU has another operation than the usual one.
    act = "gelu_erf" if request.param == "tagging" else "gelu"
    return model_class(config(hidden_act=act), **arguments)


def test_ids_function_is_the_model(model):
    inputs = batch(model, FREE[1])
    outputs = ids_function.runner(model)(inputs)
    direct = model({k: tf.constant(v) for k, v in inputs.items()})
    for name in outputs.keys() & direct.keys():
        np.testing.assert_allclose(outputs[name], direct[name], atol=1e-5)
    if isinstance(model, albert_tf.AlbertConditionalSpan):
        assert outputs["end_positions"].shape == (3, 5, 5)
    else:
        assert outputs.keys() == direct.keys()


@pytest.mark.parametrize(
    "free", [False, pytest.param(True, marks=pytest.mark.slow)]
)
def test_litert(model, free):
    pytest.importorskip("ai_edge_litert")
    fixed = dict(
        zip(
            ("batch_size", "max_seq_length", "num_choices", "num_masks"),
            FIXED,
            strict=True,
        )
    )
    lengths = {"batch_size": None} if free else fixed
    inputs = [batch(model, sizes) for sizes in (FREE if free else [FIXED])]
    expected = list(map(ids_function.runner(model), inputs))
    run = litert.runner(litert.convert(model, **lengths))
    for given, values in zip(inputs, expected, strict=True):
        assert_same(run(given), values)
    if free:
        return
    run = litert.runner(
        litert.convert(model, "int8", samples=inputs, **lengths)
    )
    for name, value in run(inputs[0]).items():
        assert value.shape == expected[0][name].shape
        assert np.isfinite(value).all(), name
        if name.endswith("logits") or name == "embeddings":
            assert np.abs(value - expected[0][name]).max() < 0.3, name


def test_onnx(model):
    pytest.importorskip("tf2onnx")
    pytest.importorskip("onnxruntime")
    expected = ids_function.runner(model)
    run = onnx.runner(onnx.convert(model))
    for sizes in FREE:
        inputs = batch(model, sizes)
        assert_same(run(inputs), expected(inputs))


@pytest.mark.slow
def test_quantized_onnx(model):
    pytest.importorskip("tf2onnx")
    pytest.importorskip("onnxruntime")
    batches = [batch(model, sizes) for sizes in FREE]
    expected = ids_function.runner(model)
    content = onnx.convert(model)
    for quantization in ("int8", "dynamic_int8"):
        run = onnx.runner(onnx.quantize(content, quantization, batches))
        for inputs in batches:
            found = run(inputs)
            for name, value in expected(inputs).items():
                assert found[name].shape == value.shape
                if name.endswith("logits") or name == "embeddings":
                    assert np.abs(found[name] - value).max() < 0.5, name


def test_int8_leaves_the_model_as_it_was():
    model = albert_tf.AlbertConditionalSpan(config())
    before = model.encoder.masked_bias, model.head.masked_logit
    function = ids_function.IdsFunction(model, 1, 6, masked=-40.0).function
    found = function(
        {k: tf.constant(v) for k, v in batch(model, (1, 6, 0, 0)).items()}
    )
    # Log probabilities of impossible starts: -40 below, not -1e30.
    assert -60 < found["start_log_probs"].numpy().min() < -30
    assert (model.encoder.masked_bias, model.head.masked_logit) == before


def test_what_is_refused():
    model = albert_tf.AlbertClassifier(config(), 2)
    with pytest.raises(ValueError, match="int8 must be given sample batches"):
        litert.convert(model, "int8", max_seq_length=6)
    with pytest.raises(ValueError, match="Received: 'int4'"):
        litert.convert(model, "int4", max_seq_length=6)
    pytest.importorskip("tf2onnx")
    with pytest.raises(ValueError, match="int8 must be given sample batches"):
        onnx.quantize(onnx.convert(model), "int8")


@pytest.mark.parametrize(
    "package, call, extra",
    [
        ("ai_edge_litert", lambda: litert.runner(b""), "litert"),
        ("onnxruntime", lambda: onnx.runner(b""), "onnx"),
        ("tf2onnx", lambda: onnx.convert(None), "onnx"),
    ],
)
def test_a_missing_extra(monkeypatch, package, call, extra):
    real = builtins.__import__

    def missing(name, *rest, **named):
        if name.split(".")[0] == package:
            raise ImportError(name)
        return real(name, *rest, **named)

    monkeypatch.setattr(builtins, "__import__", missing)
    with pytest.raises(ImportError, match=rf"albert_tf\[{extra}\]"):
        call()
