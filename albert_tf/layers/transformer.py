"""The stack: few weight sets, run over and over through the depth."""

import contextlib
import dataclasses
import functools
from collections.abc import Iterator

import keras
import tensorflow as tf

from albert_tf.layers import attention
from albert_tf.layers import feed_forward
from albert_tf.layers import recompute as recompute_lib

# Dropouts inside one block: attention probabilities and the two residuals.
_SITES_PER_BLOCK = 3

DEPTHS = ("unrolled", "loop")


@dataclasses.dataclass(frozen=True, kw_only=True)
class Execution:
    """How the stack is run. The numbers are the same in all ways.

    depth: "unrolled", a program with every layer in it; or "loop", where layers
        that share their weights are one loop over one body: a program of the
        size of one layer, compiled as fast.
    trace_once: whether unrolled layers that share their weights are traced
        once, as a function that is called for each, where a graph is made.
        Training of 12 layers starts some seconds sooner. Not for exports: what
        is constant outside of a function is no constant inside.
    constants: whether weights are constants of the graph. A loop then reads
        them inside, where they are no constants otherwise, and the last layer
        is like all others, since what is put together in another way is there
        twice. Without, a loop reads weights before its first round: what a
        gradient needs of a round is kept for each, of weights that are read
        inside too.
    recompute: keep a block's input only for the backward pass and compute what
        is inside again: a third more work for a fraction of the memory.
    compiled: whether XLA compiles the model, as on TPUs.
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


class Transformer(keras.layers.Layer):
    """L layers of `inner_group_num` blocks, sharing weights over depth.

    With `share_parameters="all"` there are `num_hidden_groups` weight sets for
    both halves of a block, or fewer, where no layer uses some of them
    (AlbertConfig.set_of); a half that is not shared has one set per layer.

    Args:
        config: AlbertConfig.
    Attributes:
        execution: how it is run; may be set at any time before it is traced.
    Inputs:
        x: float [B, S, H].
        bias: float32 attention bias, broadcast to [B, N, S, S].
        dropout_seed: int32 [2], or None for no dropout.
        all_layers: whether all outputs are asked for.
        select: of the last output what is wanted: a function of [B, S, ...]
            that picks tokens, to [B, Q, ...]. The last block then works on
            these only, but for keys and values. None: all.
    Output: list of L * inner_group_num float [B, S, H], the last one last; the
        last one only if not all are asked for. With `select` that one is
        [B, Q, H].
    Source: paper, 3.1; google-research/albert, modeling.py, transformer_model.
    """

    def __init__(self, config, **kwargs):
        # Float inputs keep their dtype: casts are explicit, in `dense`.
        super().__init__(autocast=False, **kwargs)
        self.config = config
        self.execution = Execution()
        self.attention_sets = self._weight_sets(
            attention.SelfAttention, "attention"
        )
        self.ffn_sets = self._weight_sets(feed_forward.FeedForward, "ffn")

    def _weight_sets(self, layer, half):
        """Group after group; Keras 3.12 does not save lists inside lists."""
        return [
            layer(self.config, name=f"group_{group}_inner_{inner}_{half}")
            for group in self.config.sets(half)
            for inner in range(self.config.inner_group_num)
        ]

    def _weight_set(self, half, layer, inner):
        """The one that block `inner` of this layer uses."""
        config = self.config
        sets = self.attention_sets if half == "attention" else self.ffn_sets
        place = config.sets(half).index(config.set_of(half, layer))
        return sets[place * config.inner_group_num + inner]

    def build(self, input_shape=None):
        for layer in self.attention_sets + self.ffn_sets:
            layer.build()

    def call(self, x, bias, dropout_seed=None, all_layers=True, select=None):
        outputs = [x]
        last_apart = select is not None and not self.execution.constants
        for layers, sets in self._runs(last_apart):
            run = functools.partial(self._layer, sets, bias, dropout_seed)
            if last_apart and layers.stop == self.config.num_hidden_layers:
                run = functools.partial(run, select=select)
            if self.execution.depth == "loop" and len(layers) > 1:
                blocks = len(sets) if all_layers else 0
                reading = (
                    contextlib.nullcontext()
                    if self.execution.constants
                    else _read_once(sets)
                )
                with reading:
                    outputs += _loop(run, outputs[-1], layers, blocks)
                continue
            if self.execution.trace_once and len(layers) > 1:
                run = _traced_once(run)
            for layer in layers:
                outputs += run(outputs[-1], layer)
        if select is not None and not last_apart:
            outputs[-1] = select(outputs[-1])
        return outputs[1:] if all_layers else outputs[-1:]

    def run_layer(self, x, bias, layer):
        """One layer without dropout; `layer`, from 0, may be a tensor."""
        starts, branches = zip(
            *(
                (
                    layers.start,
                    functools.partial(self._layer, sets, bias, None, x, layer),
                )
                for layers, sets in self._runs()
            ),
            strict=True,
        )
        if len(branches) == 1:
            return branches[0]()[-1]
        number = tf.reduce_sum(tf.cast(layer >= tf.constant(starts), tf.int32))
        return tf.switch_case(number - 1, branches)[-1]

    def _runs(self, last_apart=False) -> Iterator[tuple[range, list]]:
        """Consecutive layers of the same weights: (attention, ffn) by block.

        last_apart: whether the last layer is not one of several.
        """
        config = self.config

        def sets(layer):
            return [
                (
                    self._weight_set("attention", layer, inner),
                    self._weight_set("ffn", layer, inner),
                )
                for inner in range(config.inner_group_num)
            ]

        first = 0
        for layer in range(1, config.num_hidden_layers + 1):
            last = layer == config.num_hidden_layers
            apart = last_apart and layer == config.num_hidden_layers - 1
            if last or apart or sets(layer) != sets(first):
                yield range(first, layer), sets(first)
                first = layer

    def _layer(self, sets, bias, dropout_seed, x, layer, select=None):
        """The outputs of a layer's blocks; `layer` is a number or a tensor."""
        outputs = []
        for inner, (attend, ffn) in enumerate(sets):
            # Site 0 belongs to the embeddings.
            site = 1 + _SITES_PER_BLOCK * (layer * len(sets) + inner)

            wanted = select if inner == len(sets) - 1 else None

            def block(x, attend=attend, ffn=ffn, site=site, wanted=wanted):
                x = attend(
                    x,
                    bias,
                    dropout_seed=dropout_seed,
                    site=site,
                    select=wanted,
                )
                return ffn(x, dropout_seed=dropout_seed, site=site + 2)

            if self.execution.recompute:
                block = recompute_lib.recomputed(
                    block,
                    attend.variables + ffn.variables,
                    compiled=self.execution.compiled,
                )
            x = block(x)
            outputs.append(x)
        return outputs


