"""Memory of a training step on one replica, from what its code keeps.

Numbers only. A block keeps for its backward pass, for each token, so many
vectors of H, I and N x S numbers; the tables below say which. Where XLA
compiles the step (TPU, --jit_compile) it keeps little and computes the cheap
things between again; TensorFlow's own executor keeps every tensor that a
gradient reads.
"""

import dataclasses

from albert_tf import config as config_lib
from albert_tf.training import flops

_FLOAT32 = 4
# Of each weight: the two moments of LAMB and AdamW.
_SLOTS = 2
# What TensorFlow's executor takes for a step's program and threads.
_EXECUTOR = 100e6


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
) -> Memory:
    """Memory of a step.

    Args:
        config: of the model.
        rows: worked on at once: of a replica, of one of --accumulate_steps.
        max_seq_length: tokens of a row, S.
        max_predictions_per_seq: slots that the masked-LM head scores, M.
        way: how the step is run.
    """
    weights = _FLOAT32 * flops.parameters(config)
    blocks = config.num_hidden_layers * config.inner_group_num
    tokens = rows * max_seq_length
    kept = _compiled if way.compiled else _executed
    block = tokens * kept(config, max_seq_length, way)
    logits = _FLOAT32 * rows * max_predictions_per_seq * config.vocab_size
    inputs = blocks * tokens * config.hidden_size * way.item
    products = _block_products(config)
    if way.compiled:
        gradients = weights
        activations = inputs if way.recompute else (blocks - 1) * block
        working = max(block, 2 * logits)
    else:
        gradients = 2 * weights + _EXECUTOR
        # The three query, key and value products are one, of joined weights.
        joined = 3 * config.hidden_size**2 * _FLOAT32
        block += products * way.item if way.bfloat16 else joined
        activations = inputs + block if way.recompute else blocks * block
        if way.depth == "unrolled":
            # Each layer's gradient of shared weights waits for the others.
            waiting = (blocks - 1) * (products * _FLOAT32 + joined)
            activations = max(activations, block + waiting)
        working = max(block + logits, 3 * logits)
    return Memory(
        weights=weights,
        slots=_SLOTS * weights,
        gradients=gradients,
        activations=activations,
        working=working,
    )


def _executed(config, length: int, way: Way) -> int:
    """Bytes of a block for a token that TensorFlow's executor keeps."""
    item = way.item
    # With recomputation, the backward pass keeps what a layer by itself does.
    loop = way.depth == "loop" and not way.recompute
    hidden_drop = config.hidden_dropout_prob > 0
    drop = config.attention_probs_dropout_prob > 0
    # x, query, key, value, context and the feed-forward part's input; of both
    # norms the input and the scale, in float32; of dropouts a mask.
    hidden = 6 * item + 4 * _FLOAT32 + 2 * hidden_drop
    # What the loop keeps in addition: scores before scaling, steps of GELU.
    probabilities = _FLOAT32 * (1 + loop)
    # Their copy for the product: cast, or with entries dropped.
    if way.bfloat16 or drop:
        probabilities += item
    probabilities += drop
    gelu = config.hidden_act.startswith("gelu")
    inner = item * ((7 if loop else 5) if gelu else 1)
    return _vectors(config, length, hidden, inner, probabilities)


def _compiled(config, length: int, way: Way) -> int:
    """Bytes of a block for a token that XLA keeps (TPU v5e)."""
    item = way.item
    # As above, and both norms' inputs; not the norms' scales.
    hidden = 8 * item + 2 * (config.hidden_dropout_prob > 0)
    inner = item
    probabilities = _FLOAT32
    if config.attention_probs_dropout_prob > 0 and way.bfloat16:
        probabilities += item
    return _vectors(config, length, hidden, inner, probabilities)


def _vectors(config, length, hidden: int, inner: int, probabilities: int):
    return (
        config.hidden_size * hidden
        + config.intermediate_size * inner
        + config.num_attention_heads * length * probabilities
    )


def _block_products(config) -> int:
    """Weights of a block's products."""
    hidden, inner = config.hidden_size, config.intermediate_size
    return 4 * hidden * hidden + 2 * hidden * inner
