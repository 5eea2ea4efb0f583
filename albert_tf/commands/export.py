"""Exports a trained model in one folder, with its tokenizer inside.

    albert-tf export --checkpoint=run --output=export
    albert-tf export --checkpoint=pretrained --output=fill

The folder holds a SavedModel that takes text, the tokenizer and a model card;
--formats adds other forms. Each form is compared with the model on labeled
examples, if there are any, and must not lose more than --max_metric_drop.
"""

from albert_tf.exporting import export_flags
from data_pipeline.commands import command_line
from data_pipeline.commands import original_flags
from data_pipeline.tasks import task_flags

# Shown before all others by --help.
_FIRST = (
    "checkpoint",
    "output",
    "formats",
    "task_name",
    "data_dir",
    "eval_file",
    "license",
)


def run() -> None:
    export_flags.define()
    task_flags.define()
    command_line.run(
        command_line.main_of("albert_tf.workflows.exporting.export"),
        __doc__,
        original_flags.EXPORT,
        first=_FIRST,
    )
