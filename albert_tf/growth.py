"""Grows a model to a larger one that computes the same function.

Training can then continue from the larger model.

Weights are shared over depth, so a model can grow by sharing less of them:

    More groups, or halves of a block that are no longer shared: each new weight
        set is a copy of the one that its layers used, so outputs are equal to
        the last bit. All layers of a new set must have used the same old set,
        so 2 groups of 12 layers, for example, cannot become 3.

    More inner groups, or more layers: new blocks are added that change nothing.
        Since a norm follows each residual, a block whose outputs are 0 is an
        identity only for vectors that are already normalized: LN(g z + b) is
        not g z + b, for normalized z and the gamma g and beta b of the previous
        block. But

            LN[gamma=g, beta=b](z) = g z + b,    LN[gamma=1, beta=0](z) = z

        so the last gamma and beta of the previous block become 1 and 0, and the
        last new block gets the old values. This is exact except for rounding
        and the norm's epsilon of 1e-12; outputs agree to about 1e-6 in float32.

        The new block must follow wherever the previous block is used. This is
        so for more inner groups. For more layers, which come after the old
        ones, it is so if the last old layer and the new ones have their own
        weight sets: share_parameters="none", or one group for each layer.
        Otherwise one set would need two different values. We know of no exact
        construction for this, so it is an error.

The output kernels and biases of a new block are 0. Its other weights (query,
key, value, the inner feed-forward layer) are copies from the previous block, so
that the output kernels have gradients from the first step.
"""

from collections.abc import Mapping

import numpy as np

from albert_tf import config as config_lib

# Fields that may differ: those that grow, and those that do not change the
# function.
_MAY_DIFFER = {
    "num_hidden_layers",
    "num_hidden_groups",
    "inner_group_num",
    "share_parameters",
    "hidden_dropout_prob",
    "attention_probs_dropout_prob",
    "initializer_range",
}
_BLOCKS = "encoder/transformer/"

Arrays = dict[str, np.ndarray]


def grow(
    values: Mapping[str, np.ndarray],
    old: config_lib.AlbertConfig,
    new: config_lib.AlbertConfig,
) -> Arrays:
    """Returns weights of a larger model that computes the same function.

    Args:
        values: all weights of the old model, named as in
            `models.named_weights`.
        old, new: configs of both models, which differ only in depth and in
            sharing.
    Returns:
        all weights of the new model, by name.
    Raises:
        ValueError: the configs differ in other fields, or the new model cannot
            compute the same function.
    """
    _check_configs(old, new)
    grown = {k: v for k, v in values.items() if not k.startswith(_BLOCKS)}
    users: dict[str, int] = {}
    for (layer, inner), block in zip(
        _places(new), _blocks(values, old, new), strict=True
    ):
        for half in config_lib.HALVES:
            name = _set_name(new, half, layer, inner)
            arrays = {f"{name}/{k}": v for k, v in block[half].items()}
            first = users.setdefault(name, layer)
            if first != layer and not _equal(arrays, grown):
                raise ValueError(
                    "A larger model must be able to compute the function of "
                    f"the old one. Received: {_sharing(new)} from "
                    f"{_sharing(old)}, where layers {first} and {layer} would "
                    f"share their {half} but need different weights. More "
                    "layers must have their own weights "
                    "(share_parameters='none'); more groups must split the old "
                    "groups."
                )
            grown.update(arrays)
    return grown


def _blocks(
    values: Mapping[str, np.ndarray],
    old: config_lib.AlbertConfig,
    new: config_lib.AlbertConfig,
) -> list[dict[str, Arrays]]:
    """The new model's blocks, in the order in which they are applied.

    Each is {"attention": arrays, "ffn": arrays}, with names within the block.
    """
    blocks: list[dict[str, Arrays]] = []
    for layer, inner in _places(new):
        if layer < old.num_hidden_layers and inner < old.inner_group_num:
            blocks.append(
                {
                    half: _arrays(values, _set_name(old, half, layer, inner))
                    for half in config_lib.HALVES
                }
            )
        else:
            before, added = _append_identity(blocks[-1])
            blocks[-1:] = [before, added]
    return blocks


def _append_identity(
    block: Mapping[str, Arrays],
) -> tuple[dict[str, Arrays], dict[str, Arrays]]:
    """Two blocks that together compute the same function as `block`."""
    ffn, attention = block["ffn"], block["attention"]
    gamma, beta = ffn["layer_norm/gamma"], ffn["layer_norm/beta"]
    plain = {
        "layer_norm/gamma": np.ones_like(gamma),
        "layer_norm/beta": np.zeros_like(beta),
    }
    before = {"attention": attention, "ffn": {**ffn, **plain}}
    added = {
        "attention": {**attention, **plain, **_zero_output(attention)},
        "ffn": {**ffn, **_zero_output(ffn)},
    }
    return before, added


def _zero_output(half: Arrays) -> Arrays:
    return {
        name: np.zeros_like(half[name])
        for name in ("output_kernel", "output_bias")
    }


def _places(config: config_lib.AlbertConfig) -> list[tuple[int, int]]:
    return [
        (layer, inner)
        for layer in range(config.num_hidden_layers)
        for inner in range(config.inner_group_num)
    ]


def _set_name(
    config: config_lib.AlbertConfig, half: str, layer: int, inner: int
) -> str:
    """The name of the weight set for one half of a block."""
    return _BLOCKS + config.block_names(layer)[inner][half]


def _arrays(values: Mapping[str, np.ndarray], name: str) -> Arrays:
    return {
        key.removeprefix(name + "/"): value
        for key, value in values.items()
        if key.startswith(name + "/")
    }


def _equal(arrays: Arrays, others: Arrays) -> bool:
    return all(np.array_equal(v, others[name]) for name, v in arrays.items())


def _check_configs(
    old: config_lib.AlbertConfig, new: config_lib.AlbertConfig
) -> None:
    before, after = old.to_dict(), new.to_dict()
    differ = [
        f"{name}: {before[name]!r} before, {after[name]!r} now"
        for name in before
        if name not in _MAY_DIFFER and before[name] != after[name]
    ]
    for name in ("num_hidden_layers", "inner_group_num"):
        if after[name] < before[name]:
            differ.append(f"{name}: {before[name]} before, {after[name]} now")
    if differ:
        raise ValueError(
            "A model must grow only by more groups, inner groups or layers, or "
            f"by sharing less. Received: {'; '.join(differ)}. Change only "
            "these fields of the config."
        )


def _sharing(config: config_lib.AlbertConfig) -> str:
    return (
        f"{config.num_hidden_layers} layers in {config.num_hidden_groups} "
        f"groups of {config.inner_group_num} with "
        f"share_parameters={config.share_parameters!r}"
    )
