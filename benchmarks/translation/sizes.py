"""Sizes of MarianMT that has about a given number of parameters."""

# Widths are multiples of it, as processors like them.
_STEP = 16


def marian(parameters: int, vocab_size: int, layers: int) -> dict[str, int]:
    """The model that is nearest to a number of parameters.

    Args:
        parameters: how many it may have, about.
        vocab_size: V, of both sides; their embeddings and the output are tied.
        layers: of the encoder, and of the decoder.
    Returns:
        vocab_size, hidden_size, num_hidden_layers, num_attention_heads,
        intermediate_size, in the names of ALBERT's config.

    >>> marian(7_600_000, 8000, 3)["hidden_size"]
    256
    """
    widths = range(_STEP, 2048, _STEP)
    found = [_sizes(width, vocab_size, layers) for width in widths]
    return min(found, key=lambda sizes: abs(count(sizes) - parameters))


def count(sizes: dict[str, int]) -> int:
    """The trained parameters of such a model; sinusoids are not trained."""
    width, inner = sizes["hidden_size"], sizes["intermediate_size"]
    attention = 4 * (width + 1) * width
    feed_forward = 2 * width * inner + width + inner
    norm = 2 * width
    encoder = attention + feed_forward + 2 * norm
    decoder = 2 * attention + feed_forward + 3 * norm
    layers = sizes["num_hidden_layers"] * (encoder + decoder)
    return sizes["vocab_size"] * width + layers


def _sizes(width: int, vocab_size: int, layers: int) -> dict[str, int]:
    return {
        "vocab_size": vocab_size,
        "hidden_size": width,
        "num_hidden_layers": layers,
        "num_attention_heads": 8 if width >= 256 else 4,
        "intermediate_size": 4 * width,
    }
