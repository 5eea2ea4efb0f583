"""Texts that a config holds, as data to predict."""

from collections.abc import Mapping
from typing import Any

from data_pipeline.tasks import given_text_config
from data_pipeline.tasks import kinds
from data_pipeline.tasks import splits
from data_pipeline.tasks.data import task_data

_NAMES = ("text", "text_b", "question", "context", "choice")
_NAME = "text"


def check(config: given_text_config.GivenTextConfig, file: str | None) -> bool:
    """Whether the config holds texts.

    Args:
        file: to predict; None where none is named.

    Raises:
        ValueError: an empty text, or texts beside a file.
    """
    given = [name for name in _NAMES if getattr(config, name)]
    if given and file:
        raise ValueError(
            f"Only one of a file and --{given[0]} must say what to predict. "
            f"Received: {file}, and --{given[0]}."
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
    """Checks that the texts are what a kind of task is given.

    Args:
        kind: of the task.
        row: what task.json says of the model's task; {} for nothing.
    Raises:
        ValueError: some are missing, or meant for another kind.
    """
    wanted, known = kinds.KINDS[kind].given(row)
    given = [name for name in _NAMES if getattr(config, name)]
    if set(given) - set(known) or set(wanted) - set(given):
        raise ValueError(
            f"A model for {kind} must be given "
            f"{' and '.join(f'--{name}' for name in wanted)}. Received: "
            f"{', '.join(f'--{name}' for name in given)}."
        )


def split(
    config: given_text_config.GivenTextConfig, data: task_data.TaskData
) -> splits.Split:
    """The texts as examples of the task.

    Raises:
        ValueError: there are not as many of one flag as of another.
    """
    examples = kinds.of(data.task).given_examples(config)
    ids = [example.id for example in examples]
    return splits.Split(_NAME, "--text", list(examples), ids)
