"""Judges labelled data: classes, pieces and lengths, as plain numbers."""

from collections.abc import Mapping

from albert_tf.doctor import findings

# More of the tokens than this are unknown only in another language.
_UNKNOWN = 0.01
# More of the rows than this that are cut lose what they are about.
_CUT = 0.1
# Texts that are said often may be in both.
_SHARED = 0.1
# So few rows teach a class nothing.
_FEW = 5
_SHOWN = 6


def check_bad_rows(
    found: findings.Findings,
    flag: str,
    *,
    path: str,
    bad: int,
    total: int,
    first: str,
    stops: bool,
) -> None:
    """How many rows cannot be used, and what a run does about them.

    Args:
        found: where it goes.
        flag: that names the file.
        path: of the file.
        bad, total: numbers of rows.
        first: what is wrong with the first of them.
        stops: whether a run stops at it.
    """
    said = f"{bad:,} of {total:,} rows of {path} cannot be used. The first: "
    if stops:
        found.error(
            flag,
            f"{said}{first} Correct them, or leave them out with "
            "--on_bad_row=skip.",
        )
    elif bad:
        found.warning(flag, f"{said}{first} They are left out.")


def check_classes(
    found: findings.Findings,
    flag: str,
    counts: Mapping[str, int],
    rows: int,
    column: str,
) -> None:
    """Whether the classes can be learnt.

    Args:
        found: where it goes.
        flag: that names the file.
        counts: rows of each class.
        rows: to train on.
        column: what decides where the classes are read.
    """
    if len(counts) < 2:
        found.error(
            flag,
            "There must be two classes at least. Received: "
            f"{', '.join(map(repr, counts)) or 'none'} in {rows:,} rows. Is "
            f"{column} the right one?",
        )
        return
    if len(counts) > max(10, rows // 2):
        found.warning(
            flag,
            f"There are {len(counts):,} classes in {rows:,} rows, so most of "
            f"them are seen once. Is {column} the right one?",
        )
        return
    by_size = sorted(counts.items(), key=lambda item: -item[1])
    names = ", ".join(f"{name!r} {n:,}" for name, n in by_size[:_SHOWN])
    more = ", ..." if len(counts) > _SHOWN else ""
    found.fine(flag, f"{len(counts)} classes: {names}{more}.")
    few = [name for name, count in counts.items() if count < _FEW]
    if few:
        found.warning(
            flag,
            f"{len(few)} of {len(counts)} classes have fewer than {_FEW} rows, "
            f"such as {few[0]!r}: they are hardly learnt. Add rows, or merge "
            "them with others.",
        )


def check_held_out(
    found: findings.Findings, flag: str, *, shared: int, total: int, path: str
) -> None:
    """Whether evaluation measures what was not trained on.

    Args:
        found: where it goes.
        flag: that names the file.
        shared: examples that are in the training data too.
        total: examples.
        path: of the file.
    """
    said = f"{shared:,} of {total:,} examples of {path} are training data too"
    if shared > _SHARED * total:
        found.warning(
            flag,
            f"{said}: the evaluation measures what was trained on. Name a file "
            "of other examples.",
        )
    elif shared:
        found.fine(flag, f"{said}.")


def check_pieces(
    found: findings.Findings, flag: str, unknown: float, rows: int
) -> None:
    """Whether the vocabulary is one of this text.

    Args:
        found: where it goes.
        flag: that names the vocabulary, or the weights that have it.
        unknown: share of the tokens that are <unk>.
        rows: that were looked at.
    """
    said = f"{unknown:.2%} of the tokens of {rows:,} rows are <unk>"
    if unknown > _UNKNOWN:
        found.warning(
            flag,
            f"{said}, which carries no information: is the vocabulary for "
            "this language? Take weights that were pretrained on it.",
        )
    else:
        found.fine(flag, f"{said}.")


def check_lengths(
    found: findings.Findings,
    *,
    cut: float,
    longest: int,
    rows: int,
    max_seq_length: int,
) -> None:
    """How many rows lose their ends.

    Args:
        found: where it goes.
        cut: share of the rows that are longer than max_seq_length.
        longest: tokens of the longest row.
        rows: that were looked at.
        max_seq_length: of the run.
    """
    said = (
        f"{cut:.0%} of {rows:,} rows are longer than {max_seq_length} tokens "
        f"(the longest has {longest:,})"
    )
    if cut > _CUT:
        found.warning(
            "--max_seq_length",
            f"{said}: what is behind is not read. Raise --max_seq_length, as "
            "far as the model has positions, or cut the texts yourself.",
        )
    else:
        found.fine("--max_seq_length", f"{said}.")
