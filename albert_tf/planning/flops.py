"""Parameters of an ALBERT and floating-point operations of a training step.

Only matrix products are counted, with 2 operations for a multiplication and its
addition. Elementwise operations (activations, norms, softmax) are left out, as
is usual for model FLOP utilization. Sharing weights between layers saves
parameters but no operations: every layer is computed. In a pretraining step,
the last layer is computed only at the tokens that are scored.

For a compiled step on a TPU (base, 64 rows of 512 tokens with 77 masks) whose
last layer was computed for all tokens, XLA counts 1.8956e13 operations; this
module counts 1.8690e13, 1.4% less.
"""

from typing import Any

from albert_tf import config as config_lib

# For each product of the forward pass, the backward pass has two of the same
# size: one for the gradient of its input, one for that of its weights.
_BACKWARD = 2


def parameters(config: config_lib.AlbertConfig) -> int:
    """Number of weights of an AlbertPretrainer: the encoder and both heads."""
    width, hidden = config.embedding_size, config.hidden_size
    inner = config.intermediate_size
    rows = (
        config.vocab_size
        + config.type_vocab_size
        + config.max_position_embeddings
    )
    attentions, ffns = len(config.sets("attention")), len(config.sets("ffn"))
    norm = 2 * hidden
    heads = config.attention_width
    attention = 3 * _dense(hidden, heads) + _dense(heads, hidden) + norm
    ffn = _dense(hidden, inner) + _dense(inner, hidden) + norm
    projection = _dense(width, hidden) if width != hidden else 0
    masked_lm = _dense(hidden, width) + 2 * width + config.vocab_size
    return (
        rows * width
        + 2 * width
        + projection
        + config.inner_group_num * (attentions * attention + ffns * ffn)
        + _dense(hidden, hidden)
        + masked_lm
        + _dense(hidden, 2)
    )


def encoder_parameters(
    config: config_lib.AlbertConfig, classes: int = 2
) -> int:
    """Number of weights of a task's model: the encoder, and a dense head with
    H inputs and `classes` outputs."""
    width, hidden = config.embedding_size, config.hidden_size
    masked_lm = _dense(hidden, width) + 2 * width + config.vocab_size
    pretraining_heads = masked_lm + _dense(hidden, 2)
    return parameters(config) - pretraining_heads + _dense(hidden, classes)


def forward(
    config: config_lib.AlbertConfig,
    *,
    max_seq_length: int,
    max_predictions_per_seq: int = 0,
) -> float:
    """Operations of a forward pass for one row.

    Args:
        config: the model's sizes.
        max_seq_length: tokens per row, including padding, S.
        max_predictions_per_seq: positions that the masked-LM head scores, M.
    """
    width, hidden = config.embedding_size, config.hidden_size
    projection = width * hidden if width != hidden else 0
    masked_lm = hidden * width + width * config.vocab_size
    rest = 2 * (
        max_seq_length * projection
        + max_predictions_per_seq * masked_lm
        + hidden * hidden  # the pooler
        + hidden * 2  # sentence order
    )
    return float(_blocks(config, max_seq_length) + rest)


def per_step(
    config: config_lib.AlbertConfig,
    *,
    batch_size: int,
    max_seq_length: int,
    max_predictions_per_seq: int,
    recompute: bool = False,
) -> float:
    """Operations of one optimizer step of pretraining, forward and backward,
    over all replicas.

    Args:
        config: the model's sizes.
        batch_size: rows per step, B.
        max_seq_length, max_predictions_per_seq: as in `forward`.
        recompute: whether to count the second forward pass of --recompute.
            Model FLOP utilization leaves it out, since the model does not need
            it.
    """
    once = forward(
        config,
        max_seq_length=max_seq_length,
        max_predictions_per_seq=max_predictions_per_seq,
    )
    spared = unread(config, max_seq_length, max_predictions_per_seq)
    again = recompute * (_blocks(config, max_seq_length) - spared)
    return batch_size * ((1 + _BACKWARD) * (once - spared) + again)


def per_task_step(
    config: config_lib.AlbertConfig,
    *,
    batch_size: int,
    max_seq_length: int,
    reads_tokens: bool,
    recompute: bool = False,
) -> float:
    """Like `per_step`, for fine-tuning; the head itself is not counted.

    Args:
        config, batch_size, max_seq_length, recompute: as in `per_step`.
        reads_tokens: whether the head reads every token, as the heads of tags
            and spans do, and not only the first one.
    """
    once = forward(config, max_seq_length=max_seq_length)
    spared = 0 if reads_tokens else unread(config, max_seq_length, 0)
    again = recompute * (_blocks(config, max_seq_length) - spared)
    return batch_size * ((1 + _BACKWARD) * (once - spared) + again)


def unread(
    config: config_lib.AlbertConfig,
    max_seq_length: int,
    max_predictions_per_seq: int,
) -> float:
    """Forward operations of the last block that are skipped for one row, since
    no head reads their results: everything except keys and values, at tokens
    that are neither masked nor the first."""
    tokens = max(0, max_seq_length - max_predictions_per_seq - 1)
    keys_and_values = 4 * config.hidden_size * config.attention_width
    whole = _block_per_token(config, max_seq_length)
    return float(tokens * (whole - keys_and_values))


def _blocks(config: config_lib.AlbertConfig, max_seq_length: int) -> int:
    """Forward operations of all blocks for one row."""
    depth = config.num_hidden_layers * config.inner_group_num
    return depth * max_seq_length * _block_per_token(config, max_seq_length)


def inference(config: config_lib.AlbertConfig, length: Any, layers: Any) -> Any:
    """Forward operations of a task's model for a text without padding.

    With early exits there is a pooler and a head after each layer; the heads
    are not counted.

    Args:
        config: the model's sizes.
        length: number of tokens; or, for several texts, an array [I].
        layers: number of layers that are run; or an array [I].
    Returns:
        The number of operations, or an array [I] of them.
    """
    width, hidden = config.embedding_size, config.hidden_size
    projection = width * hidden if width != hidden else 0
    block = config.inner_group_num * length * _block_per_token(config, length)
    return 2 * length * projection + layers * (block + 2 * hidden * hidden)


def _block_per_token(
    config: config_lib.AlbertConfig, max_seq_length: Any
) -> Any:
    """Forward operations of a block per token of a row."""
    hidden = config.hidden_size
    heads = config.attention_width
    dense = 4 * hidden * heads + 2 * hidden * config.intermediate_size
    # Queries times keys, and probabilities times values.
    attention = 2 * max_seq_length * heads
    return 2 * (dense + attention)


def _dense(inputs: int, outputs: int) -> int:
    """Number of weights of a dense layer, including its bias."""
    return inputs * outputs + outputs
