"""Exports a folder for transformers: weights, labels and tokenizer."""

import json
import os
from collections.abc import Mapping
from collections.abc import Sequence

from albert_tf import kinds
from albert_tf.interop import convert
from albert_tf.interop import huggingface
from albert_tf.io import atomic
from albert_tf.io import json_file


def write(
    checkpoint: str,
    folder: str,
    *,
    kind: str,
    tokenizer_files: Mapping[str, bytes],
    labels: Sequence[str] = (),
    task: str | None = None,
) -> list[str]:
    """Writes a folder that AutoTokenizer and pipelines can load.

    Args:
        checkpoint: anything that albert_tf.load reads.
        folder: the folder to create.
        kind: kind of the task, or "pretraining".
        tokenizer_files: contents of the tokenizer's files, by file name.
        labels: names of the classes, in the model's order; () if there are
            none.
        task: the task whose head to export, for a run of several tasks.
    Returns:
        the lines of the conversion's report.
    Raises:
        FileExistsError: `folder` exists.
        ValueError: Hugging Face's ALBERT has no class for the model.
    """
    lines = convert.convert(checkpoint, folder, "huggingface", task=task)
    path = os.path.join(folder, huggingface.CONFIG_FILE)
    config = json_file.read_object(path)
    known = kinds.KINDS.get(kind)
    if known and known.problem_type:
        config["problem_type"] = known.problem_type
    if labels:
        config["id2label"] = {str(i): name for i, name in enumerate(labels)}
        config["label2id"] = {name: i for i, name in enumerate(labels)}
    _write_json(path, config)
    for name, content in tokenizer_files.items():
        with open(os.path.join(folder, name), "wb") as file:
            file.write(content)
    return lines


def _write_json(path: str, values: dict) -> None:
    text = json.dumps(values, indent=2, ensure_ascii=False)
    atomic.write_text(path, text + "\n")