def _traced_once(run):
    """run(x, layer), of whose layers a graph has one function."""
    if tf.executing_eagerly():
        return run
    function = tf.function(run, autograph=False)
    return lambda x, layer: function(x, tf.constant(layer))


def _read_once(sets) -> keras.StatelessScope:
    """In which weights are tensors that were read before."""
    weights = [
        weight
        for blocks in sets
        for layer in blocks
        for weight in layer.variables
    ]
    return keras.StatelessScope(
        state_mapping=[
            (weight, tf.convert_to_tensor(weight)) for weight in weights
        ]
    )


def _loop(run, x, layers: range, blocks: int) -> list[tf.Tensor]:
    """run(x, layer) for all layers in a loop of the graph.

    Returns the outputs of all, `blocks` for each layer, or, if that is 0, the
    last one only: what is collected takes memory.
    """
    shape = x.shape

    def body(layer, x, arrays):
        outputs = run(x, layer)
        arrays = [
            array.write(layer - layers.start, output)
            for array, output in zip(arrays, outputs, strict=False)
        ]
        # What the gradient of a loop keeps has to have a known shape.
        return layer + 1, tf.ensure_shape(outputs[-1], shape), arrays

    arrays = [
        tf.TensorArray(x.dtype, len(layers), element_shape=shape)
        for _ in range(blocks)
    ]
    _, x, arrays = tf.while_loop(
        lambda layer, *_: layer < layers.stop,
        body,
        (tf.constant(layers.start), x, arrays),
        parallel_iterations=1,
        maximum_iterations=len(layers),
    )
    if not blocks:
        return [x]
    by_block = [tf.unstack(array.stack(), len(layers)) for array in arrays]
    return [output for layer in zip(*by_block, strict=True) for output in layer]
