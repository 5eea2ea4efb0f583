"""Sizes of published models as fields of AlbertConfig."""

from typing import Any


def _size(
    hidden: int, layers: int, heads: int, dropout: float = 0.0, **others: Any
) -> dict[str, Any]:
    """A row of `SIZES`; the feed-forward size is 4 H in all of them."""
    return {
        "hidden_size": hidden,
        "num_hidden_layers": layers,
        "num_attention_heads": heads,
        "intermediate_size": 4 * hidden,
        "hidden_dropout_prob": dropout,
        "attention_probs_dropout_prob": dropout,
        **others,
    }


def _chinese(
    hidden: int,
    layers: int,
    heads: int,
    act: str = "relu",
    initializer_range: float = 0.02,
) -> dict[str, Any]:
    return _size(
        hidden,
        layers,
        heads,
        vocab_size=21128,
        hidden_act=act,
        initializer_range=initializer_range,
    )


_V2 = {
    "base": _size(768, 12, 12),
    "large": _size(1024, 24, 16),
    # The released xlarge has 16 heads of size 128, not 32 of size 64.
    "xlarge": _size(2048, 24, 16),
    "xxlarge": _size(4096, 12, 64),
}

# The released models, and two small English ones with the sizes of the Chinese
# tiny and small. Version 2 was trained longer and without dropout; names
# without a version mean version 2.
SIZES: dict[str, dict[str, Any]] = {
    **_V2,
    **{f"{name}_v2": size for name, size in _V2.items()},
    "base_v1": _size(768, 12, 12, dropout=0.1),
    "large_v1": _size(1024, 24, 16, dropout=0.1),
    "xlarge_v1": _size(2048, 24, 16, dropout=0.1),
    "xxlarge_v1": _size(4096, 12, 64),
    "tiny": _size(312, 4, 12),
    "small": _size(384, 6, 12),
    "tiny_zh": _chinese(312, 4, 12, act="gelu"),
    "small_zh": _chinese(384, 6, 12, act="gelu"),
    "base_zh": _chinese(768, 12, 12),
    "large_zh": _chinese(1024, 24, 16),
    "xlarge_zh": _chinese(2048, 24, 16, initializer_range=0.014),
    "xxlarge_zh": _chinese(4096, 12, 16, initializer_range=0.01),
}
