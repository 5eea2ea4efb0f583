"""Checks the steps, batch size, learning rate and masks of a pretraining."""

from albert_tf.doctor import findings
from albert_tf.optimization import batch_scaling

# A learning rate further from LAMB's recipe than this factor gets a warning.
_RATE_FACTOR = 3
# BERT's million steps were about 40 epochs of its text (Devlin et al., A.2).
_MOST_EPOCHS = 40
_LONGEST_WARMUP = 1 / 3


def check_rate(
    found: findings.Findings,
    *,
    optimizer: str,
    learning_rate: float,
    num_warmup_steps: int,
    num_train_steps: int,
    train_batch_size: int,
) -> None:
    """Compares learning rate and warm-up with LAMB's recipe for the batch
    size."""
    share = num_warmup_steps / num_train_steps
    if share > _LONGEST_WARMUP:
        found.warning(
            "--num_warmup_steps",
            f"{share:.0%} of the steps are warm-up ({num_warmup_steps:,} of "
            f"{num_train_steps:,}). The longest warm-up in LAMB's recipes is a "
            "fifth of the steps. Lower it, or raise --num_train_steps.",
        )
    elif num_warmup_steps == 0:
        found.warning(
            "--num_warmup_steps",
            "There is no warm-up, and without bias correction the first "
            "updates are about three times too large. ALBERT's warm-up was "
            "1/40 of the steps.",
        )
    else:
        found.fine(
            "--num_warmup_steps",
            f"Warm-up over {num_warmup_steps:,} of {num_train_steps:,} steps.",
        )
    if optimizer != "lamb":
        found.fine(
            "--learning_rate",
            f"{learning_rate:g}; there is a recipe to compare it with only for "
            "LAMB.",
        )
        return
    rule = batch_scaling.scaled(train_batch_size, num_train_steps)
    factor = learning_rate / rule.learning_rate
    if 1 / _RATE_FACTOR <= factor <= _RATE_FACTOR:
        found.fine(
            "--learning_rate",
            f"{learning_rate:.3g}; LAMB's recipe for a batch of "
            f"{train_batch_size:,} and {num_train_steps:,} steps is "
            f"{rule.learning_rate:.3g}.",
        )
        return
    known = ""
    smallest = batch_scaling.SMALLEST_KNOWN
    if not smallest <= train_batch_size <= batch_scaling.LARGEST_KNOWN:
        known = (
            f" (untested below {smallest:,} and above "
            f"{batch_scaling.LARGEST_KNOWN:,})"
        )
    found.warning(
        "--learning_rate",
        f"{learning_rate:.3g} is {factor:.2g} times LAMB's recipe for a batch "
        f"of {train_batch_size:,}, {rule.learning_rate:.3g}{known}. Leave "
        "--learning_rate out to use the recipe's.",
    )


def check_amount(
    found: findings.Findings,
    *,
    rows: int,
    train_batch_size: int,
    num_train_steps: int,
) -> None:
    """Checks how often each record will be seen.

    Args:
        found: collects the findings.
        rows: number of rows per epoch: records, or packed rows.
        train_batch_size, num_train_steps: the values of these flags.
    """
    epochs = num_train_steps * train_batch_size / rows
    seen = f"{rows:,} rows, each seen {epochs:,.3g} times"
    if rows < train_batch_size:
        found.warning(
            "--train_batch_size",
            f"A batch of {train_batch_size:,} is larger than the data, which "
            f"has {rows:,} rows, so a batch contains rows more than once. "
            "Build more records, or lower the batch size.",
        )
    elif epochs > _MOST_EPOCHS:
        found.warning(
            "--num_train_steps",
            f"{seen}. More than {_MOST_EPOCHS} times helps little. Build "
            "records from more text, or train for fewer steps.",
        )
    else:
        found.fine("--num_train_steps", f"{seen}.")


def check_masks(
    found: findings.Findings,
    *,
    max_seq_length: int,
    max_predictions_per_seq: int,
    masked_lm_prob: float,
) -> None:
    """Checks that --max_predictions_per_seq allows as many masks as
    --masked_lm_prob asks for."""
    if not 0 < masked_lm_prob <= 1:
        found.error(
            "--masked_lm_prob",
            "--masked_lm_prob must be above 0 and at most 1. Received: "
            f"{masked_lm_prob}.",
        )
        return
    wanted = round(masked_lm_prob * max_seq_length)
    if wanted > max_predictions_per_seq:
        found.warning(
            "--max_predictions_per_seq",
            f"{masked_lm_prob:.0%} of {max_seq_length} tokens are {wanted} "
            f"masks, but a full row gets only {max_predictions_per_seq}. Raise "
            f"it to {wanted}, unless this is intended.",
        )
    else:
        found.fine(
            "--max_predictions_per_seq",
            f"{max_predictions_per_seq} slots for the {wanted} masks of a full "
            "row.",
        )
