"""Unrolled or in a loop, kept or computed again: the same numbers."""

import dataclasses
import itertools

import numpy as np
import pytest
import tensorflow as tf

import albert_tf
from albert_tf.layers import execution as execution_lib
from albert_tf.workflows.common import devices
from albert_tf.workflows.configs import devices as devices_config

SIZES = {
    "vocab_size": 50,
    "embedding_size": 6,
    "hidden_size": 8,
    "num_hidden_layers": 4,
    "num_attention_heads": 2,
    "intermediate_size": 12,
    "max_position_embeddings": 16,
    "hidden_dropout_prob": 0.2,
    "attention_probs_dropout_prob": 0.1,
    "initializer_range": 0.2,
}
WAYS = [
    execution_lib.Execution(depth=depth, recompute=recompute)
    for depth, recompute in itertools.product(("unrolled", "loop"), (0, 1))
] + [
    execution_lib.Execution(trace_once=True, recompute=recompute)
    for recompute in (0, 1)
]


def make_model(**changes):
    return albert_tf.AlbertPretrainer(
        albert_tf.AlbertConfig(**{**SIZES, **changes}), seed=1
    )


def make_batch(rows=3, length=16, seed=0):
    rng = np.random.default_rng(seed)
    ids = rng.integers(5, 50, (rows, length)).astype(np.int32)
    padding = np.ones_like(ids)
    padding[0, 11:] = 0
    return {
        "token_ids": tf.constant(ids),
        "segment_ids": tf.constant((ids % 2).astype(np.int32)),
        "padding_mask": tf.constant(padding),
        "mask_positions": tf.constant(rng.integers(1, 11, (rows, 4)), tf.int32),
    }


def run(model, execution, batch, jit_compile=False):
    """A loss of all outputs with dropout on, and its gradients."""
    model.encoder.execution = execution

    @tf.function(jit_compile=jit_compile)
    def step(seed):
        with tf.GradientTape() as tape:
            outputs = model(batch, training=True, dropout_seed=seed)
            loss = tf.reduce_mean(tf.sin(outputs["mlm_logits"]))
            loss += tf.reduce_mean(outputs["sentence_order_logits"] ** 2)
        gradients = tape.gradient(loss, model.trainable_variables)
        return loss, [tf.convert_to_tensor(g) for g in gradients]

    loss, gradients = step(tf.constant([3, 4]))
    names = [weight.path for weight in model.trainable_variables]
    assert len(gradients) == len(names)
    return float(loss), dict(
        zip(names, (g.numpy() for g in gradients), strict=True)
    )


TWO_GROUPS = {"num_hidden_groups": 2, "inner_group_num": 2}


@pytest.mark.parametrize(
    "changes, compiled",
    [
        ({}, False),
        pytest.param(TWO_GROUPS, False, marks=pytest.mark.slow),
        pytest.param(
            {"share_parameters": "attention"}, False, marks=pytest.mark.slow
        ),
        pytest.param({"num_hidden_groups": 4}, False, marks=pytest.mark.slow),
        pytest.param({}, True, marks=pytest.mark.slow),
        pytest.param(TWO_GROUPS, True, marks=pytest.mark.slow),
    ],
)
def test_loss_and_gradients_are_the_same_in_all_ways(changes, compiled):
    model, batch = make_model(**changes), make_batch()
    # XLA draws other random numbers from a seed, so it compares with itself.
    ways = [dataclasses.replace(way, compiled=compiled) for way in WAYS]
    loss, gradients = run(model, ways[0], batch, jit_compile=compiled)
    for way in ways[1:]:
        other_loss, other = run(model, way, batch, jit_compile=compiled)
        assert other_loss == pytest.approx(loss, rel=1e-5)
        for name, gradient in gradients.items():
            np.testing.assert_allclose(
                other[name],
                gradient,
                rtol=1e-4,
                atol=1e-6 * max(1, np.abs(gradient).max()),
                err_msg=f"{name}, {way}",
            )


@pytest.mark.parametrize("inner", [1, 2])
def test_all_layers_are_given_in_order(inner):
    model = make_model(inner_group_num=inner, num_hidden_groups=2)
    batch = make_batch()
    call = tf.function(lambda: model.encoder(batch)["layer_outputs"])
    expected = [output.numpy() for output in call()]
    assert len(expected) == 4 * inner
    model.encoder.execution = execution_lib.Execution(depth="loop")
    call = tf.function(lambda: model.encoder(batch)["layer_outputs"])
    for found, output in zip(call(), expected, strict=True):
        np.testing.assert_allclose(found.numpy(), output, atol=1e-6)
    only = tf.function(lambda: model.encoder(batch, all_layers=False))()
    assert "layer_outputs" not in only
    np.testing.assert_allclose(
        only["sequence_output"].numpy(), expected[-1], atol=1e-6
    )


def program(depth, layers):
    """The text of a step's compiled program."""
    model = make_model(num_hidden_layers=layers, hidden_dropout_prob=0.0)
    model.encoder.execution = execution_lib.Execution(depth=depth)
    batch = make_batch()

    @tf.function(jit_compile=True)
    def step(batch):
        with tf.GradientTape() as tape:
            loss = tf.reduce_sum(model(batch)["mlm_logits"] ** 2)
        return tape.gradient(loss, model.encoder.trainable_variables[-4:])

    return step.experimental_get_compiler_ir(batch)(stage="optimized_hlo")


@pytest.mark.slow
def test_a_loop_is_a_program_of_one_layer():
    few, many = (len(program("loop", layers)) for layers in (2, 8))
    assert many < 1.1 * few
    assert len(program("unrolled", 8)) > 2 * many


def test_a_loop_keeps_inputs_of_layers_and_no_weights():
    model = make_model()
    model.encoder.execution = execution_lib.Execution(
        depth="loop", recompute=True
    )
    batch = make_batch(rows=3, length=16)

    @tf.function
    def step(seed):
        with tf.GradientTape() as tape:
            outputs = model(batch, training=True, dropout_seed=seed)
            loss = tf.reduce_sum(outputs["mlm_logits"] ** 2)
        return tape.gradient(loss, model.trainable_variables)

    graph = step.get_concrete_function(tf.TensorSpec([2], tf.int32)).graph
    kept = [
        tf.get_static_value(operation.inputs[0]).tolist()
        for operation in graph.get_operations()
        if operation.type == "EmptyTensorList"
    ]
    assert sorted(kept) == [[], [3, 16, 8]]  # the layer's number, its input


def test_other_depths_are_refused():
    with pytest.raises(ValueError, match="unrolled, loop. Received: 'deep'"):
        execution_lib.Execution(depth="deep")


@pytest.mark.parametrize("compiled", [False, True])
def test_a_loop_is_the_default_of_recomputation_only(compiled):
    def depth(named, recompute):
        config = devices_config.DeviceConfig(
            depth=named, recompute=recompute, jit_compile=compiled
        )
        return devices.execution(config, is_tpu=False).depth

    assert depth("auto", True) == depth("loop", False) == "loop"
    assert depth("auto", False) == depth("unrolled", True) == "unrolled"
