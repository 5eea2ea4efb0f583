"""Judges steps, batch, learning rate and masks, by each other."""

from albert_tf.doctor import findings
from albert_tf.optimization import batch_scaling

# A rate so many times off LAMB's recipe is rather a slip than a choice.
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
    """Learning rate and warm-up beside LAMB's recipe for the batch."""
    share = num_warmup_steps / num_train_steps
    if share > _LONGEST_WARMUP:
        found.warning(
            "--num_warmup_steps",
            f"{share:.0%} of the steps are warm-up ({num_warmup_steps:,} of "
            f"{num_train_steps:,}). The longest in LAMB's recipes is a fifth: "
            "lower it, or raise --num_train_steps.",
        )
    elif num_warmup_steps == 0:
        found.warning(
            "--num_warmup_steps",
            "There is no warm-up. Without bias correction the first updates "
            "are about three times too large. ALBERT's was 1/40 of the steps.",
        )
    else:
        found.fine(
            "--num_warmup_steps",
            f"{num_warmup_steps:,} of {num_train_steps:,} steps.",
        )
    if optimizer != "lamb":
        found.fine(
            "--learning_rate",
            f"{learning_rate:g}; only LAMB has a rule to compare it with.",
        )
        return
    rule = batch_scaling.scaled(train_batch_size, num_train_steps)
    factor = learning_rate / rule.learning_rate
    if 1 / _RATE_FACTOR <= factor <= _RATE_FACTOR:
        found.fine(
            "--learning_rate",
            f"{learning_rate:.3g}, where LAMB's recipe for a batch of "
            f"{train_batch_size:,} and {num_train_steps:,} steps has "
            f"{rule.learning_rate:.3g}.",
        )
        return
    known = ""
    smallest = batch_scaling.SMALLEST_KNOWN
    if not smallest <= train_batch_size <= batch_scaling.LARGEST_KNOWN:
        known = (
            f", though nobody tried that below {smallest:,} or above "
            f"{batch_scaling.LARGEST_KNOWN:,}"
        )
    found.warning(
        "--learning_rate",
        f"{learning_rate:.3g} is {factor:.2g} times LAMB's recipe for a batch "
        f"of {train_batch_size:,}, {rule.learning_rate:.3g}{known}. Leave it "
        "out to take that one.",
    )


def check_amount(
    found: findings.Findings,
    *,
    rows: int,
    train_batch_size: int,
    num_train_steps: int,
) -> None:
    """How often the records will be seen.

    Args:
        found: where it goes.
        rows: that an epoch has: records, or packed rows.
        train_batch_size, num_train_steps: of the flags.
    """
    epochs = num_train_steps * train_batch_size / rows
    seen = f"{rows:,} rows, each seen {epochs:,.3g} times"
    if rows < train_batch_size:
        found.warning(
            "--train_batch_size",
            f"A batch of {train_batch_size:,} is more than all {rows:,} rows: "
            "the same row is in a batch more than once. Make more records, or "
            "take a smaller batch.",
        )
    elif epochs > _MOST_EPOCHS:
        found.warning(
            "--num_train_steps",
            f"{seen}. More than {_MOST_EPOCHS} times teaches little: make "
            "records of more text, or take fewer steps.",
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
    """Whether --max_predictions_per_seq cuts off what would be masked."""
    if not 0 < masked_lm_prob <= 1:
        found.error(
            "--masked_lm_prob",
            "--masked_lm_prob must be a share of the tokens, above 0. "
            f"Received: {masked_lm_prob}.",
        )
        return
    wanted = round(masked_lm_prob * max_seq_length)
    if wanted > max_predictions_per_seq:
        found.warning(
            "--max_predictions_per_seq",
            f"{masked_lm_prob:.0%} of {max_seq_length} tokens are {wanted} "
            f"masks; {max_predictions_per_seq} is all that a full row gets. "
            f"Raise it to {wanted}, or mean it.",
        )
    else:
        found.fine(
            "--max_predictions_per_seq",
            f"{max_predictions_per_seq} slots for {wanted} masks of a full "
            "row.",
        )
