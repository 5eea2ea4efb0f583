"""Memory of a training step on one replica, estimated from its code.

For its backward pass, a block keeps a number of vectors per token, of sizes H,
I and N x S. TensorFlow's executor keeps every tensor that a gradient reads. XLA
(TPU, --jit_compile) keeps few and recomputes the cheap ones, unless the layers
run in a loop, which stores the same tensors as TensorFlow's executor.

The number of vectors follows from the code. Short-lived memory is fitted to
these measurements:

* executor, float32 on CPU, `python -m benchmarks.execution --compiled=false`,
  base with 4 to 12 layers and 8 rows of 128 tokens or 4 of 512, --model=tiny
  with 64 rows of 128, without dropout and with --dropout=0.1: within 16% of 24
  peaks of 0.5 to 3 GB. Not used for fitting: large with 3 layers, 4 rows of
  256: within 14%;
* XLA for TPU v5e, arguments and temporary memory as reported by `python -m
  tools.tpu_compile_check`, base with 6 layers and 8 rows of 512 tokens in 16
  configurations (unrolled or loop, --recompute, both precisions, dropout 0 and
  0.1), with 12 layers and 16 or 32 rows, and with 64 rows for v6e: within 13%
  of 19 programs of 0.36 to 16 GB, and 17% below the 20th, unrolled bfloat16
  with --recompute and dropout (0.69 GB). Close to a device's limit, XLA saves
  memory on its own: 64 rows of base fit into the 15.75 GB of a v5e, and the
  estimate is 15.9. Not used for fitting: large with 3 layers: 1% over. On other
  devices, XLA may take more: with dropout, its CPU kernels took up to twice the
  estimate.
"""

import dataclasses

from albert_tf import config as config_lib
from albert_tf.planning import flops

_FLOAT32 = 4
# Moments per weight that LAMB and AdamW keep.
_SLOTS = 2
# Bytes that TensorFlow's executor takes for a step's program and its threads.
_EXECUTOR = 200e6


