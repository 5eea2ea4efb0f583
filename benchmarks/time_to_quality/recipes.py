"""Recipes of pretraining to compare, as flags of albert-tf pretrain."""

import shlex
from typing import NamedTuple

GOOGLE, PEER = "google", "transformers"

# {layers} and {length} stand for those of the model and of its rows. A recipe
# with --learning_rate keeps it; for others, the best of --rates is searched.
TABLE = {
    # LAMB as published, with Google's masks; rows padded, depth and length
    # fixed.
    GOOGLE: "--masking=google",
    "pack": "--pack",
    "correction": "--pack --bias_correction",
    "short": (
        "--pack --bias_correction --sequence_schedule=32:0.6,{length}:0.4"
    ),
    "depth": (
        "--pack --bias_correction --depth_schedule=1:0.4,2:0.3,{layers}:0.3"
    ),
    "both": (
        "--pack --bias_correction --sequence_schedule=32:0.6,{length}:0.4 "
        "--depth_schedule=1:0.4,2:0.3,{layers}:0.3"
    ),
    "dense": "--pack --bias_correction --max_predictions_per_seq=38 "
    "--masked_lm_prob=0.3",
}


class Recipe(NamedTuple):
    """A recipe: its name, and its flags by name."""

    name: str
    flags: dict[str, str]


def read(text: str, layers: int, length: int) -> Recipe:
    """Reads an element of --recipes: a name of the table, or NAME=FLAGS.

    Args:
        text: for example "pack", or "mine=--pack --bias_correction".
        layers, length: the model's number of layers, and its row length.
    Raises:
        ValueError: the name is unknown, or a flag is not --name or
            --name=value.

    >>> read("mine=--pack --ngram=1", 4, 128).flags
    {'pack': 'true', 'ngram': '1'}
    """
    name, _, words = text.partition("=")
    if name == PEER:
        return Recipe(name, {})
    words = words or TABLE.get(name, "")
    if not words:
        raise ValueError(
            f"A recipe must be one of {', '.join(TABLE)}, or NAME=FLAGS. "
            f"Received: {text!r}."
        )
    words = words.replace("{layers}", str(layers))
    flags = {}
    for word in shlex.split(words.replace("{length}", str(length))):
        flag, _, value = word.partition("=")
        if not flag.startswith("--"):
            raise ValueError(
                "The flags of a recipe must be of the form --name or "
                f"--name=value. Received: {word!r} in {text!r}."
            )
        flags[flag.removeprefix("--")] = value or "true"
    return Recipe(name, flags)


def lengths(recipe: Recipe, length: int) -> list[int]:
    """The row lengths of a recipe, which need records of their own."""
    schedule = recipe.flags.get("sequence_schedule")
    if schedule is None:
        return [length]
    return [int(pair.split(":")[0]) for pair in schedule.split(",")]
