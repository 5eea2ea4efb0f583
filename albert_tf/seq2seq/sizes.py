"""How many weights an encoder-decoder has, without building it."""

from albert_tf import config as config_lib
from albert_tf.seq2seq import decoder


def parameters(
    config: config_lib.AlbertConfig,
    sharing: str = "all",
    num_decoder_layers: int | None = None,
    target_vocab_size: int | None = None,
) -> int:
    """Number of weights of an AlbertSeq2Seq, of which the pooler is idle.

    Args: as for AlbertSeq2Seq.
    """
    layers = num_decoder_layers or config.num_hidden_layers
    layout = decoder.layout(config, sharing, layers)
    width, hidden = config.embedding_size, config.hidden_size
    rows = (
        config.vocab_size
        + config.type_vocab_size
        + config.max_position_embeddings
    )
    projection = _dense(width, hidden) if width != hidden else 0
    encoder = (
        (rows + 2) * width
        + projection
        + _blocks(config)
        + _dense(hidden, hidden)
    )
    crosses = layout.inner_group_num * len(layout.sets("attention"))
    written = target_vocab_size or config.vocab_size
    return (
        encoder
        + (0 if sharing == "all" else _blocks(layout))
        + crosses * _attention(config)
        + (target_vocab_size or 0) * width
        + _dense(hidden, width)
        + 2 * width
        + written
    )


def _blocks(config: config_lib.AlbertConfig) -> int:
    hidden, inner = config.hidden_size, config.intermediate_size
    ffn = _dense(hidden, inner) + _dense(inner, hidden) + 2 * hidden
    return config.inner_group_num * (
        len(config.sets("attention")) * _attention(config)
        + len(config.sets("ffn")) * ffn
    )


def _attention(config: config_lib.AlbertConfig) -> int:
    hidden, heads = config.hidden_size, config.attention_width
    return 3 * _dense(hidden, heads) + _dense(heads, hidden) + 2 * hidden


def _dense(inputs: int, outputs: int) -> int:
    return inputs * outputs + outputs
