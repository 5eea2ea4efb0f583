"""Attention in blocks of heads: the same numbers as whole batches."""

import numpy as np
import pytest
import tensorflow as tf

import albert_tf
from albert_tf.layers import attention_blocks
from albert_tf.layers import fusion

B, S, D = 3, 11, 4
SCALE = D**-0.5


def inputs(heads, queries=S, bias_rows=1, dtype="float32"):
    rng = np.random.default_rng(0)

    def normal(*shape):
        return tf.cast(rng.normal(size=shape).astype(np.float32), dtype)

    may = rng.random((B, 1, bias_rows, S)) < 0.6
    may[..., 0] = True
    bias = tf.constant(np.where(may, 0, -10000).astype(np.float32))
    q, upstream = normal(B, heads, queries, D), normal(B, heads, queries, D)
    return q, normal(B, heads, S, D), normal(B, heads, S, D), bias, upstream


def whole(q, k, v, bias, scale):
    scores = tf.cast(tf.matmul(q, k, transpose_b=True), tf.float32)
    probs = tf.nn.softmax(scores * scale + bias)
    return tf.matmul(tf.cast(probs, v.dtype), v)


def with_gradients(attend, q, k, v, bias, upstream):
    with tf.GradientTape() as tape:
        tape.watch([q, k, v])
        out = attend(q, k, v, bias, SCALE)
    return [out, *tape.gradient(out, [q, k, v], upstream)]


@pytest.mark.parametrize("heads", [1, 6, 7, 12])
@pytest.mark.parametrize("queries, bias_rows", [(S, 1), (S, S), (4, 4)])
def test_output_and_gradients_are_those_of_whole_batches(
    heads, queries, bias_rows
):
    tensors = inputs(heads, queries, bias_rows)
    expected = with_gradients(whole, *tensors)
    run = tf.function(with_gradients, autograph=False)
    found = run(attention_blocks.attend, *tensors)
    for one, other in zip(expected, found, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-5, atol=1e-5)


def test_bfloat16_is_as_near_to_float32_as_whole_batches_are():
    half = inputs(6, dtype="bfloat16")
    full = [tf.cast(tensor, tf.float32) for tensor in half]
    exact = with_gradients(whole, *full)
    found = with_gradients(attention_blocks.attend, *half)
    for right, one, other in zip(
        exact, with_gradients(whole, *half), found, strict=True
    ):
        assert other.dtype == tf.bfloat16
        worst = np.abs(tf.cast(one, tf.float32) - right).max()
        assert np.abs(tf.cast(other, tf.float32) - right).max() < 1.5 * worst


def test_shapes_may_be_unknown_and_the_program_compiled():
    tensors = inputs(6)
    expected = with_gradients(whole, *tensors)
    unknown = [
        tf.TensorSpec([None, t.shape[1], None, t.shape[3]], t.dtype)
        for t in tensors
    ]
    unknown[3] = tf.TensorSpec([None, 1, None, None], tf.float32)

    def run(*tensors):
        return with_gradients(attention_blocks.attend, *tensors)

    for program in (
        tf.function(run, input_signature=unknown, autograph=False),
        tf.function(run, jit_compile=True, autograph=False),
    ):
        for one, other in zip(expected, program(*tensors), strict=True):
            np.testing.assert_allclose(one, other, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("length", [S, None])
def test_a_layer_takes_blocks_for_long_rows_only(monkeypatch, length):
    config = albert_tf.AlbertConfig(
        vocab_size=50, embedding_size=6, hidden_size=8,
        num_hidden_layers=2, num_attention_heads=2, intermediate_size=12,
    )  # fmt: skip
    encoder = albert_tf.AlbertEncoder(config, seed=1)
    rows = {
        "token_ids": tf.random.uniform([B, S], 5, 50, tf.int32, seed=1),
        "segment_ids": tf.zeros([B, S], tf.int32),
        "padding_mask": tf.sequence_mask([S, 3, 7], S, tf.int32),
    }
    calls = []
    attend = attention_blocks.attend

    def counted(*arguments):
        calls.append(1)
        return attend(*arguments)

    monkeypatch.setattr(attention_blocks, "attend", counted)

    def run(shortest):
        monkeypatch.setattr(attention_blocks, "SHORTEST", shortest)

        @tf.function(
            input_signature=[
                {name: tf.TensorSpec([B, length], tf.int32) for name in rows}
            ],
            autograph=False,
        )
        def program(rows):
            with tf.GradientTape() as tape:
                out = encoder(rows)["sequence_output"]
                loss = tf.reduce_sum(tf.sin(out))
            gradients = tape.gradient(
                loss,
                [weight.value for weight in encoder.trainable_variables],
                unconnected_gradients=tf.UnconnectedGradients.ZERO,
            )
            return out, *map(tf.convert_to_tensor, gradients)

        return program(rows)

    plain = run(S)
    assert not calls
    with fusion.fused():
        short, was_short = run(S + 1), len(calls)
        blocks = run(S)
    # One program for rows of any length has both ways.
    assert bool(was_short) == (length is None)
    assert len(calls) > was_short
    for one, other, third in zip(plain, short, blocks, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-5, atol=1e-5)
        np.testing.assert_allclose(one, third, rtol=1e-5, atol=1e-5)
