"""Freezing of weights, and layer-wise decay of the learning rate."""

import re
from collections.abc import Iterable

from albert_tf import config as config_lib

_PARTS = {
    "embeddings": r"encoder/embedding",
    "block": r"encoder/transformer/",
    "pooler": r"encoder/pooler/",
}
_SET = re.compile(r"encoder/transformer/group_(\d+)_inner_\d+_(attention|ffn)/")


def trained(names: Iterable[str], freeze: Iterable[str]) -> list[str]:
    """The names of the weights that are not frozen.

    Args:
        names: names of all weights.
        freeze: parts of the model: embeddings (with their projection), block
            (all of its weight sets), pooler, or a single group, such as
            group_0.
    Raises:
        ValueError: the model has no such part.
    """
    names = list(names)
    kept = names
    for part in freeze:
        pattern = _PARTS.get(part, f"encoder/transformer/{part}_inner_")
        if not any(re.match(pattern, name) for name in names):
            raise ValueError(
                f"--freeze must list only {', '.join(_PARTS)}, and groups of "
                f"the model such as group_0. Received: {part!r}."
            )
        kept = [name for name in kept if not re.match(pattern, name)]
    return kept


def rate_multipliers(
    names: Iterable[str], config: config_lib.AlbertConfig, decay: float
) -> dict[str, float]:
    """The factor of each weight's learning rate.

    It is 1 for heads and pooler, `decay` for the last layer, its square for the
    layer before, and so on; for embeddings it is one power more than for the
    first layer. Weights that several layers share get the mean of these layers.

        decay = 0.5, two layers
            shared       block (0.5 + 0.25) / 2, embeddings 0.125
            not shared   0.25 and 0.5,           embeddings 0.125

    Args:
        names: names of weights.
        config: the model's sizes.
        decay: factor from layer to layer, from 0 to 1.
    Returns:
        The factors by name.
    Source: Clark et al. 2020, "ELECTRA", for layers that are not shared.
    """
    depth = config.num_hidden_layers
    return {name: _multiplier(name, config, depth, decay) for name in names}


def _multiplier(
    name: str, config: config_lib.AlbertConfig, depth: int, decay: float
) -> float:
    if name.startswith("encoder/embedding"):
        return decay ** (depth + 1)
    found = _SET.match(name)
    if not found:
        return 1.0
    group, half = int(found[1]), found[2]
    powers = [
        decay ** (depth - layer) for layer in config.layers_of(half, group)
    ]
    return sum(powers) / len(powers)
