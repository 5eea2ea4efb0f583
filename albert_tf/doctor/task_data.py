"""Checks labeled data by plain numbers: bad rows, classes, pieces, lengths."""

from collections.abc import Mapping

from albert_tf.doctor import findings

# A larger share of <unk> than this suggests a text in another language.
_UNKNOWN = 0.01
# A larger share of truncated rows than this gets a warning.
_CUT = 0.1
# Common texts may be in both sets; a larger share than this gets a warning.
_SHARED = 0.1
# A class with fewer rows than this gets a warning.
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
    """Reports the rows that cannot be used.

    Args:
        found: collects the findings.
        flag: the flag that names the file.
        path: the file.
        bad, total: numbers of bad rows and of all rows.
        first: the problem of the first bad row.
        stops: whether a bad row stops the run.
    """
    said = f"{bad:,} of {total:,} rows of {path} cannot be used. The first: "
    if stops:
        found.error(
            flag,
            f"{said}{first} Correct them, or skip them with --on_bad_row=skip.",
        )
    elif bad:
        found.warning(flag, f"{said}{first} They are skipped.")


def check_classes(
    found: findings.Findings,
    flag: str,
    counts: Mapping[str, int],
    rows: int,
    column: str,
) -> None:
    """Checks the number of classes, and that each has enough rows.

    Args:
        found: collects the findings.
        flag: the flag that names the file.
        counts: number of rows by class.
        rows: number of training rows.
        column: the flag that names the column with the classes.
    """
    if len(counts) < 2:
        found.error(
            flag,
            "The training data must have at least two classes. Received: "
            f"{', '.join(map(repr, counts)) or 'none'} in {rows:,} rows. Check "
            f"that {column} names the right column.",
        )
        return
    if len(counts) > max(10, rows // 2):
        found.warning(
            flag,
            f"There are {len(counts):,} classes in {rows:,} rows, so most "
            f"classes have a single row. Check that {column} names the right "
            "column.",
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
            f"such as {few[0]!r}, which is too few to learn. Add rows, or "
            "merge classes.",
        )


def check_held_out(
    found: findings.Findings, flag: str, *, shared: int, total: int, path: str
) -> None:
    """Checks that the evaluation data is not training data.

    Args:
        found: collects the findings.
        flag: the flag that names the file.
        shared: number of examples that are also in the training data.
        total: number of examples.
        path: the file.
    """
    said = (
        f"{shared:,} of {total:,} examples in {path} are also in the training "
        "data"
    )
    if shared > _SHARED * total:
        found.warning(
            flag,
            f"{said}, so the evaluation would not show overfitting. Name a "
            "file with other examples.",
        )
    elif shared:
        found.fine(flag, f"{said}.")


def check_pieces(
    found: findings.Findings, flag: str, unknown: float, rows: int
) -> None:
    """Checks that the vocabulary fits the text.

    Args:
        found: collects the findings.
        flag: the flag that names the vocabulary, or the weights with it.
        unknown: share of the tokens that are <unk>.
        rows: number of rows in the sample.
    """
    said = f"{unknown:.2%} of the tokens in {rows:,} rows are <unk>"
    if unknown > _UNKNOWN:
        found.warning(
            flag,
            f"{said}, which carries no information. The vocabulary may be for "
            "another language. Use weights that were pretrained on the "
            "language of this text.",
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
    """Checks how many rows are truncated.

    Args:
        found: collects the findings.
        cut: share of the rows that are longer than `max_seq_length`.
        longest: tokens of the longest row.
        rows: number of rows in the sample.
        max_seq_length: the row length of the run.
    """
    said = (
        f"{cut:.0%} of {rows:,} rows are longer than {max_seq_length} tokens "
        f"(the longest has {longest:,})"
    )
    if cut > _CUT:
        found.warning(
            "--max_seq_length",
            f"{said} and are truncated. Raise --max_seq_length, up to the "
            "number of the model's positions, or read windows of the texts "
            "with --long_texts=windows.",
        )
    else:
        found.fine("--max_seq_length", f"{said}.")


def check_windows(
    found: findings.Findings,
    *,
    cut: float,
    most: int,
    rows: int,
    max_windows: int,
) -> None:
    """Checks how many texts have more windows than are read.

    Args:
        found: collects the findings.
        cut: share of the texts that are not read whole.
        most: windows of the text with the most.
        rows: number of texts in the sample.
        max_windows: the most windows that are read.
    """
    said = (
        f"{cut:.0%} of {rows:,} texts are not read whole, and the longest are "
        f"read in {most} windows"
    )
    if cut > _CUT:
        found.warning(
            "--max_windows",
            f"{said}. Raise --max_windows={max_windows}, at the cost of memory "
            "and time.",
        )
    else:
        found.fine("--max_windows", f"{said}.")
