"""Compares the settings of a fine-tuning run with the recipe for its task."""

from albert_tf.doctor import findings
from albert_tf.optimization import recipes

# A learning rate further from the recipe than this factor gets a warning.
_RATE_FACTOR = 5
# Published recipes train for 3 to 11 epochs, and for 50 on WNLI.
_MOST_EPOCHS = 50
_LONGEST_WARMUP = 1 / 3


def check(
    found: findings.Findings,
    chosen: recipes.Recipe,
    usual: recipes.Recipe,
    rows: int,
    default_rate: bool,
) -> None:
    """Checks the learning rate, warm-up, steps and batch size of a run.

    Args:
        found: collects the findings.
        chosen: the recipe with the values of flags.
        usual: the recipe without them.
        rows: number of training examples.
        default_rate: whether the learning rate is the recipe's.
    """
    _check_rate(found, chosen, usual, default_rate)
    share = chosen.num_warmup_steps / chosen.num_steps
    steps = f"{chosen.num_warmup_steps:,} of {chosen.num_steps:,} steps"
    if share > _LONGEST_WARMUP:
        found.warning(
            "--warmup_step",
            f"{steps} are warm-up, {share:.0%}. The longest warm-up in the "
            "published recipes is a quarter of the steps. Lower it, or train "
            "for more steps.",
        )
    else:
        found.fine("--warmup_step", f"Warm-up over {steps}.")
    _check_amount(found, chosen, rows)


def _check_rate(
    found: findings.Findings,
    chosen: recipes.Recipe,
    usual: recipes.Recipe,
    default_rate: bool,
) -> None:
    rate, expected = chosen.learning_rate, usual.learning_rate
    if default_rate:
        found.fine("--learning_rate", f"{rate:g}: {usual.source}.")
        return
    said = f"{rate:g}; the recipe's is {expected:g} ({usual.source})"
    if expected / _RATE_FACTOR <= rate <= expected * _RATE_FACTOR:
        found.fine("--learning_rate", f"{said}.")
    elif not rate > 0:
        found.error(
            "--learning_rate",
            f"--learning_rate must be above 0. Received: {rate:g}. Leave it "
            f"out to use {expected:g}.",
        )
    else:
        found.warning(
            "--learning_rate",
            f"{said}, so it is {rate / expected:.2g} times as much. With a "
            "rate that is too high, a model predicts a single class; with one "
            "that is too low, it hardly learns. Leave --learning_rate out to "
            "use the recipe's.",
        )


def _check_amount(
    found: findings.Findings, chosen: recipes.Recipe, rows: int
) -> None:
    epochs = chosen.num_steps * chosen.batch_size / rows
    seen = (
        f"In {chosen.num_steps:,} steps of {chosen.batch_size:,}, each of "
        f"{rows:,} examples is seen {epochs:,.3g} times"
    )
    if rows < chosen.batch_size:
        found.warning(
            "--train_batch_size",
            f"A batch of {chosen.batch_size:,} is larger than the data, which "
            f"has {rows:,} examples, so a batch contains examples more than "
            "once. Lower the batch size.",
        )
    elif epochs > _MOST_EPOCHS:
        found.warning(
            "--train_step",
            f"{seen}, which leads to overfitting. Train for fewer steps.",
        )
    elif epochs < 1:
        found.warning(
            "--train_step",
            f"{seen}, so some are never seen. Train for more steps, or leave "
            "--train_step out.",
        )
    else:
        found.fine("--train_step", f"{seen}.")
