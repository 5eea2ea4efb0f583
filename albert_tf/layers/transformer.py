"""ALBERT's stack of layers, which share weights across depth."""

import dataclasses
import functools

import keras

from albert_tf.layers import attention
from albert_tf.layers import execution
from albert_tf.layers import feed_forward

# Dropouts in a block: attention probabilities, and the output of each half.
_SITES_PER_BLOCK = 3


class Transformer(keras.layers.Layer):
    """L layers of `inner_group_num` blocks that share weights across depth.

    A block is self-attention followed by a feed-forward network, each with a
    residual connection and a layer norm. All layers of a group apply the same
    blocks; by default, there is one group with one block, applied L times. If
    `share_parameters` excludes one half of the block, attention or
    feed-forward, each layer has its own weights for that half.

    Args:
        config: AlbertConfig.
    Attributes:
        execution: how the stack is run; may be changed until it is traced.
        num_layers: number of layers that a call runs: those of the config,
            unless it is set, before tracing, to fewer that use all weights.
    Inputs:
        x: float [B, S, H].
        bias: float32 attention bias, broadcast to [B, N, S, S].
        dropout_seed: int32 [2], or None for no dropout.
        all_layers: whether to return the outputs of all blocks.
        select: maps [B, S, ...] to [B, Q, ...], the tokens whose final output
            is needed; None for all tokens.
    Output: a list of the L * inner_group_num outputs, float [B, S, H], in
        order, or of the last one only. With `select`, the last is [B, Q, H].
    Source: paper, 3.1; google-research/albert, modeling.py, transformer_model.
    """

    def __init__(self, config, **kwargs):
        # Float inputs keep their dtype: casts are explicit, in `dense`.
        super().__init__(autocast=False, **kwargs)
        self.config = config
        self.execution = execution.Execution()
        self._run = config
        # A flat list, group by group: Keras 3.12 does not save nested lists.
        self.attention_sets = [
            attention.SelfAttention(config, name=name)
            for name in config.set_names("attention")
        ]
        self.ffn_sets = [
            feed_forward.FeedForward(config, name=name)
            for name in config.set_names("ffn")
        ]

    @property
    def num_layers(self) -> int:
        return self._run.num_hidden_layers

    @num_layers.setter
    def num_layers(self, number: int) -> None:
        self._run = dataclasses.replace(self.config, num_hidden_layers=number)

    def build(self, input_shape=None):
        for part in self.attention_sets + self.ffn_sets:
            part.build()

    def call(self, x, bias, dropout_seed=None, all_layers=True, select=None):
        outputs = [x]
        for layers in self._run.shared_runs():
            blocks = self._blocks(layers.start)
            is_last = layers.stop == self.num_layers
            outputs += execution.repeat(
                functools.partial(self._layer, blocks, bias, dropout_seed),
                layers,
                outputs[-1],
                blocks=blocks,
                how=self.execution,
                all_layers=all_layers,
                select=select if is_last else None,
            )
        return outputs[1:] if all_layers else outputs[-1:]

    def attention_weights(self, inputs, bias):
        """The attention of each block: a list of float32 [B, N, S, S].

        Args:
            inputs: the inputs of the blocks, in order, float [B, S, H].
            bias: as in a call.
        """
        attends = [
            attend
            for layer in range(self.num_layers)
            for attend, _ in self._blocks(layer)
        ]
        return [
            attend.probabilities(x, bias)
            for attend, x in zip(attends, inputs, strict=True)
        ]

    def run_layer(self, x, bias, layer):
        """One layer without dropout; `layer`, from 0, may be a tensor."""
        runs = self._run.shared_runs()
        branches = [
            functools.partial(self._layer, self._blocks(run.start), bias, None)
            for run in runs
        ]
        return execution.choose(branches, runs, x, layer)[-1]

    def _blocks(self, layer):
        """The (attention, feed-forward) pairs that a layer applies in order."""
        return self.blocks_of(self._run, layer)

    def blocks_of(self, config, layer):
        """The same for a config that uses these weight sets in another way."""
        parts = {
            part.name: part for part in self.attention_sets + self.ffn_sets
        }
        return [
            (parts[names["attention"]], parts[names["ffn"]])
            for names in config.block_names(layer)
        ]

    def _layer(self, blocks, bias, dropout_seed, x, layer, select=None):
        """The outputs of one layer's blocks; `layer` may be a tensor."""
        outputs = []
        for inner, (attend, ffn) in enumerate(blocks):
            # Site 0 belongs to the embeddings.
            site = 1 + _SITES_PER_BLOCK * (layer * len(blocks) + inner)
            wanted = select if inner == len(blocks) - 1 else None

            def block(x, attend=attend, ffn=ffn, site=site, wanted=wanted):
                x = attend(x, bias, dropout_seed, site=site, select=wanted)
                return ffn(x, dropout_seed, site=site + 2)

            weights = attend.variables + ffn.variables
            x = execution.run_block(block, x, weights, self.execution)
            outputs.append(x)
        return outputs
