"""The decoder: blocks as in the encoder, with attention to the source."""

import dataclasses

import keras
import tensorflow as tf

from albert_tf import config as config_lib
from albert_tf.layers import attention
from albert_tf.layers import common
from albert_tf.layers import heads
from albert_tf.layers import transformer

SHARING = ("all", "block", "none")
# Dropouts in a block: two of each attention, one of the feed-forward network.
_SITES_PER_BLOCK = 5


class Decoder(keras.layers.Layer):
    """Layers of self-attention, attention to the source, and feed-forward.

    The self-attention sees only the tokens before. Each part has a residual
    connection and a layer norm, as in the encoder.

    Args:
        config: AlbertConfig of the encoder.
        sharing: what the layers are made of: "all", the encoder's own blocks
            and a new attention to the source; "block", new blocks that all
            layers share; "none", new blocks for each layer.
        num_layers: number of layers.
        own_vocab_size: size of a vocabulary of its own; None if it writes
            with the encoder's.
    Attributes:
        layout: AlbertConfig whose sets of weights the layers use.
    Inputs:
        x: float [B, T, H].
        stack: the encoder's Transformer.
        memory: float [B, S, H], the encoder's output.
        bias: float32 attention bias, broadcast to [B, N, T, T].
        memory_bias: float32 attention bias, broadcast to [B, N, T, S].
        dropout_seed: int32 [2], or None for no dropout.
    Output: float [B, T, H].
    Raises:
        ValueError: the encoder has no such layers to share.
    Source: Vaswani et al. 2017, "Attention Is All You Need", 3.1; Rothe et al.
        2020, "Leveraging Pre-trained Checkpoints for Sequence Generation
        Tasks", whose BERTSHARE shares all weights of the encoder.
    """

    def __init__(self, config, sharing, num_layers, own_vocab_size, **kwargs):
        # Float inputs keep their dtype: casts are explicit, in `dense`.
        super().__init__(autocast=False, **kwargs)
        self.config = config
        self.sharing = sharing
        self.layout = layout(config, sharing, num_layers)
        self.own_vocab_size = own_vocab_size
        self.transformer = None
        if sharing != "all":
            self.transformer = transformer.Transformer(
                self.layout, name="transformer"
            )
        self.cross_sets = [
            attention.SelfAttention(config, name=_cross(name))
            for name in self.layout.set_names("attention")
        ]
        vocab_size = own_vocab_size or config.vocab_size
        self.writer = heads.MaskedLMHead(
            dataclasses.replace(config, vocab_size=vocab_size), name="output"
        )

    def build(self, input_shape=None):
        config = self.config
        self.word_embeddings = None
        if self.own_vocab_size:
            self.word_embeddings = self.add_weight(
                name="word_embeddings",
                shape=(self.own_vocab_size, config.embedding_size),
                initializer=common.kernel_initializer(config.initializer_range),
            )
        if self.transformer is not None:
            self.transformer.build()
        for part in (*self.cross_sets, self.writer):
            part.build()

    def call(self, x, stack, memory, bias, memory_bias, dropout_seed=None):
        read = self.read(memory)
        for number, (attend, cross, ffn) in enumerate(self.blocks(stack)):
            site = _SITES_PER_BLOCK * number
            x = attend(x, bias, dropout_seed, site=site)
            (q,) = cross.project(x, cross.joined("query"))
            x = cross.attend(
                x, q, *read[cross.name], memory_bias, dropout_seed, site + 2
            )
            x = ffn(x, dropout_seed, site=site + 4)
        return x

    def cross_attention(self, x, stack, memory, bias, memory_bias):
        """How much each target token attends to each source token.

        Args: as in a call, without dropout.
        Returns:
            float32 [B, blocks, N, T, S].
        """
        read = self.read(memory)
        weights = []
        for attend, cross, ffn in self.blocks(stack):
            x = attend(x, bias)
            (q,) = cross.project(x, cross.joined("query"))
            k, v = read[cross.name]
            weights.append(cross.softmax(q, k, memory_bias))
            x = ffn(cross.attend(x, q, k, v, memory_bias))
        return tf.stack(weights, axis=1)

    def blocks(self, stack):
        """The blocks in order: self-attention, attention to the source, FFN."""
        crosses = {cross.name: cross for cross in self.cross_sets}
        stack = self.transformer or stack
        return [
            (attend, crosses[_cross(attend.name)], ffn)
            for layer in range(self.layout.num_hidden_layers)
            for attend, ffn in stack.blocks_of(self.layout, layer)
        ]

    def read(self, memory) -> dict[str, list[tf.Tensor]]:
        """Keys and values of the source, once for each set of weights."""
        return {
            cross.name: cross.project(memory, cross.joined("key", "value"))
            for cross in self.cross_sets
        }


def layout(
    config: config_lib.AlbertConfig, sharing: str, num_layers: int
) -> config_lib.AlbertConfig:
    """The config whose sets of weights a decoder's layers use.

    Raises:
        ValueError: an unknown way to share, or layers that the encoder lacks.
    """
    if sharing not in SHARING:
        raise ValueError(
            f"decoder_sharing must be one of {', '.join(SHARING)}. "
            f"Received: {sharing!r}."
        )
    if sharing == "none":
        return dataclasses.replace(
            config,
            num_hidden_layers=num_layers,
            num_hidden_groups=1,
            share_parameters="none",
        )
    if sharing == "block":
        return dataclasses.replace(
            config,
            num_hidden_layers=num_layers,
            num_hidden_groups=1,
            share_parameters="all",
        )
    shared = dataclasses.replace(config, num_hidden_layers=num_layers)
    lacking = {
        half: set(shared.sets(half)) - set(config.sets(half))
        for half in config_lib.HALVES
    }
    if any(lacking.values()):
        raise ValueError(
            "A decoder with decoder_sharing='all' must find its layers in the "
            f"encoder. Received: num_decoder_layers={num_layers}, and an "
            f"encoder of {config.num_hidden_layers} layers with "
            f"num_hidden_groups={config.num_hidden_groups} and "
            f"share_parameters={config.share_parameters!r}. Use as many layers "
            "as the encoder has, or decoder_sharing='block'."
        )
    return shared


def _cross(name: str) -> str:
    """The name of the attention to the source beside a self-attention."""
    return name.removesuffix("attention") + "cross_attention"
