"""A SavedModel of bfloat16 constants: its answers, its graphs and its size."""

import os

import keras
import numpy as np
import tensorflow as tf
from tensorflow.core.protobuf import saved_model_pb2

import albert_tf
from albert_tf import models
from albert_tf.compression import weight_bfloat16
from albert_tf.exporting import savedmodel
from data_pipeline.answers import answer_modules
from data_pipeline.tasks import kinds
from data_pipeline.tasks.saved import saved_tasks
from data_pipeline.text import tokenizers


def test_saved_model_is_constant_and_answers(vocabulary, sizes, tmp_path):
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
    )
    half = weight_bfloat16.model_of(model)
    assert half.compute_dtype == "bfloat16" and model.compute_dtype == "float32"
    savedmodel.save(half, tasks, tokenizer.pieces, str(tmp_path), constant=True)
    kernel = model.encoder.transformer.ffn_sets[0].inner_kernel.numpy()
    found = list(_constants(tmp_path, kernel.shape))
    # One in the graph of texts and one in that of ids, for all the layers.
    assert len(found) == 2
    for constant in found:
        assert constant.dtype == tf.bfloat16.as_numpy_dtype
        np.testing.assert_array_equal(constant, kernel.astype(constant.dtype))
    variables = tmp_path / "variables/variables.data-00000-of-00001"
    assert not variables.exists() or os.path.getsize(variables) < 1000

    rows = {
        "token_ids": tf.constant([[2, 7, 9, 30, 3], [2, 8, 3, 0, 0]]),
        "segment_ids": tf.zeros([2, 5], tf.int32),
        "padding_mask": tf.constant([[1, 1, 1, 1, 1], [1, 1, 1, 0, 0]]),
    }
    signatures = tf.saved_model.load(str(tmp_path)).signatures
    assert signatures.keys() == {"text", "serving_default", "ids"}
    (logits,) = signatures["ids"](**rows).values()
    np.testing.assert_array_equal(logits, half(rows)["logits"])
    np.testing.assert_allclose(logits, model(rows)["logits"], atol=0.02)
    answers = signatures["text"](texts=tf.constant(["a text", "another"]))
    assert answers["label"].shape == [2]


def test_the_model_stays_as_it_was(sizes):
    model = albert_tf.AlbertSpan(albert_tf.AlbertConfig(**sizes), seed=1)
    before = {k: v.numpy() for k, v in models.named_weights(model).items()}
    half = weight_bfloat16.model_of(model)
    assert keras.config.dtype_policy().name == "float32"
    for name, weight in models.named_weights(half).items():
        assert weight.dtype == "float32"
        np.testing.assert_array_equal(weight, before[name])


def _constants(folder, shape):
    proto = saved_model_pb2.SavedModel()
    proto.ParseFromString((folder / "saved_model.pb").read_bytes())
    for function in proto.meta_graphs[0].graph_def.library.function:
        for node in function.node_def:
            if node.op == "Const":
                value = tf.make_ndarray(node.attr["value"].tensor)
                if value.shape == shape:
                    yield value
