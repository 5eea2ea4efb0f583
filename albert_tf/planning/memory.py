"""Memory of a training step on one replica, from what its code keeps.

Numbers only. A block keeps for its backward pass, for each token, so many
vectors of H, I and N x S numbers. TensorFlow's executor keeps every tensor
that a gradient reads; XLA (TPU, --jit_compile) keeps few and computes what is
cheap again, unless the depth is a loop, which stores what TensorFlow's does.

The vectors are read off the code; what is there for a moment only is fitted to
the measurements that the outcome is compared with:

* executor, float32 on CPU, `python -m benchmarks.execution --compiled=false`,
  base at 4 to 12 layers with 8 rows of 128 tokens and 4 of 512, --model=tiny
  with 64 of 128, without and with --dropout=0.1: within 16% of 24 peaks of 0.5
  to 3 GB. Nothing was fitted to large, 3 layers, 4 rows of 256: within 14%;
* XLA for TPU v5e, arguments and temporary memory as `python -m
  tools.tpu_compile_check` tells them, base at 6 layers with 8 rows of 512
  tokens in 16 ways (unrolled or loop, --recompute, both precisions, dropout 0
  and 0.1), 12 layers with 16 and 32 rows, and 64 for v6e: within 13% of 19
  programs of 0.36 to 16 GB, and 17% below the 20th, unrolled bfloat16 with
  --recompute and dropout (0.69 GB). Close to a device's limit XLA takes
  measures of its own: 64 rows of base fit into the 15.75 GB of a v5e, where
  this says 15.9. Nothing was fitted to large, 3 layers: 1% over. Elsewhere XLA
  may take more: dropout lowered with the kernels for CPU took up to twice that.
"""

import dataclasses

from albert_tf import config as config_lib
from albert_tf.planning import flops

_FLOAT32 = 4
# Of each weight: the two moments of LAMB and AdamW.
_SLOTS = 2
# What TensorFlow's executor takes for a step's program and threads.
_EXECUTOR = 200e6


@dataclasses.dataclass(frozen=True, kw_only=True)
class Memory:
    """Bytes on one replica at the worst moment of a step.

    weights: float32, whatever the precision of products.
    slots: the optimizer's moments.
    gradients: of the weights, and what the update needs beside them.
    activations: what the blocks keep for the backward pass.
    working: what is there while one block or the masked-LM head is worked on.
    """

    weights: float
    slots: float
    gradients: float
    activations: float
    working: float

    @property
    def total(self) -> float:
        return sum(dataclasses.astuple(self))


@dataclasses.dataclass(frozen=True, kw_only=True)
class Way:
    """How a step is run: --precision, --depth, --recompute, compiled or not."""

    bfloat16: bool = False
    depth: str = "unrolled"
    recompute: bool = False
    compiled: bool = False

    @property
    def item(self) -> int:
        """Bytes of a number that a product takes."""
        return 2 if self.bfloat16 else _FLOAT32


def of_step(
    config: config_lib.AlbertConfig,
    *,
    rows: int,
    max_seq_length: int,
    max_predictions_per_seq: int,
    way: Way,
    parameters: int | None = None,
) -> Memory:
    """Memory of a step.

    Args:
        config: of the model.
        rows: worked on at once: of a replica, of one of --accumulate_steps.
        max_seq_length: tokens of a row, S.
        max_predictions_per_seq: slots that the masked-LM head scores, M.
        way: how the step is run.
        parameters: of the model; left out, those of pretraining.
    """
    weights = _FLOAT32 * (parameters or flops.parameters(config))
    blocks = config.num_hidden_layers * config.inner_group_num
    tokens = rows * max_seq_length
    block = tokens * _kept(config, max_seq_length, way)
    block += _kept_weights(config, way)
    inputs = blocks * tokens * config.hidden_size * way.item
    logits = _FLOAT32 * rows * max_predictions_per_seq * config.vocab_size
    products = _FLOAT32 * _products(config)
    activations: float
    working: float
    if way.compiled:
        gradients: float = weights
        activations = (blocks - 1) * block
        if way.recompute:
            activations = inputs
        working = max(block, logits)
        if way.recompute:
            working += tokens * _drawing(config, max_seq_length)
    else:
        gradients = 2 * weights + _EXECUTOR
        activations = blocks * block
        working = max(block / 2, 3 * logits)
        if way.recompute:
            # The block that is computed again is there when the scores of the
            # masked-LM head are gone.
            activations = inputs + block
            working = max(block / 2, 3 * logits - block)
        if way.depth == "unrolled":
            # Each layer's gradient of shared weights waits for the others,
            # with that of the joined query, key and value weights.
            waiting = (blocks - 1) * (products + _joined(config))
            activations = max(activations, block + waiting)
    return Memory(
        weights=weights,
        slots=_SLOTS * weights,
        gradients=gradients,
        activations=activations,
        working=working,
    )


