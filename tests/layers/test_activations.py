import numpy as np
import pytest
import tensorflow as tf

from albert_tf.layers import activations


def with_gradient(name, x, upstream):
    @tf.function
    def run(x, upstream):
        with tf.GradientTape() as tape:
            tape.watch(x)
            y = activations.ACTIVATIONS[name](x)
        return y, tape.gradient(y, x, upstream)

    graph = run.get_concrete_function(x, upstream).graph
    calls = [
        op
        for op in graph.get_operations()
        if op.type in ("PartitionedCall", "StatefulPartitionedCall")
    ]
    return [tf.cast(part, tf.float32) for part in run(x, upstream)], calls


@pytest.mark.parametrize("name", activations.ACTIVATIONS)
@pytest.mark.parametrize(
    ("dtype", "tolerance"), [("float32", 1e-5), ("bfloat16", 2e-2)]
)
def test_fused_is_the_same_function(name, dtype, tolerance):
    x = tf.cast(np.linspace(-6, 6, 4001, dtype=np.float32), dtype)
    upstream = tf.cast(np.cos(np.arange(4001, dtype=np.float32)), dtype)
    plain, calls = with_gradient(name, x, upstream)
    assert not calls
    with activations.fused():
        fused, calls = with_gradient(name, x, upstream)
    assert bool(calls) == name.startswith("gelu")
    for one, other in zip(plain, fused, strict=True):
        np.testing.assert_allclose(one, other, rtol=0, atol=tolerance)


def test_bfloat16_is_nearer_to_float32_when_fused():
    x = tf.cast(np.linspace(-6, 6, 4001, dtype=np.float32), tf.bfloat16)
    upstream = tf.ones_like(x)
    exact, _ = with_gradient(
        "gelu", tf.cast(x, tf.float32), tf.cast(upstream, tf.float32)
    )
    plain, _ = with_gradient("gelu", x, upstream)
    with activations.fused():
        fused, _ = with_gradient("gelu", x, upstream)
    for right, one, other in zip(exact, plain, fused, strict=True):
        worse = tf.reduce_mean(abs(one - right))
        assert tf.reduce_mean(abs(other - right)) < 0.8 * worse


def test_any_shape_and_several_shapes():
    for shape in ([2, 3, 4], [5, 4], [2, 7, 4]):
        x = tf.random.stateless_normal(shape, seed=[1, 2])
        with activations.fused():
            (y, gradient), _ = with_gradient("gelu", x, tf.ones_like(x))
        assert y.shape == gradient.shape == shape
        np.testing.assert_allclose(
            y, tf.nn.gelu(x, approximate=True), atol=1e-5
        )
