"""How the stack of layers is run: unrolled or in a loop, kept or recomputed."""

import contextlib
import dataclasses
import functools
from collections.abc import Callable
from collections.abc import Sequence
from typing import Protocol

import keras
import tensorflow as tf

from albert_tf.layers import recompute as recompute_lib

DEPTHS = ("unrolled", "loop")


@dataclasses.dataclass(frozen=True, kw_only=True)
class Execution:
    """How the stack is run. The numbers are the same whatever is chosen.

    depth: "unrolled", a program that holds every layer; or "loop", where layers
        that share their weights are one loop over one body: a program of the
        size of one layer, compiled as fast.
    trace_once: whether unrolled layers that share their weights are traced
        once, as a function that each of them calls. Training of 12 layers
        starts some seconds sooner. Not for exports: a constant outside of a
        function is not a constant inside.
    constants: whether weights are constants of the graph, as in exports. A loop
        then reads them inside its body, where they stay constants, and the last
        layer is run like all others, since weights that are concatenated in
        another way would be stored twice. Otherwise a loop reads weights before
        its first round: if read inside, the gradient would keep a copy of them
        for each round.
    recompute: keep only a block's input for the backward pass and compute the
        block again: a third more work for a fraction of the memory.
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
    """Applies a layer to x, float [B, S, H], and returns its blocks' outputs.

    `layer` is its number, from 0, or an int32 scalar. With `select`, the last
    output holds only the selected tokens.
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
    """Applies layers that share their weights, one after another.

    Computes the same as

        for layer in layers:
            outputs += run(outputs[-1], layer)

    Args:
        run: applies one of the layers.
        layers: their numbers.
        x: float [B, S, H], the input of the first.
        blocks: the blocks that hold their weights.
        how: Execution.
        all_layers: whether all outputs are wanted, or only the last.
        select: picks the wanted tokens of the last output; None for all.
    Returns:
        float [B, S, H] for each block of each layer, the last one [B, Q, H]
        with `select`. If not `all_layers`, others than the last may be missing.
    """
    if select is not None and not how.constants:
        # The last layer by itself, which computes little but these tokens.
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
    """block(x), float [B, S, H], which the backward pass may compute again.

    Args:
        block: a pure function of x and of `weights`.
        x: float [B, S, H].
        weights: all variables that it reads.
        how: Execution.
    """
    if how.recompute:
        block = recompute_lib.recomputed(block, weights, compiled=how.compiled)
    return block(x)


def choose(
    branches: Sequence[Layer], runs: Sequence[range], x, layer
) -> list[tf.Tensor]:
    """Applies a layer whose number may be a tensor.

    Args:
        branches: what applies the layers of each run.
        runs: of layers that share their weights.
        x: float [B, S, H].
        layer: from 0.
    """
    if len(branches) == 1:
        return branches[0](x, layer)
    starts = tf.constant([run.start for run in runs])
    number = tf.reduce_sum(tf.cast(layer >= starts, tf.int32)) - 1
    calls = [functools.partial(branch, x, layer) for branch in branches]
    return tf.switch_case(number, calls)


def _traced_once(run: Layer) -> Callable[..., list[tf.Tensor]]:
    """run(x, layer) as one function of the graph, whatever the layer."""
    if tf.executing_eagerly():
        return run
    function = tf.function(run, autograph=False)
    return lambda x, layer: function(x, tf.constant(layer))


def _read_once(blocks: Blocks) -> keras.StatelessScope:
    """A scope in which weights are tensors that have been read already."""
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
    """run(x, layer) for all layers, in a loop of the graph.

    Returns all outputs, `kept` for each layer; only the last one if that is 0,
    since outputs that are collected take memory.
    """
    shape = x.shape

    def body(layer, x, arrays):
        outputs = run(x, layer)
        arrays = [
            array.write(layer - layers.start, output)
            for array, output in zip(arrays, outputs, strict=False)
        ]
        # The gradient of a loop keeps tensors; their shapes must be known.
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
