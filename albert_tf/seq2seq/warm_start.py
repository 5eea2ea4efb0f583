"""A decoder that starts from a pretrained encoder."""

from collections.abc import Callable

import numpy as np
from absl import logging

from albert_tf import config as config_lib
from albert_tf import models

_HEAD = "decoder/"
_LISTED = 8


def origins(model) -> dict[str, str]:
    """The weights of a pretrained model that a decoder's weights start from.

    Blocks of the decoder start from the encoder's blocks, those of a decoder
    with another depth from the layers at the same share of the depth; the
    output starts from the masked-LM head. Attention to the source has nothing
    to start from, nor have embeddings of a vocabulary of its own.

    Args:
        model: AlbertSeq2Seq.
    Returns:
        our name of a weight -> our name of the weight that it starts from.
    Source: Rothe et al. 2020, "Leveraging Pre-trained Checkpoints for Sequence
        Generation Tasks", 2.
    """
    sets = _sets(model.head.layout, model.config)
    found = {}
    for name in models.named_weights(model):
        if name.startswith(f"{_HEAD}transformer/"):
            mine, rest = name.split("/", 3)[2:]
            found[name] = f"encoder/transformer/{sets[mine]}/{rest}"
        elif name.startswith(f"{_HEAD}output/"):
            found[name] = "masked_lm/" + name.split("/", 2)[2]
    if model.head.own_vocab_size:
        del found[f"{_HEAD}output/output_bias"]
    return found


def start(
    model, where: str, has: Callable, value: Callable[[str], np.ndarray]
) -> list[str]:
    """Sets the weights of a decoder from a pretrained encoder; says which.

    Args:
        model: AlbertSeq2Seq.
        where: name of the pretrained weights in the log.
        has: maps our name of a weight to its shape, or None if there is none.
        value: maps our name of a weight to its values.
    Returns:
        our names of the decoder's weights that nothing was there for.
    """
    weights, new = models.named_weights(model), []
    sources = origins(model)
    for name, weight in weights.items():
        origin = sources.get(name)
        if origin is not None and has(origin) == tuple(weight.shape):
            weight.assign(value(origin))
        elif name.startswith(_HEAD):
            new.append(name)
    own = "" if model.head.transformer is None else "blocks and "
    logging.info(
        "The decoder takes its %soutput from %s as far as they are there. New, "
        "with initial values: %s.",
        own,
        where,
        ", ".join(_parts(new)) or "nothing",
    )
    return new


def _sets(
    layout: config_lib.AlbertConfig, config: config_lib.AlbertConfig
) -> dict[str, str]:
    """The decoder's sets of weights and the encoder's that they start from."""
    depth = layout.num_hidden_layers
    sets: dict[str, str] = {}
    for layer in range(depth):
        mine = layout.block_names(layer)
        theirs = config.block_names(layer * config.num_hidden_layers // depth)
        for block, origin in zip(mine, theirs, strict=True):
            for half in config_lib.HALVES:
                sets.setdefault(block[half], origin[half])
    return sets


def _parts(names: list[str]) -> list[str]:
    """The layers that weights belong to, in order."""
    parts = list(dict.fromkeys("/".join(n.split("/")[:2]) for n in names))
    more = len(parts) - _LISTED
    return parts[:_LISTED] + ([f"and {more} more"] if more > 0 else [])
