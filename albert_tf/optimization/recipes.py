"""Published fine-tuning recipes by task, and rules for other tasks.

Source: google-research/albert, run_glue.sh, and the table of hyperparameters in
the paper's appendix; for RACE with version 2, the repository's README.
"""

import dataclasses
import math
from typing import Any

from albert_tf import config as config_lib
from albert_tf import kinds

_GLUE = "google-research/albert, run_glue.sh"
_PAPER = "Lan et al. 2019, appendix, table of hyperparameters"
_README = "google-research/albert, README, for version 2 of the models"


@dataclasses.dataclass(frozen=True)
class Recipe:
    """Hyperparameters of a fine-tuning run.

    Attributes:
        learning_rate: peak learning rate.
        batch_size: examples in a step.
        num_steps, num_warmup_steps: steps of the run and of its warm-up.
        dropout_prob: dropout rate in the encoder ("ALBERT dropout").
        classifier_dropout_prob: dropout rate before the head.
        max_seq_length: S.
        source: where the numbers come from.
    """

    learning_rate: float
    batch_size: int
    num_steps: int
    num_warmup_steps: int
    dropout_prob: float
    classifier_dropout_prob: float
    max_seq_length: int
    source: str


@dataclasses.dataclass(frozen=True)
class _Published:
    """A row of the published tables; `items` counts training examples."""

    learning_rate: float
    batch_size: int
    num_steps: int
    num_warmup_steps: int
    items: int
    dropout_prob: float = 0.0
    classifier_dropout_prob: float = 0.1
    max_seq_length: int = 512
    source: str = _GLUE


PUBLISHED = {
    "sst-2": _Published(1e-5, 32, 20935, 1256, 67_349),
    "mnli": _Published(3e-5, 128, 10000, 1000, 392_702),
    "cola": _Published(1e-5, 16, 5336, 320, 8_551),
    "qnli": _Published(1e-5, 32, 33112, 1986, 104_743),
    "qqp": _Published(5e-5, 128, 14000, 1000, 363_846, dropout_prob=0.1),
    "rte": _Published(3e-5, 32, 800, 200, 2_490, dropout_prob=0.1),
    "sts-b": _Published(2e-5, 16, 3598, 214, 5_749),
    "mrpc": _Published(2e-5, 32, 800, 200, 3_668),
    "wnli": _Published(
        2e-5, 16, 2000, 250, 635, dropout_prob=0.1, source=_PAPER
    ),
    "squad1": _Published(
        5e-5, 48, 3649, 365, 87_599, max_seq_length=384, source=_PAPER
    ),
    "squad2": _Published(3e-5, 48, 8144, 814, 130_319, source=_PAPER),
    "race": _Published(
        2e-5, 32, 12000, 1000, 87_866, dropout_prob=0.1, source=_PAPER
    ),
}
# Version 2 diverges with the recipe of version 1.
_RACE_V2 = _Published(1e-5, 32, 12000, 1000, 87_866, source=_README)

# Our own settings for other data: (largest hidden size, learning rate). Large
# models fail at rates that small ones need.
_RATES = ((320, 3e-4), (640, 1e-4), (1024, 3e-5), (4096, 1e-5))
_EPOCHS, _WARMUP_SHARE, _BATCH_SIZE = 3, 0.1, 32
# A data set with less than this fraction of the published examples is a part of
# the published data, or other data.
_SAME_SIZE = 0.9


def version_of(config: config_lib.AlbertConfig) -> int:
    """The version of ALBERT, 1 or 2; version 2 has no dropout.

    xxlarge has no dropout in either version. It counts as version 2, whose
    recipe is safer.
    """
    return 1 if config.hidden_dropout_prob > 0 else 2


def described(recipe: Recipe) -> str:
    """Describes the recipe and its source in a line for the log."""
    return (
        f"Recipe: learning rate {recipe.learning_rate:g}, "
        f"{recipe.num_steps:,} steps of {recipe.batch_size}, warm-up over "
        f"{recipe.num_warmup_steps:,}, dropout {recipe.dropout_prob:g} in the "
        f"encoder and {recipe.classifier_dropout_prob:g} before the head, rows "
        f"of at most {recipe.max_seq_length} tokens. Source: {recipe.source}."
    )


