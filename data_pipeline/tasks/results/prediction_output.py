"""Writes rows of predictions to files, and formats them as a table."""

import csv
import io
import json
import os
from collections.abc import Sequence
from typing import Any

from data_pipeline.io import aligned_table
from data_pipeline.io import files

ENDINGS = (".jsonl", ".csv")
# Maximum width of a table's cell, in columns of the terminal.
_LONGEST = 44


def check(path: str) -> None:
    """Checks the name of a file to write predictions to.

    Raises:
        ValueError: it ends neither in .jsonl nor in .csv.
    """
    if not path.lower().endswith(ENDINGS):
        raise ValueError(
            f"--output must end in {' or '.join(ENDINGS)}. Received: {path!r}. "
            "Rename it."
        )


def write(path: str, rows: Sequence[dict[str, Any]]) -> None:
    """Writes JSON lines or CSV, depending on the ending of `path`. In CSV,
    lists are written as JSON."""
    files.make_folder(os.path.dirname(path) or ".")
    if path.lower().endswith(".csv"):
        files.write(path, _as_csv(rows).encode())
        return
    lines = [json.dumps(row, ensure_ascii=False) + "\n" for row in rows]
    files.write(path, "".join(lines).encode())


def table(rows: Sequence[dict[str, Any]]) -> str:
    """The rows as an aligned table, without indices and other details."""
    shown = [
        {
            name: value
            for name, value in row.items()
            if name not in ("index", "null_score", "start")
            and not _is_left_out(name, row)
        }
        for row in rows
    ]
    header = list(dict.fromkeys(name for row in shown for name in row))
    return aligned_table.text(
        header,
        [[_shown(row.get(name)) for name in header] for row in shown],
        _LONGEST,
    )


def _is_left_out(name: str, row: dict[str, Any]) -> bool:
    """Whether a column of tagging is left out: the tags if there are entities,
    the words if there is a text, and the probabilities of words."""
    if name in ("prediction", "label"):
        return "entities" in row
    if name == "words":
        return "text" in row
    return name == "probability" and "words" in row


def _as_csv(rows: Sequence[dict[str, Any]]) -> str:
    header = list(dict.fromkeys(name for row in rows for name in row))
    content = io.StringIO()
    writer = csv.DictWriter(content, header, lineterminator="\n")
    writer.writeheader()
    for row in rows:
        writer.writerow({name: _cell(value) for name, value in row.items()})
    return content.getvalue()


def _cell(value: Any) -> Any:
    if isinstance(value, list):
        return json.dumps(value, ensure_ascii=False)
    return value


def _shown(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, float):
        return f"{value:.4g}"
    if isinstance(value, list):
        return _shown_list(value)
    return str(value) or "(none)"


def _shown_list(values: list) -> str:
    if not values:
        return "(none)"
    if isinstance(values[0], dict):
        return ", ".join(f"{each['text']} [{each['type']}]" for each in values)
    if isinstance(values[0], str) and any(" " in each for each in values):
        return " | ".join(values)
    return " ".join(map(_shown, values))
