"""Texts given in a config, as data to predict."""

from collections.abc import Mapping
from typing import Any

from data_pipeline.tasks import given_text_config
from data_pipeline.tasks import kinds
from data_pipeline.tasks import splits
from data_pipeline.tasks.data import task_data

_NAMES = ("text", "text_b", "question", "context", "choice")
_NAME = "text"


def check(config: given_text_config.GivenTextConfig, file: str | None) -> bool:
    """Whether the config gives texts.

    Args:
        file: the file to predict, or None.
    Raises:
        ValueError: a text is empty, or both texts and a file are given.
    """
    given = [name for name in _NAMES if getattr(config, name)]
    if given and file:
        raise ValueError(
            f"Either a file or --{given[0]} must be given, not both. Received: "
            f"{file} and --{given[0]}. Leave one out."
        )
    for name in given:
        for text in getattr(config, name):
            if not text.strip():
                raise ValueError(
                    f"Each --{name} must be a non-empty string. Received: "
                    f"{text!r}."
                )
    return bool(given)


def check_kind(
    config: given_text_config.GivenTextConfig,
    kind: str,
    row: Mapping[str, Any],
) -> None:
    """Checks that the given texts fit the kind of task.

    Args:
        kind: the task's kind.
        row: the task's entry in task.json, or {}.
    Raises:
        ValueError: some are missing, or are for another kind.
    """
    wanted, known = kinds.KINDS[kind].given(row)
    given = [name for name in _NAMES if getattr(config, name)]
    if set(given) - set(known) or set(wanted) - set(given):
        advice = "Change the flags."
        if kind == "embedding":
            advice += (
                " The embeddings of single texts come from albert-tf embed."
            )
        raise ValueError(
            f"A model for {kind} must be given "
            f"{' and '.join(f'--{name}' for name in wanted)}. Received: "
            f"{', '.join(f'--{name}' for name in given)}. {advice}"
        )


def split(
    config: given_text_config.GivenTextConfig, data: task_data.TaskData
) -> splits.Split:
    """The given texts as examples of the task.

    Raises:
        ValueError: two flags that belong together have different numbers of
            texts.
    """
    examples = kinds.of(data.task).given_examples(config)
    ids = [example.id for example in examples]
    return splits.Split(_NAME, "--text", list(examples), ids)
