"""Judges steps, batch, learning rate and masks, by each other."""

from albert_tf.doctor import findings
from albert_tf.optimization import batch_scaling

# A rate so many times off LAMB's recipe is rather a slip than a choice.
_RATE_FACTOR = 3
# BERT's million steps were about 40 epochs of its text (Devlin et al., A.2).
_MOST_EPOCHS = 40
_LONGEST_WARMUP = 1 / 3
# Less of a row than this is mostly padding.
_FILLED = 0.5
_UNKNOWN = 0.01


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
            f"are about three times too large: give it {num_train_steps // 40} "
            "steps or so.",
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
            f"{train_batch_size:,} has {rule.learning_rate:.3g}.",
        )
        return
    found.warning(
        "--learning_rate",
        f"{learning_rate:.3g} is {factor:.2g} times LAMB's recipe for a batch "
        f"of {train_batch_size:,}, {rule.learning_rate:.3g}. Leave it out to "
        "take that one.",
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


def check_rows(
    found: findings.Findings,
    *,
    tokens: float,
    unknown: float | None,
    max_seq_length: int,
    pack: bool,
    can_pack: bool,
) -> None:
    """Whether rows are full and their tokens known.

    Args:
        found: where it goes.
        tokens: mean of a row without padding.
        unknown: share of them that is <unk>; None where nobody knows.
        max_seq_length: S.
        pack: --pack.
        can_pack: whether the records can be packed.
    """
    filled = tokens / max_seq_length
    rows = f"{tokens:.0f} of {max_seq_length} tokens of a row on average"
    if filled < _FILLED and not pack:
        remedy = "--pack puts several into a row; " * can_pack
        found.warning(
            "--pack" if can_pack else "--max_seq_length",
            f"Rows are mostly padding: {rows}. {remedy}shorter records with a "
            "shorter --max_seq_length, or --sequence_schedule for the first "
            "part of the run, waste less.",
        )
    else:
        found.fine("--max_seq_length", f"{rows}.")
    if unknown is None:
        return
    if unknown > _UNKNOWN:
        found.warning(
            "--input_file",
            f"{unknown:.1%} of the tokens are <unk>, which says nothing: is "
            "the vocabulary that of this language? Make one from this text "
            "with data_pipeline.text.train_vocab, and the records again.",
        )
    else:
        found.fine("--input_file", f"{unknown:.2%} of the tokens are <unk>.")


def check_masks(
    found: findings.Findings,
    *,
    max_seq_length: int,
    max_predictions_per_seq: int,
    masked_lm_prob: float,
) -> None:
    """Whether --max_predictions_per_seq cuts off what would be masked."""
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
