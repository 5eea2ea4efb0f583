"""Parameters of an ALBERT and floating-point operations of a training step.

Numbers only. Matrix products are counted, at 2 operations for a multiplication
with its addition; what goes element by element (activations, norms, softmax)
is left out, as is usual where a device's use is told. Sharing weights over
depth saves parameters and no operation: every layer is worked through, the last
one of a pretraining step at the tokens that are scored only.

XLA's own count of a compiled step for TPU, base, 64 rows of 512 tokens with 77
masks, when that still worked the last layer out for all tokens, is 1.8956e13;
this one of such a step is 1.8690e13, 1.4% below.
"""

from albert_tf import config as config_lib

# The backward pass has two products of the same size for each product of the
# forward pass: for the gradient of its input and for that of its weights.
_BACKWARD = 2


def parameters(config: config_lib.AlbertConfig) -> int:
    """Weights of AlbertPretrainer: the encoder and both pretraining heads."""
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
    """Weights of a task's model: the encoder, and one head that reads vectors
    of H and gives `classes` numbers."""
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
    """Operations of one row's way through the model.

    Args:
        config: of the model.
        max_seq_length: tokens of the row, padding included, S.
        max_predictions_per_seq: slots that the masked-LM head scores, M.
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
    """Operations of one optimizer step, forward and backward, all replicas.

    Args:
        config: of the model.
        batch_size: rows of a step, B.
        max_seq_length, max_predictions_per_seq: as of `forward`.
        recompute: whether to count the blocks' second forward pass of
            --recompute. Model FLOP utilisation leaves it out: it is work that
            the model does not need.
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
    """As `per_step`, of fine-tuning; the head itself is left out.

    Args:
        reads_tokens: whether the head reads every token, as those of tags and
            spans do, and not the first one only.
        others: as of `per_step`.
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
    """Operations of the last block, forward, of one row, that no head reads:
    all but keys and values at tokens neither masked nor the first."""
    tokens = max(0, max_seq_length - max_predictions_per_seq - 1)
    keys_and_values = 4 * config.hidden_size * config.attention_width
    whole = _block_per_token(config, max_seq_length)
    return float(tokens * (whole - keys_and_values))


def _blocks(config, max_seq_length: int) -> int:
    """Forward operations of all blocks for one row."""
    depth = config.num_hidden_layers * config.inner_group_num
    return depth * max_seq_length * _block_per_token(config, max_seq_length)


def inference(config: config_lib.AlbertConfig, length, layers):
    """Operations of a text, forward, without padding; of a task's model.

    Args:
        config: of the model.
        length: its tokens.
        layers: how many are run, with a pooler and a head after each of them
            if there is early exit; the head is left out.
        Both may be arrays, of several texts.
    """
    width, hidden = config.embedding_size, config.hidden_size
    projection = width * hidden if width != hidden else 0
    block = config.inner_group_num * length * _block_per_token(config, length)
    return 2 * length * projection + layers * (block + 2 * hidden * hidden)


def _block_per_token(config, max_seq_length):
    """Forward operations of a block for each token of a row."""
    hidden = config.hidden_size
    heads = config.attention_width
    dense = 4 * hidden * heads + 2 * hidden * config.intermediate_size
    # Queries times keys, and probabilities times values.
    attention = 2 * max_seq_length * heads
    return 2 * (dense + attention)


def _dense(inputs: int, outputs: int) -> int:
    """Weights of a dense layer, its bias among them."""
    return inputs * outputs + outputs