def _kept(config, length: int, way: Way) -> int:
    """Bytes that a block keeps for a token."""
    loop = way.depth == "loop" and not way.recompute
    if way.compiled and not loop:
        return _kept_by_xla(config, length, way)
    item = way.item
    hidden_drop = config.hidden_dropout_prob > 0
    drop = config.attention_probs_dropout_prob > 0
    # x and the feed-forward part's input; of both norms the input and the
    # scale, in float32; of dropouts a mask.
    hidden = 2 * item + 4 * _FLOAT32 + 2 * hidden_drop
    # Softmax; its copy for the product, cast or with entries dropped.
    probabilities = _FLOAT32 + drop
    if way.bfloat16 or drop:
        probabilities += item
    gelu = config.hidden_act.startswith("gelu")
    inner = item * (5 if gelu else 1)
    if loop and not way.compiled:
        # A loop also keeps what only constants' gradients would read.
        probabilities += _FLOAT32
        inner += 2 * item * gelu
    if loop and way.compiled:
        # A mask is read off what it dropped.
        probabilities = _FLOAT32 + item * (way.bfloat16 + drop)
    return _vectors(config, length, item, hidden, inner, probabilities)


def _kept_by_xla(config, length: int, way: Way) -> int:
    """As `_kept`, of layers one after the other in one compiled program."""
    # As above, and both norms' inputs in place of what norms keep; of GELU its
    # input; of float32 dropout what softmax keeps anyway.
    hidden = 4 * way.item + 2 * (config.hidden_dropout_prob > 0)
    probabilities = _FLOAT32
    if config.attention_probs_dropout_prob > 0 and way.bfloat16:
        probabilities += way.item
    return _vectors(config, length, way.item, hidden, way.item, probabilities)


def _drawing(config, length: int) -> int:
    """Bytes for a token while XLA draws a block's masks again: 6 a number."""
    if config.attention_probs_dropout_prob == 0:
        return 0
    return 6 * config.num_attention_heads * length


def _kept_weights(config, way: Way) -> int:
    """Bytes of a block's weights, joined or cast, that wait with it."""
    if way.compiled and (way.depth == "unrolled" or way.recompute):
        return 0
    if way.bfloat16 or way.compiled:
        return way.item * _products(config)
    return _joined(config)


def _joined(config) -> int:
    """Bytes of query, key and value weights side by side, for one product."""
    return 3 * config.hidden_size * config.attention_width * _FLOAT32


def _products(config) -> int:
    """Weights of a block's products."""
    hidden, inner = config.hidden_size, config.intermediate_size
    return 4 * hidden * config.attention_width + 2 * hidden * inner


def _vectors(config, length, item, hidden, inner, probabilities) -> int:
    """Bytes for a token of so many for each number of H, I and N x S, and of
    query, key, value and context, N D of `item` each."""
    return (
        config.hidden_size * hidden
        + config.attention_width * 4 * item
        + config.intermediate_size * inner
        + config.num_attention_heads * length * probabilities
    )
