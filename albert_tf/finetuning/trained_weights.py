"""Which weights fine-tuning moves, and how fast: freezing and layer decay."""

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
    """The names that are not frozen.

    Args:
        names: of all weights.
        freeze: embeddings (with their projection), block (all of its weight
            sets), pooler, or group_0, group_1, ... for one set of several.
    Raises:
        ValueError: a name of no part.
    """
    names = list(names)
    kept = names
    for part in freeze:
        pattern = _PARTS.get(part, f"encoder/transformer/{part}_inner_")
        if not any(re.match(pattern, name) for name in names):
            raise ValueError(
                f"--freeze must list only {', '.join(_PARTS)}, or groups of "
                f"the model, as group_0. Received: {part!r}."
            )
        kept = [name for name in kept if not re.match(pattern, name)]
    return kept


def rate_multipliers(
    names: Iterable[str], config: config_lib.AlbertConfig, decay: float
) -> dict[str, float]:
    """What each weight's learning rate is multiplied by.

    1 for heads and pooler, `decay` for the last layer, its square for the one
    before and so on; one power more for embeddings than for the first layer. A
    set of weights that several layers share gets the mean over these layers.

        decay = 0.5, two layers
            shared       block (0.5 + 0.25) / 2, embeddings 0.125
            not shared   0.25 and 0.5,           embeddings 0.125

    Source: Clark et al. 2020, "ELECTRA", for layers that are not shared.
    """
    depth = config.num_hidden_layers
    return {name: _multiplier(name, config, depth, decay) for name in names}


def _multiplier(name, config, depth, decay) -> float:
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
