"""A folder that transformers reads: weights, labels and tokenizer."""

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
    """Writes the folder, which AutoTokenizer and pipelines take as it is.

    Args:
        checkpoint: anything that albert_tf.load reads.
        folder: must not exist.
        kind: of the task, or "pretraining".
        tokenizer_files: those of the tokenizer, by name.
        labels: the classes, in the model's order; () where it has none.
        task: whose head, of a run of several tasks.
    Returns:
        the report of the conversion, line by line.
    Raises:
        FileExistsError: something lies at `folder`.
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
