"""Exports a trained model in one folder, with its tokenizer inside.

    albert-tf export --checkpoint=run --output=export
    albert-tf export --checkpoint=pretrained --output=fill

The folder holds a SavedModel that takes text, the tokenizer and a model card;
--formats adds other forms. Each form is compared with the model on labeled
examples, if there are any, and must not lose more than --max_metric_drop.
"""

from typing import TYPE_CHECKING

from albert_tf.workflows.configs import export
from data_pipeline.commands import config_flags
from data_pipeline.commands import original_flags

if TYPE_CHECKING:
    from albert_tf.workflows.exporting.export import ExportResult

# Shown before all others by --help.
_FIRST = (
    "checkpoint",
    "output",
    "formats",
    "fastest",
    "task_name",
    "data_dir",
    "eval_file",
    "license",
)


def run() -> None:
    config_flags.run(
        export.ExportConfig,
        "albert_tf.workflows.exporting.export:export",
        __doc__,
        show=_show,
        replaced=original_flags.EXPORT,
        first=_FIRST,
    )


def _show(result: "ExportResult") -> None:
    if result.choice:
        print(f"{result.choice}\n")
    if result.compared:
        print(result.table)
