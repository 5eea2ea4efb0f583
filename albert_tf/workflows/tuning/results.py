"""The results of a search: tables, files and a picture.

SEARCH/trials.csv    a row for each trial
SEARCH/tuning.json   trials, the best one, importances, metrics of the test
SEARCH/tuning.png    scores and importances (which needs matplotlib)
SEARCH/best.flags    flags of the best settings
"""

import csv
import io
import os
from collections.abc import Mapping
from collections.abc import Sequence
from typing import Any

from albert_tf import plots
from albert_tf.io import atomic
from albert_tf.runs import run_folder
from albert_tf.workflows.configs import finetune as finetune_config
from albert_tf.workflows.tuning import best_settings
from albert_tf.workflows.tuning import figure
from data_pipeline.io import aligned_table
from data_pipeline.io import files

RESULTS, TRIALS, PICTURE, FLAGS = (
    "tuning.json",
    "trials.csv",
    "tuning.png",
    "best.flags",
)
# Rows of the table on the screen.
_SHOWN = 20


def folder_of(number: int) -> str:
    """The name of a trial's folder."""
    return f"trial_{number}"


def write(
    folder: str,
    base: finetune_config.FinetuneConfig,
    rows: Sequence[dict[str, Any]],
    best: Mapping[str, Any],
    importances: Mapping[str, float],
    test: Mapping[str, float] | None,
) -> tuple[str, str]:
    """Writes the results.

    Args:
        folder: the folder of the search.
        base: the settings that all trials have.
        rows: as in `study.Study.rows`.
        best: the best row.
        importances: as in `study.Study.importances`.
        test: the metrics of the best trial on the test file.
    Returns:
        The command with the best settings, and the path of its flags.
    """
    flags = best_settings.flags(base, best["settings"])
    flagfile = os.path.join(folder, FLAGS)
    atomic.write_text(flagfile, "".join(f"{flag}\n" for flag in flags))
    atomic.write_text(os.path.join(folder, TRIALS), _csv(rows))
    run_folder.write_json(
        os.path.join(folder, RESULTS),
        {
            "best": {**best, "folder": folder_of(best["trial"])},
            "test": test,
            "importances": importances,
            "trials": rows,
        },
    )
    if plots.is_drawable():
        with files.whole(os.path.join(folder, PICTURE)) as file:
            figure.draw(rows, importances, file)
    return best_settings.command(flags), flagfile


def table(rows: Sequence[Mapping[str, Any]], best: int) -> str:
    """The trials as text, those with the best scores first."""
    ordered = sorted(
        rows, key=lambda row: (row["state"] != "complete", -(row["score"] or 0))
    )
    names = list(
        dict.fromkeys(name for row in rows for name in row["settings"])
    )
    shown = [
        [
            f"{row['trial']}{'*' if row['trial'] == best else ''}",
            row["state"],
            _text(row["score"], ".4f"),
            *(_text(row["settings"].get(name), ".4g") for name in names),
            _text(row["seconds"], ".0f"),
        ]
        for row in ordered[:_SHOWN]
    ]
    header = ["trial", "state", "score", *names, "seconds"]
    text = aligned_table.text(header, shown)
    left = len(rows) - len(shown)
    return f"{text}\nand {left} more" if left else text


def _text(value: Any, form: str) -> str:
    if value is None:
        return ""
    return format(value, form) if isinstance(value, float) else str(value)


def _csv(rows: Sequence[Mapping[str, Any]]) -> str:
    names = list(
        dict.fromkeys(name for row in rows for name in row["settings"])
    )
    content = io.StringIO()
    writer = csv.writer(content, lineterminator="\n")
    writer.writerow(["trial", "state", "score", *names, "seconds", "error"])
    for row in rows:
        writer.writerow(
            [
                *(row[name] for name in ("trial", "state", "score")),
                *(row["settings"].get(name) for name in names),
                row["seconds"],
                row["error"],
            ]
        )
    return content.getvalue()
