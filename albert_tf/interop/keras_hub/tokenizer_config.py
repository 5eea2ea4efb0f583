"""The tokenizer of a keras-hub preset: a SentencePiece model, used as it is."""

from typing import Any

from albert_tf.interop.keras_hub import preset_config
from albert_tf.interop.keras_hub import task_config

FILE_NAME = "tokenizer.json"
VOCABULARY = "assets/tokenizer/vocabulary.spm"
PREPROCESSOR_FILE = "preprocessor.json"


def tokenizer() -> dict[str, Any]:
    """The serialized AlbertTokenizer, whose vocabulary is a file beside it."""
    return preset_config.serialized(
        "tokenizer",
        "AlbertTokenizer",
        {"dtype": "int32", "config_file": FILE_NAME, "proto": None},
    )


def preprocessor(task: task_config.Task, length: int) -> dict[str, Any]:
    """The serialized preprocessor of a task.

    Args:
        length: of the rows that it makes, in tokens.
    """
    return preset_config.serialized(
        f"{task.module}_preprocessor",
        f"{task.class_name}Preprocessor",
        {
            "tokenizer": tokenizer(),
            "config_file": PREPROCESSOR_FILE,
            "sequence_length": length,
        },
    )
