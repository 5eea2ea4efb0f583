"""Judges the settings of fine-tuning beside the recipe for the task."""

from albert_tf.doctor import findings
from albert_tf.optimization import recipes

# A rate so many times off the recipe is rather a slip than a choice.
_RATE_FACTOR = 5
# Published recipes see their data up to 50 times (WNLI), most of them 3 to 11.
_MOST_EPOCHS = 50
_LONGEST_WARMUP = 1 / 3


def check(
    found: findings.Findings,
    chosen: recipes.Recipe,
    usual: recipes.Recipe,
    rows: int,
    default_rate: bool,
) -> None:
    """Learning rate, warm-up, steps and batch of a run.

    Args:
        found: where it goes.
        chosen: what flags make of the recipe.
        usual: the recipe without them.
        rows: examples to train on.
        default_rate: whether no flag says the rate.
    """
    _check_rate(found, chosen, usual, default_rate)
    share = chosen.num_warmup_steps / chosen.num_steps
    steps = f"{chosen.num_warmup_steps:,} of {chosen.num_steps:,} steps"
    if share > _LONGEST_WARMUP:
        found.warning(
            "--warmup_step",
            f"{steps} are warm-up, {share:.0%}. The longest of the published "
            "recipes is a quarter: lower it, or train for longer.",
        )
    else:
        found.fine("--warmup_step", f"{steps}.")
    _check_amount(found, chosen, rows)


def _check_rate(found, chosen, usual, default_rate) -> None:
    rate, expected = chosen.learning_rate, usual.learning_rate
    if default_rate:
        found.fine("--learning_rate", f"{rate:g}: {usual.source}.")
        return
    said = f"{rate:g}, where the recipe has {expected:g} ({usual.source})"
    if expected / _RATE_FACTOR <= rate <= expected * _RATE_FACTOR:
        found.fine("--learning_rate", f"{said}.")
    elif not rate > 0:
        found.error(
            "--learning_rate",
            f"--learning_rate must be above 0. Received: {rate:g}. Leave it "
            f"out to take {expected:g}.",
        )
    else:
        found.warning(
            "--learning_rate",
            f"{said}: {rate / expected:.2g} times as much. Rates that are too "
            "high make a model say one class, too low ones leave it where it "
            "was. Leave it out to take the recipe's.",
        )


def _check_amount(found, chosen, rows) -> None:
    epochs = chosen.num_steps * chosen.batch_size / rows
    seen = (
        f"{chosen.num_steps:,} steps of {chosen.batch_size:,}: each of "
        f"{rows:,} examples is seen {epochs:,.3g} times"
    )
    if rows < chosen.batch_size:
        found.warning(
            "--train_batch_size",
            f"A batch of {chosen.batch_size:,} is more than all {rows:,} "
            "examples: the same example is in a batch more than once. Take a "
            "smaller batch.",
        )
    elif epochs > _MOST_EPOCHS:
        found.warning(
            "--train_step",
            f"{seen}. That learns them by heart: take fewer steps.",
        )
    elif epochs < 1:
        found.warning(
            "--train_step",
            f"{seen}, so some of them never. Take more steps, or leave "
            "--train_step out.",
        )
    else:
        found.fine("--train_step", f"{seen}.")