def overridden(
    recipe: Recipe,
    num_items: int,
    num_train_epochs: float | None = None,
    **numbers: Any,
) -> Recipe:
    """The recipe with some of its numbers replaced.

    Args:
        recipe: the recipe.
        num_items: number of training examples.
        num_train_epochs: replaces the number of steps.
        **numbers: fields of Recipe; None keeps the recipe's. Warm-up keeps its
            fraction of the steps unless it is given.
    Raises:
        ValueError: warm-up takes all steps, or epochs are not finite.
    """
    given = {
        name: value for name, value in numbers.items() if value is not None
    }
    if num_train_epochs:
        if not math.isfinite(num_train_epochs):
            raise ValueError(
                "--num_train_epochs must be a finite number. Received: "
                f"{num_train_epochs}."
            )
        batch = given.get("batch_size", recipe.batch_size)
        steps = max(1, round(num_train_epochs * num_items / batch))
        given["num_steps"] = steps
    if "num_steps" in given and "num_warmup_steps" not in given:
        share = recipe.num_warmup_steps / recipe.num_steps
        steps = given["num_steps"]
        given["num_warmup_steps"] = min(round(share * steps), steps - 1)
    found = dataclasses.replace(recipe, **given)
    if found.num_warmup_steps >= found.num_steps:
        raise ValueError(
            "Warm-up must end before training does. Received: "
            f"{found.num_warmup_steps} of {found.num_steps} steps. Use fewer "
            "warm-up steps or more training steps."
        )
    changed = [name for name in given if given[name] != getattr(recipe, name)]
    if changed:
        words = ", ".join(changed)
        source = f"{recipe.source}; by flag: {words}"
        found = dataclasses.replace(found, source=source)
    return found


def choose(
    task: str,
    kind: str,
    config: config_lib.AlbertConfig,
    num_items: int,
    *,
    version: int | None = None,
    batch_size: int | None = None,
) -> Recipe:
    """Chooses the recipe for a task and a model.

    Published recipes are for the whole data set. For a part of it, the number
    of epochs and the fraction of warm-up steps stay the same. Models smaller
    than base use a learning rate for their size.

    Args:
        task: name of the task. A user's own task has no published recipe.
        kind: kind of the task.
        config: AlbertConfig of the pretrained model.
        num_items: number of training examples.
        version: 1 or 2. Default: `version_of(config)`.
        batch_size: replaces the recipe's batch size; the number of epochs
            stays the same.
    """
    version = version or version_of(config)
    row = PUBLISHED.get(task)
    if task == "race" and version == 2:
        row = _RACE_V2
    by_size = next(
        (rate for size, rate in _RATES if config.hidden_size <= size), 1e-5
    )
    if row is None:
        batch = batch_size or _BATCH_SIZE
        steps = max(1, round(_EPOCHS * num_items / batch))
        return Recipe(
            by_size,
            batch,
            steps,
            round(_WARMUP_SHARE * steps),
            0.1 if version == 1 else 0.0,
            0.1,
            min(
                kinds.KINDS[kind].max_seq_length,
                config.max_position_embeddings,
            ),
            f"no published recipe: {_EPOCHS} epochs, warm-up over "
            f"{_WARMUP_SHARE:.0%} of them, and the learning rate for a hidden "
            f"size of {config.hidden_size}",
        )
    source = row.source
    batch = batch_size or row.batch_size
    steps, warmup = row.num_steps, row.num_warmup_steps
    if batch != row.batch_size or num_items < _SAME_SIZE * row.items:
        epochs = row.num_steps * row.batch_size / row.items
        steps = max(1, round(epochs * num_items / batch))
        warmup = round(steps * row.num_warmup_steps / row.num_steps)
        source += (
            f"; {row.num_steps:,} steps of {row.batch_size} for {row.items:,} "
            f"examples are {epochs:.1f} epochs, applied here to {num_items:,} "
            f"examples in batches of {batch}"
        )
    rate = row.learning_rate
    if config.hidden_size < 768:
        rate = by_size
        source += (
            f"; the learning rate is that for a hidden size of "
            f"{config.hidden_size}, below ALBERT base"
        )
    return Recipe(
        rate,
        batch,
        steps,
        min(warmup, steps - 1),
        row.dropout_prob,
        row.classifier_dropout_prob,
        min(row.max_seq_length, config.max_position_embeddings),
        source,
    )
