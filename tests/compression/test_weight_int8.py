"""A SavedModel of 8-bit weights: its numbers and its size."""

import os

import keras
import numpy as np
import tensorflow as tf
from tensorflow.core.protobuf import saved_model_pb2

import albert_tf
from albert_tf import models
from albert_tf.compression import weight_int8
from albert_tf.exporting import savedmodel
from data_pipeline.answers import answer_modules
from data_pipeline.tasks import kinds
from data_pipeline.tasks.saved import saved_tasks
from data_pipeline.text import tokenizers


def test_numbers_and_scales_by_hand():
    value = np.array([[1.0, -0.5, 0.0], [-2.54, 0.25, 0.0]], np.float32)
    numbers, scale = weight_int8.quantize(value, 0)  # of a kernel
    np.testing.assert_array_equal(numbers, [[50, -127, 0], [-127, 64, 0]])
    np.testing.assert_allclose(scale, [[0.02, 0.5 / 127, 0]], rtol=1e-6)
    numbers, scale = weight_int8.quantize(value, 1)  # of a table
    np.testing.assert_array_equal(numbers, [[127, -64, 0], [-127, 12, 0]])
    np.testing.assert_allclose(scale, [[1 / 127], [0.02]], rtol=1e-6)
    error = np.abs(weight_int8.dequantize(numbers, scale) - value)
    assert np.all(error <= scale / 2 + 1e-7)


def test_saved_model_is_a_quarter_and_answers(vocabulary, sizes, tmp_path):
    sizes = {**sizes, "hidden_size": 64, "intermediate_size": 512}
    keras.utils.set_random_seed(0)
    model = albert_tf.AlbertClassifier(
        albert_tf.AlbertConfig(**sizes), num_classes=2
    )
    tokenizer = tokenizers.load(vocabulary)
    tasks = answer_modules.make(
        saved_tasks.row(kinds.custom_task("classification"), ["no", "yes"]),
        tokenizer,
        max_seq_length=24,
        max_qa_length=9,
        doc_stride=5,
        max_query_length=6,
        n_best_size=5,
        max_answer_length=5,
    )
    int8 = weight_int8.Int8Weights(model)
    savedmodel.save(model, tasks, tokenizer.pieces, str(tmp_path), int8)
    # 1 byte a number of a matrix; 4 a scale, and a number of a vector.
    matrices = sum(v.shape.num_elements() for v in int8.numbers.values())
    scales = sum(v.shape.num_elements() for v in int8.scales.values())
    count = model.count_params()
    assert matrices > 0.95 * count
    size = os.path.getsize(tmp_path / "variables/variables.data-00000-of-00001")
    assert 0 <= size - (matrices + 4 * (scales + count - matrices)) < 20_000
    assert size < 0.35 * 4 * count
    assert _largest_float_constant(tmp_path) < 100  # no matrix was folded

    # The model itself, with the weights that int8 stands for.
    for name, weight in models.named_weights(model).items():
        axis = weight_int8.channel_axis(name, weight.shape)
        if axis is not None:
            pair = weight_int8.quantize(weight.value, axis)
            weight.assign(weight_int8.dequantize(*pair))
    signatures = tf.saved_model.load(str(tmp_path)).signatures
    rows = {
        "token_ids": tf.constant([[2, 7, 9, 30, 3], [2, 8, 3, 0, 0]]),
        "segment_ids": tf.zeros([2, 5], tf.int32),
        "padding_mask": tf.constant([[1] * 5, [1, 1, 1, 0, 0]]),
    }
    expected = model(rows)["logits"]
    np.testing.assert_allclose(
        signatures["ids"](**rows)["logits"], expected, atol=1e-6
    )
    texts = tf.constant(["The cat sees a house.", ""])
    found = signatures["text"](texts=texts)["probabilities"]
    assert found.shape == (2, 2) and np.isfinite(found).all()
    # It is a gradient, through the graph's own product of the two.
    found = signatures["explain"](texts=texts)["importance"]
    np.testing.assert_allclose(tf.reduce_sum(found, -1), [1, 1], atol=1e-5)


def _largest_float_constant(folder) -> int:
    """Numbers in the largest float constant of a SavedModel's graphs."""
    saved = saved_model_pb2.SavedModel()
    saved.ParseFromString((folder / "saved_model.pb").read_bytes())
    graph = saved.meta_graphs[0].graph_def
    nodes = [*graph.node]
    for function in graph.library.function:
        nodes += function.node_def
    sizes = [
        tf.TensorShape(node.attr["value"].tensor.tensor_shape).num_elements()
        for node in nodes
        if node.op == "Const"
        and node.attr["dtype"].type == tf.float32.as_datatype_enum
    ]
    return max(sizes)
