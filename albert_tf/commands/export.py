"""Exports a trained model in one folder, with its tokenizer inside.

python -m albert_tf.export --checkpoint=run --output=export
"""

from albert_tf.export import export_flags
from data_pipeline import command_line
from data_pipeline import original_flags
from data_pipeline.tasks import task_flags


def run() -> None:
    export_flags.define()
    task_flags.define()
    command_line.run(
        command_line.main_of("albert_tf.workflows.export"),
        __doc__,
        original_flags.EXPORT,
    )