@dataclasses.dataclass(frozen=True, kw_only=True)
class Memory:
    """Bytes on one replica at the peak of a step.

    Attributes:
        weights: float32 weights, whatever the precision of matrix products.
        slots: the optimizer's moments.
        gradients: gradients, and temporary memory of the update.
        activations: tensors that the blocks keep for the backward pass.
        working: temporary memory of one block or of the masked-LM head.
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
class ExecutionMode:
    """How a step is executed: precision, depth, recomputation, compilation."""

    bfloat16: bool = False
    depth: str = "unrolled"
    recompute: bool = False
    compiled: bool = False

    @property
    def item(self) -> int:
        """Bytes of a number in a matrix product."""
        return 2 if self.bfloat16 else _FLOAT32


def of_step(
    config: config_lib.AlbertConfig,
    *,
    rows: int,
    max_seq_length: int,
    max_predictions_per_seq: int,
    mode: ExecutionMode,
    parameters: int | None = None,
) -> Memory:
    """Estimates the memory of a training step on one replica.

    Args:
        config: the model's sizes.
        rows: rows that a replica computes at once: those of one of
            --accumulate_steps.
        max_seq_length: tokens per row, S.
        max_predictions_per_seq: positions that the masked-LM head scores, M.
        mode: how the step is executed.
        parameters: the model's number of weights; if left out, that of a model
            for pretraining.
    """
    weights = _FLOAT32 * (parameters or flops.parameters(config))
    blocks = config.num_hidden_layers * config.inner_group_num
    tokens = rows * max_seq_length
    block = tokens * _kept(config, max_seq_length, mode)
    block += _kept_weights(config, mode)
    inputs = blocks * tokens * config.hidden_size * mode.item
    logits = _FLOAT32 * rows * max_predictions_per_seq * config.vocab_size
    products = _FLOAT32 * _products(config)
    activations: float
    working: float
    if mode.compiled:
        gradients: float = weights
        activations = (blocks - 1) * block
        if mode.recompute:
            activations = inputs
        working = max(block, logits)
        if mode.recompute:
            working += tokens * _drawing(config, max_seq_length)
    else:
        gradients = 2 * weights + _EXECUTOR
        activations = blocks * block
        working = max(block / 2, 3 * logits)
        if mode.recompute:
            # A block is recomputed after the scores of the masked-LM head have
            # been freed.
            activations = inputs + block
            working = max(block / 2, 3 * logits - block)
        if mode.depth == "unrolled":
            # The gradients of shared weights are kept for each layer until
            # they are added up, as are those of the joined query, key and value
            # weights.
            waiting = (blocks - 1) * (products + _joined(config))
            activations = max(activations, block + waiting)
    return Memory(
        weights=weights,
        slots=_SLOTS * weights,
        gradients=gradients,
        activations=activations,
        working=working,
    )


def _kept(
    config: config_lib.AlbertConfig, length: int, mode: ExecutionMode
) -> int:
    """Bytes per token that a block keeps for its backward pass."""
    loop = mode.depth == "loop" and not mode.recompute
    if mode.compiled and not loop:
        return _kept_by_xla(config, length, mode)
    item = mode.item
    hidden_drop = config.hidden_dropout_prob > 0
    drop = config.attention_probs_dropout_prob > 0
    # The inputs of both halves; the inputs and scales of both norms, in
    # float32; the masks of dropout.
    hidden = 2 * item + 4 * _FLOAT32 + 2 * hidden_drop
    # Softmax, and its copy for the product, cast or with dropout.
    probabilities = _FLOAT32 + drop
    if mode.bfloat16 or drop:
        probabilities += item
    gelu = config.hidden_act.startswith("gelu")
    inner = item * (5 if gelu else 1)
    if loop and not mode.compiled:
        # A loop also keeps tensors that only gradients of constants would read.
        probabilities += _FLOAT32
        inner += 2 * item * gelu
    if loop and mode.compiled:
        # The mask is derived from the dropped values.
        probabilities = _FLOAT32 + item * (mode.bfloat16 + drop)
    return _vectors(config, length, item, hidden, inner, probabilities)


def _kept_by_xla(
    config: config_lib.AlbertConfig, length: int, mode: ExecutionMode
) -> int:
    """Like `_kept`, for unrolled layers in a compiled program."""
    # Of the norms and of GELU, only the inputs are kept. Dropout in float32
    # needs no more than softmax keeps.
    hidden = 4 * mode.item + 2 * (config.hidden_dropout_prob > 0)
    probabilities = _FLOAT32
    if config.attention_probs_dropout_prob > 0 and mode.bfloat16:
        probabilities += mode.item
    return _vectors(config, length, mode.item, hidden, mode.item, probabilities)


def _drawing(config: config_lib.AlbertConfig, length: int) -> int:
    """Bytes per token while XLA redraws a block's dropout masks: 6 per
    attention score."""
    if config.attention_probs_dropout_prob == 0:
        return 0
    return 6 * config.num_attention_heads * length


def _kept_weights(config: config_lib.AlbertConfig, mode: ExecutionMode) -> int:
    """Bytes of a block's joined or cast weights, kept for its backward pass."""
    if mode.compiled and (mode.depth == "unrolled" or mode.recompute):
        return 0
    if mode.bfloat16 or mode.compiled:
        return mode.item * _products(config)
    return _joined(config)


def _joined(config: config_lib.AlbertConfig) -> int:
    """Bytes of query, key and value weights, joined for one product."""
    return 3 * config.hidden_size * config.attention_width * _FLOAT32


def _products(config: config_lib.AlbertConfig) -> int:
    """Number of weights in a block's matrix products."""
    hidden, inner = config.hidden_size, config.intermediate_size
    return 4 * hidden * config.attention_width + 2 * hidden * inner


def _vectors(
    config: config_lib.AlbertConfig,
    length: int,
    item: int,
    hidden: int,
    inner: int,
    probabilities: int,
) -> int:
    """Bytes per token of all vectors that a block keeps.

    Args:
        config: the model's sizes.
        length: tokens per row, S.
        item: bytes of a number in query, key, value and context, of size N x D.
        hidden: total bytes per element of vectors of size H.
        inner: total bytes per element of vectors of size I.
        probabilities: total bytes per element of vectors of size N x S.
    """
    return (
        config.hidden_size * hidden
        + config.attention_width * 4 * item
        + config.intermediate_size * inner
        + config.num_attention_heads * length * probabilities
    )
