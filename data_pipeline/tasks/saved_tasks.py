"""What a fine-tuned model is for: task.json and the tokenizer beside it."""

import dataclasses
import json
import os
from collections.abc import Mapping
from collections.abc import Sequence

from data_pipeline import files
from data_pipeline.tasks import table
from data_pipeline.text import settings as tokenizer_settings
from data_pipeline.text import tokenizer as tokenizer_lib

FILE_NAME = "task.json"
# What a vocabulary is called beside released models.
_VOCABULARIES = (
    "30k-clean.model",
    "spiece.model",
    "vocab.txt",
    "vocab_chinese.txt",
)


@dataclasses.dataclass(frozen=True)
class Saved:
    """What task.json says; nothing where there is none.

    tasks: by name, a dict with kind, labels, num_texts (2: pairs), the scheme
        of tags that it was trained on, and null_score_threshold or None.
    max_seq_length: that the model was trained with, or None.
    """

    tasks: dict[str, dict]
    max_seq_length: int | None = None

    def of(self, task: table.Task) -> dict:
        """The row of a task, or that of the only one, if that is of its kind:
        a model of MNLI also answers ax; {} where there is none."""
        if task.name in self.tasks:
            return self.tasks[task.name]
        rows = list(self.tasks.values())
        if len(rows) == 1 and rows[0]["kind"] == task.kind:
            return rows[0]
        return {}

    def scheme(self, task: table.Task) -> str:
        return self.of(task).get("scheme", "none")

    def threshold(self, task: table.Task) -> float:
        return self.of(task).get("null_score_threshold") or 0.0

    def labels(self, task: table.Task) -> list[str]:
        """The classes that the model gives.

        Raises:
            ValueError: nobody knows them.
        """
        labels = self.of(task).get("labels") or task.labels
        learns = task.kind in ("classification", "multilabel", "tagging")
        if learns and not labels:
            raise ValueError(
                f"The labels of {task.name} are in {FILE_NAME} beside the "
                "model that was trained on them. Received: a model without "
                "it. Name the run's folder with --init_checkpoint, or train."
            )
        return list(labels)


def read(folder: str) -> Saved:
    """Reads task.json of a folder.

    Raises:
        ValueError: the file is damaged.
    """
    path = os.path.join(folder, FILE_NAME)
    if not files.exists(path):
        return Saved({})
    try:
        content = json.loads(files.read(path))
        tasks = {
            str(name): {
                "kind": str(row["kind"]),
                "labels": _labels(row["labels"]),
                "num_texts": int(row.get("num_texts", 1)),
                "scheme": str(row["scheme"]),
                "null_score_threshold": row.get("null_score_threshold"),
            }
            for name, row in content["tasks"].items()
        }
        return Saved(tasks, int(content["max_seq_length"]))
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise ValueError(
            f"{path} must be what was written beside the model. Received: "
            f"{type(error).__name__}: {error}. Take the one of the run."
        ) from None


def _labels(labels: list) -> list[str]:
    """Raises ValueError unless they are names, each once."""
    if not all(isinstance(label, str) for label in labels) or len(
        set(labels)
    ) < len(labels):
        raise ValueError(f"labels that are no names, each once: {labels}")
    return list(labels)


def row(
    task: table.Task,
    labels: Sequence[str] = (),
    scheme: str = "none",
    num_texts: int = 1,
) -> dict:
    """What task.json says of a task."""
    return {
        "kind": task.kind,
        "labels": list(labels),
        "num_texts": num_texts,
        "scheme": scheme,
        "null_score_threshold": None,
    }


def write(
    folder: str,
    tasks: Mapping[str, dict],
    max_seq_length: int,
    tokenizer: tokenizer_lib.Tokenizer,
) -> None:
    """Writes task.json and the tokenizer.

    Args:
        tasks: rows, by name.
    """
    tokenizer.save(folder)
    _write(
        folder,
        {
            "tasks": dict(tasks),
            "max_seq_length": max_seq_length,
        },
    )


def write_threshold(folder: str, task: table.Task, threshold: float) -> None:
    """Keeps the null score above which a question has no answer, if the folder
    has a task.json."""
    if not files.exists(os.path.join(folder, FILE_NAME)):
        return
    content = json.loads(files.read(os.path.join(folder, FILE_NAME)))
    content["tasks"][task.name]["null_score_threshold"] = threshold
    _write(folder, content)


def tokenizer(
    vocabulary: str | None, folder: str | None, lower_case: bool | None = None
) -> tokenizer_lib.Tokenizer:
    """That of --spm_model_file, or the one beside a checkpoint.

    Args:
        lower_case: of --do_lower_case; None: what lies beside the vocabulary
            says, or true.

    Raises:
        ValueError: there is neither.
    """
    if vocabulary:
        return tokenizer_lib.load(vocabulary, lower_case=lower_case)
    if folder:
        # Runs keep it in the folder above best/ and beside checkpoints, and
        # transformers 5 saves nothing else.
        if files.exists(os.path.join(folder, tokenizer_settings.FILE_NAME)):
            return tokenizer_lib.load(folder, lower_case=lower_case)
        for name in _VOCABULARIES:
            path = os.path.join(folder, name)
            if files.exists(path):
                return tokenizer_lib.load(path, lower_case=lower_case)
    raise ValueError(
        "The model's vocabulary must be known. Received: no --spm_model_file, "
        f"and none beside {folder or 'a checkpoint'}. Name it."
    )


def _write(folder: str, content: dict) -> None:
    text = json.dumps(content, indent=2, ensure_ascii=False) + "\n"
    files.write(os.path.join(folder, FILE_NAME), text.encode())
