"""Converts weights between the formats of Google, Hugging Face, keras-hub and
this package.

    albert-tf convert --input=run --output=converted --to=huggingface
    albert-tf convert --input=run --output=preset --to=keras_hub

The command prints which weights were matched, and the largest difference
between the outputs of both models on a probe batch. The kind of task and the
names of its classes are kept, in Hugging Face's config.json or in a task.json.
The tokenizer is not part of the weights; copy its files as they are. Only a
keras-hub preset is written with its SentencePiece model, which keras-hub uses
without lower-casing: the report says what that changes.
"""

from albert_tf.workflows.configs import convert
from data_pipeline.commands import config_flags


def run() -> None:
    config_flags.run(
        convert.ConvertConfig,
        "albert_tf.workflows.convert:convert",
        __doc__,
        show=lambda result: print("\n".join(result.report)),
        is_quiet=True,
    )
