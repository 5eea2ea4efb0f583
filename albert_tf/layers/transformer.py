"""The stack: few weight sets, run over and over through the depth."""

import keras

from albert_tf.layers import attention
from albert_tf.layers import feed_forward

# Dropouts inside one block: attention probabilities and the two residuals.
_SITES_PER_BLOCK = 3


class Transformer(keras.layers.Layer):
    """L layers of `inner_group_num` blocks, sharing weights over depth.

    With `share_parameters="all"` there are `num_hidden_groups` weight sets for
    both halves of a block; a half that is not shared has one set per layer.

    Args:
        config: AlbertConfig.
    Inputs:
        x: float [B, S, H].
        bias: float32 attention bias, broadcast to [B, N, S, S].
        dropout_seed: int32 [2], or None for no dropout.
    Output: list of L * inner_group_num float [B, S, H], the last one last.
    Source: paper, 3.1; google-research/albert, modeling.py, transformer_model.
    """

    def __init__(self, config, **kwargs):
        # Float inputs keep their dtype: casts are explicit, in `dense`.
        super().__init__(autocast=False, **kwargs)
        self.config = config
        share = config.share_parameters
        self.attention_sets = self._weight_sets(
            attention.SelfAttention, "attention", share in ("all", "attention")
        )
        self.ffn_sets = self._weight_sets(
            feed_forward.FeedForward, "ffn", share in ("all", "ffn")
        )

    def _weight_sets(self, layer, name, shared):
        """Group after group; Keras 3.12 does not save lists inside lists."""
        config = self.config
        count = config.num_hidden_groups if shared else config.num_hidden_layers
        return [
            layer(config, name=f"group_{group}_inner_{inner}_{name}")
            for group in range(count)
            for inner in range(config.inner_group_num)
        ]

    def _weight_set(self, sets, layer, inner):
        """The one that block `inner` of this layer uses."""
        groups = len(sets) // self.config.inner_group_num
        # Integers: the original's int(layer / L * G) picks the wrong group in
        # some cases, first at L = G = 22.
        group = layer * groups // self.config.num_hidden_layers
        return sets[group * self.config.inner_group_num + inner]

    def build(self, input_shape=None):
        for layer in self.attention_sets + self.ffn_sets:
            layer.build()

    def call(self, x, bias, dropout_seed=None):
        outputs = []
        for layer in range(self.config.num_hidden_layers):
            for inner in range(self.config.inner_group_num):
                attend = self._weight_set(self.attention_sets, layer, inner)
                ffn = self._weight_set(self.ffn_sets, layer, inner)
                # Site 0 belongs to the embeddings.
                site = 1 + _SITES_PER_BLOCK * len(outputs)
                x = attend(x, bias, dropout_seed=dropout_seed, site=site)
                x = ffn(x, dropout_seed=dropout_seed, site=site + 2)
                outputs.append(x)
        return outputs
