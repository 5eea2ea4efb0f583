"""How the stack of layers is run: unrolled or as a loop, with recomputation."""

import contextlib
import dataclasses
import functools
from collections.abc import Callable
from collections.abc import Sequence
from typing import Protocol

import keras
import tensorflow as tf

from albert_tf.layers import recompute

DEPTHS = ("unrolled", "loop")


@dataclasses.dataclass(frozen=True, kw_only=True)
class Execution:
    """How the stack is run. No choice changes the results.

    Attributes:
        depth: "unrolled", a program with every layer; or "loop", in which
            layers that share weights are a loop with one body, so that the
            program has the size of one layer and compiles as fast.
        trace_once: whether unrolled layers that share weights are traced once,
            as a function that each of them calls. Training of 12 layers starts
            some seconds sooner. Not for exports: constants outside a function
            are not constants inside.
        constants: whether weights are constants of the graph, as in exports. A
            loop then reads them inside its body, where they stay constants, and
            the last layer is run like all others, since concatenating weights
            in another way would store them twice. Otherwise, a loop reads
            weights before its first iteration; if it read them inside, the
            gradient would keep a copy for each iteration.
        recompute: whether to keep only the input of each block for the backward
            pass and compute the block again: a third more work for a fraction
            of the memory.
        compiled: whether XLA compiles the model, as on TPUs.

    Raises:
        ValueError: an unknown `depth`.
    """

    depth: str = "unrolled"
    trace_once: bool = False
    constants: bool = False
    recompute: bool = False
    compiled: bool = False

    def __post_init__(self):
        if self.depth not in DEPTHS:
            raise ValueError(
                f"depth must be one of {', '.join(DEPTHS)}. "
                f"Received: {self.depth!r}."
            )


class Layer(Protocol):
    """Applies a layer to x, float [B, S, H]; returns its blocks' outputs.

    `layer` is the number of the layer, from 0, or an int32 scalar. With
    `select`, the last output holds only the selected tokens.
    """

    def __call__(self, x, layer, select=None) -> list[tf.Tensor]: ...


Blocks = Sequence[tuple[keras.layers.Layer, keras.layers.Layer]]


def repeat(
    run: Layer,
    layers: range,
    x,
    *,
    blocks: Blocks,
    how: Execution,
    all_layers: bool,
    select: Callable[[tf.Tensor], tf.Tensor] | None,
) -> list[tf.Tensor]:
    """Applies layers that share weights, one after another.

    Computes the same as

        for layer in layers:
            outputs += run(outputs[-1], layer)

    Args:
        run: applies one of the layers.
        layers: numbers of the layers.
        x: float [B, S, H], the input of the first layer.
        blocks: the blocks that hold the weights.
        how: how the layers are run.
        all_layers: whether all outputs are needed, or only the last one.
        select: picks tokens of the last output; None for all tokens.
    Returns:
        float [B, S, H] for each block of each layer; with `select`, the last
        one is [B, Q, H]. Without `all_layers`, outputs before the last one may
        be missing.
    """
    if select is not None and not how.constants:
        # The last layer separately, computed mostly for the selected tokens.
        before = repeat(
            run,
            layers[:-1],
            x,
            blocks=blocks,
            how=how,
            all_layers=all_layers,
            select=None,
        )
        return before + run([x, *before][-1], layers[-1], select=select)
    outputs = [x]
    if how.depth == "loop" and len(layers) > 1:
        with contextlib.nullcontext() if how.constants else _read_once(blocks):
            kept = len(blocks) if all_layers else 0
            outputs += _loop(run, layers, x, kept)
    else:
        traces_once = how.trace_once and len(layers) > 1
        call = _traced_once(run) if traces_once else run
        for layer in layers:
            outputs += call(outputs[-1], layer)
    if select is not None:
        outputs[-1] = select(outputs[-1])
    return outputs[1:]


def run_block(
    block: Callable[[tf.Tensor], tf.Tensor],
    x,
    weights: Sequence[keras.Variable],
    how: Execution,
):
    """Computes block(x), float [B, S, H], again in the backward pass if asked.

    Args:
        block: a pure function of x and `weights`.
        x: float [B, S, H].
        weights: all variables that `block` reads.
        how: how the block is run.
    """
    if how.recompute:
        block = recompute.recomputed(block, weights, compiled=how.compiled)
    return block(x)


def choose(
    branches: Sequence[Layer], runs: Sequence[range], x, layer
) -> list[tf.Tensor]:
    """Applies a layer whose number may be a tensor.

    Args:
        branches: functions that apply the layers of each run.
        runs: runs of layers that share weights.
        x: float [B, S, H].
        layer: number of the layer, from 0, or an int32 scalar.
    Returns:
        the outputs of the layer's blocks.
    """
    if len(branches) == 1:
        return branches[0](x, layer)
    starts = tf.constant([run.start for run in runs])
    number = tf.reduce_sum(tf.cast(layer >= starts, tf.int32)) - 1
    calls = [functools.partial(branch, x, layer) for branch in branches]
    return tf.switch_case(number, calls)


def _traced_once(run: Layer) -> Callable[..., list[tf.Tensor]]:
    """run(x, layer) as one function of the graph for all layers."""
    if tf.executing_eagerly():
        return run
    function = tf.function(run, autograph=False)
    return lambda x, layer: function(x, tf.constant(layer))


def _read_once(blocks: Blocks) -> keras.StatelessScope:
    """Reads all weights; returns a scope in which layers use these values."""
    weights = [
        weight
        for block in blocks
        for half_block in block
        for weight in half_block.variables
    ]
    return keras.StatelessScope(
        state_mapping=[
            (weight, tf.convert_to_tensor(weight)) for weight in weights
        ]
    )


def _loop(run: Layer, layers: range, x, kept: int) -> list[tf.Tensor]:
    """Runs all layers in a loop of the graph.

    Returns all outputs, `kept` of them for each layer. If `kept` is 0, returns
    only the last output, since collecting outputs takes memory.
    """
    shape = x.shape

    def body(layer, x, arrays):
        outputs = run(x, layer)
        arrays = [
            array.write(layer - layers.start, output)
            for array, output in zip(arrays, outputs, strict=False)
        ]
        # The gradient of a loop stores tensors, whose shapes must be known.
        return layer + 1, tf.ensure_shape(outputs[-1], shape), arrays

    arrays = [
        tf.TensorArray(x.dtype, len(layers), element_shape=shape)
        for _ in range(kept)
    ]
    _, x, arrays = tf.while_loop(
        lambda layer, *_: layer < layers.stop,
        body,
        (tf.constant(layers.start), x, arrays),
        parallel_iterations=1,
        maximum_iterations=len(layers),
    )
    if not kept:
        return [x]
    by_block = [tf.unstack(array.stack(), len(layers)) for array in arrays]
    return [output for layer in zip(*by_block, strict=True) for output in layer]
