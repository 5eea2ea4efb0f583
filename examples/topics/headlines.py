"""Dated texts from a table of any format, read row by row."""

import argparse
import datetime
from collections.abc import Iterator
from typing import Any
from typing import NamedTuple

from albert_tf.workflows.retrieval import documents


class Headline(NamedTuple):
    """A dated text.

    Attributes:
        date: its day.
        text: what is embedded: the title, if there is one, and the text.
        shown: what is shown of it: the title, or else the text.
        label: its class, or None.
    """

    date: datetime.date
    text: str
    shown: str
    label: str | None = None


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Adds the arguments that say which column holds what."""
    add = parser.add_argument
    add(
        "--input_file",
        required=True,
        help="Table of dated texts: .csv, .tsv, .jsonl or .parquet.",
    )
    add("--date_column", default="date", help="Column of the dates.")
    add("--text_column", default="text", help="Column of the texts.")
    add(
        "--title_column",
        help="Column of a title to put before the text. Default: title, if "
        "there is such a column.",
    )
    add(
        "--date_format",
        help="Format of the dates, such as %%d/%%m/%%Y. Default: dates that "
        "start as 2003-02-19 or 20030219 does.",
    )


def read(
    args: argparse.Namespace, label_column: str | None = None
) -> Iterator[Headline]:
    """The headlines of a file, in its order.

    Raises:
        ValueError: a row has no date or no text, or the file has no rows.
    """
    columns = documents.Columns(args.text_column, title=args.title_column)
    for row in documents.rows(args.input_file, columns):
        label = row.metadata.get(label_column) if label_column else None
        yield Headline(
            date(row.metadata.get(args.date_column), args, row.id),
            row.content,
            row.title or row.text,
            None if label is None else str(label),
        )


def date(value: Any, args: argparse.Namespace, row: str = "0") -> datetime.date:
    """The date in a cell."""
    if isinstance(value, datetime.datetime):
        return value.date()
    if isinstance(value, datetime.date):
        return value
    text = "" if value is None else str(value).strip()
    try:
        if args.date_format:
            return datetime.datetime.strptime(text, args.date_format).date()
        if text[:8].isdigit():
            return datetime.datetime.strptime(text[:8], "%Y%m%d").date()
        return datetime.date.fromisoformat(text[:10])
    except ValueError:
        form = args.date_format or "YYYY-MM-DD or YYYYMMDD"
        raise ValueError(
            f"The column {args.date_column!r} must hold a date in the form "
            f"{form}. Received: {value!r} ({args.input_file}, row {row}, "
            "counted from 0). Correct it, or set --date_column or "
            "--date_format."
        ) from None
