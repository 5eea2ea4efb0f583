"""Texts that a config holds, as data to predict."""

from collections.abc import Mapping
from typing import Any

from data_pipeline.tasks import examples as examples_lib
from data_pipeline.tasks import given_text_config
from data_pipeline.tasks.data import parts
from data_pipeline.tasks.data import task_data
from data_pipeline.tasks.tags import entity_words

_NAMES = ("text", "text_b", "question", "context", "choice")
_WANTED = {
    "span": ("question", "context"),
    "multiple_choice": ("choice",),
}
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
    wanted = _WANTED.get(kind, ("text",))
    known = set(wanted)
    if kind == "multiple_choice":
        known.add("context")
    elif kind in ("classification", "multilabel", "regression"):
        if row.get("num_texts") == 2:
            wanted = ("text", "text_b")
        if row.get("num_texts") != 1:
            known.add("text_b")
    given = [name for name in _NAMES if getattr(config, name)]
    if set(given) - known or set(wanted) - set(given):
        raise ValueError(
            f"A model for {kind} must be given "
            f"{' and '.join(f'--{name}' for name in wanted)}. Received: "
            f"{', '.join(f'--{name}' for name in given)}."
        )


def part(
    config: given_text_config.GivenTextConfig, data: task_data.TaskData
) -> parts.Part:
    """The texts as examples of the task.

    Raises:
        ValueError: there are not as many of one flag as of another.
    """
    kind = data.task.kind
    if kind == "multiple_choice":
        context = "\n".join(config.context or ())
        examples = [
            examples_lib.ChoiceExample("0", context, tuple(config.choice))
        ]
    elif kind == "span":
        contexts = config.context
        if len(contexts) == 1:
            contexts = contexts * len(config.question)
        examples = [
            examples_lib.SpanExample(str(number), question, context)
            for number, (question, context) in enumerate(
                _pairs("question", config.question, "context", contexts)
            )
        ]
    elif kind == "tagging":
        examples = _tagged(config.text)
    else:
        texts = [(text,) for text in config.text]
        if config.text_b:
            texts = _pairs("text", config.text, "text_b", config.text_b)
        examples = [
            examples_lib.TextExample(str(number), tuple(own))
            for number, own in enumerate(texts)
        ]
    ids = [example.id for example in examples]
    return parts.Part(_NAME, "--text", examples, ids)


def _tagged(texts: list[str]) -> list[examples_lib.TaggedExample]:
    return [
        examples_lib.TaggedExample(
            str(number),
            tuple(text[start:end] for start, end in places),
            text=text,
            places=places,
        )
        for number, (text, places) in enumerate(
            zip(texts, entity_words.places(texts), strict=True)
        )
    ]


def _pairs(name, values, other_name, others) -> list[tuple[str, str]]:
    if len(values) != len(others):
        raise ValueError(
            f"There must be a --{other_name} for each --{name}. Received: "
            f"{len(others)}, and {len(values)}."
        )
    return list(zip(values, others, strict=True))
