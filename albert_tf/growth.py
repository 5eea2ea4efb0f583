"""A larger model that computes what a smaller one does, to train on from there.

Weights are shared over depth, so a model can grow by sharing less of them:

    more groups, or halves of a block that are no longer shared: every new
        weight set is a copy of the one its layers used, so outputs are equal
        to the last bit. Each new set must stand for layers that used one set;
        3 groups of 12 layers cannot grow out of 2.

    more inner groups, or more layers: new blocks that change nothing. Since a
        norm follows each residual, a block with zero outputs is an identity
        only for vectors that are already normalized: LN(g z + b) is not g z +
        b, for normalized z and the gamma g and beta b of the block before. But

            LN[gamma=g, beta=b](z) = g z + b,    LN[gamma=1, beta=0](z) = z

        so the block before gives up its last gamma and beta (they become 1 and
        0), and the last new block takes them over. That is exact except for
        rounding and the norm's epsilon of 1e-12; outputs agree to about 1e-6
        in float32.

        A new block must follow wherever the block before is used. That holds
        for more inner groups. For more layers, which come after the old ones,
        it holds where the last old layer and the new ones have weight sets of
        their own: share_parameters="none", or a group for each layer.
        Otherwise one set would have to be two different ones: we know of no
        exact construction, and raise an error.

The output kernels and biases of a new block are 0. Its other weights (query,
key, value, the inner feed-forward layer) are copies from the block that it
follows, so the output kernels have gradients from the first step.
"""

from collections.abc import Mapping

import numpy as np

from albert_tf import config as config_lib

# Fields that may differ: sizes that grow, and those that do not change the
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
    """Weights of a `new` model that compute what `values` do.

    Args:
        values: all weights of an `old` model, named as by
            `models.named_weights`.
        old, new: configs that differ only in depth and in sharing.
    Returns:
        all weights of a `new` model, by name.
    Raises:
        ValueError: `new` differs in something else, or cannot compute the same.
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
                    "A grown model must be able to compute what the old one "
                    f"does. Received: {_sharing(new)} from {_sharing(old)}, "
                    f"where layers {first} and {layer} would share their "
                    f"{half} but have to differ. More layers need weight sets "
                    "of their own (share_parameters='none'); more groups must "
                    "divide the layers of each old group among themselves."
                )
            grown.update(arrays)
    return grown


def _blocks(values, old, new) -> list[dict[str, Arrays]]:
    """The new model's blocks, in the order in which they are applied.

    Each is {"attention": arrays, "ffn": arrays} by names within a block.
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


def _append_identity(block) -> tuple[dict[str, Arrays], dict[str, Arrays]]:
    """Two blocks that together compute what `block` does."""
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


def _set_name(config, half: str, layer: int, inner: int) -> str:
    """The weight set of a half of a block."""
    return _BLOCKS + config.block_names(layer)[inner][half]


def _arrays(values: Mapping[str, np.ndarray], name: str) -> Arrays:
    return {
        key.removeprefix(name + "/"): value
        for key, value in values.items()
        if key.startswith(name + "/")
    }


def _equal(arrays: Arrays, others: Arrays) -> bool:
    return all(np.array_equal(v, others[name]) for name, v in arrays.items())


def _check_configs(old, new) -> None:
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
            f"by sharing less. Received: {'; '.join(differ)}."
        )


def _sharing(config: config_lib.AlbertConfig) -> str:
    return (
        f"{config.num_hidden_layers} layers in {config.num_hidden_groups} "
        f"groups of {config.inner_group_num} with "
        f"share_parameters={config.share_parameters!r}"
    )
