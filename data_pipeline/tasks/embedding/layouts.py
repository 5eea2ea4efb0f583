"""The layouts of files of pairs: SNLI, STS, SICK, BEIR, or named columns."""

import dataclasses
from collections.abc import Sequence

from absl import logging

from data_pipeline.tasks import file_columns
from data_pipeline.tasks import row_problems
from data_pipeline.tasks.readers import cells
from data_pipeline.tasks.readers import tables
from data_pipeline.tasks.readers import text_lines

COLUMNS, SNLI, STS, SICK = "columns", "snli", "sts", "sick"
BEIR = "beir"
LAYOUTS = (COLUMNS, SNLI, STS, SICK, BEIR)
# The columns of texts, or for BEIR of their ids, and of the label or score, in
# files with a header.
_NAMED = {
    SNLI: ("sentence1", "sentence2", "gold_label"),
    STS: ("sentence1", "sentence2", "score"),
    SICK: ("sentence_A", "sentence_B", "relatedness_score"),
    BEIR: ("query-id", "corpus-id", "score"),
}
# SemEval's files of STS have no header: score, sentence, sentence.
_WITHOUT_HEADER = ("1", "2", "0")


def resolved(path: str, columns: file_columns.Columns) -> file_columns.Columns:
    """The columns of a file, after its layout is found out.

    Args:
        path: path of the file.
        columns: the columns that were given; with layout None, the file's
            first line decides, and what was decided is logged.
    Returns:
        The columns with a layout. For STS and SICK they name texts and score,
        for SNLI texts and the label, and for BEIR ids and the score as label.
    """
    layout, header = columns.layout, columns.header
    if layout == COLUMNS:
        return columns
    first = _first_row(path, columns)
    if layout is None:
        layout = _layout_of(first, columns)
        if layout == COLUMNS:
            return dataclasses.replace(columns, layout=layout)
    names = _NAMED[layout]
    if layout == STS and not set(names) <= set(first):
        names, header = _WITHOUT_HEADER, False
    if columns.layout is None:
        logging.info(
            "%s is read as %s: %s, %s and %s. Use --layout=columns and name "
            "the columns if it is something else.",
            path,
            layout.upper(),
            *names,
        )
    found = dataclasses.replace(
        columns, layout=layout, header=header, text=names[0], text_pair=names[1]
    )
    if text_lines.ending(path) in (".tsv", ".txt", ""):
        found = dataclasses.replace(found, delimiter=found.delimiter or "tab")
    if layout in (SNLI, BEIR):
        return dataclasses.replace(found, label=names[2], score=None)
    return dataclasses.replace(found, score=names[2])


def _layout_of(first: cells.Row, columns: file_columns.Columns) -> str:
    if columns.text in first or columns.text_pair or not columns.header:
        return COLUMNS
    for layout, names in _NAMED.items():
        if set(names) <= set(first):
            return layout
    cells_of_first = list(first)
    if len(cells_of_first) >= 3 and _is_number(cells_of_first[0]):
        return STS
    return COLUMNS


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def _first_row(path: str, columns: file_columns.Columns) -> cells.Row:
    """The first row by the names in the first line; {} if there is none."""
    rows = tables.rows(
        path,
        row_problems.Problems(row_problems.IGNORE),
        delimiter=columns.delimiter,
        encoding=columns.encoding,
    )
    try:
        return next((row for _, row in rows if row is not None), {})
    except ValueError:  # the first line does not name columns
        return _first_cells(path, columns)


def _first_cells(path: str, columns: file_columns.Columns) -> cells.Row:
    rows = tables.rows(
        path,
        row_problems.Problems(row_problems.IGNORE),
        header=False,
        delimiter=columns.delimiter,
        encoding=columns.encoding,
    )
    row = next((row for _, row in rows if row is not None), {})
    return {str(value): value for value in row.values()}


def triplets(
    rows: Sequence[tuple[str, str, str]],
) -> list[tuple[str, str, str]]:
    """(premise, entailment, contradiction) from SNLI's rows.

    Each entailment of a premise goes with one of its contradictions, in order;
    premises with only one of the two are left out.

    Args:
        rows: (premise, hypothesis, label).
    """
    groups: dict[str, tuple[list[str], list[str]]] = {}
    for premise, hypothesis, label in rows:
        group = groups.setdefault(premise, ([], []))
        if label in ("entailment", "contradiction"):
            group[label == "contradiction"].append(hypothesis)
    return [
        (premise, entailment, contradiction)
        for premise, (entailments, contradictions) in groups.items()
        for entailment, contradiction in zip(
            entailments, contradictions, strict=False
        )
    ]
