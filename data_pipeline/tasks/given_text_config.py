"""Settings that hold texts to predict."""

import dataclasses
from collections.abc import Sequence

from data_pipeline import config
from data_pipeline.config import setting


@dataclasses.dataclass(frozen=True, kw_only=True)
class GivenTextConfig(config.Config):
    """Texts to predict, given directly instead of in a file."""

    text: tuple[str, ...] | None = setting(
        None,
        "Text to predict, instead of a file. May be given several times.",
        section="Predictions",
        is_repeated=True,
    )
    text_b: tuple[str, ...] | None = setting(
        None,
        "Second text of a pair, one for each --text.",
        section="Predictions",
        is_repeated=True,
    )
    question: tuple[str, ...] | None = setting(
        None,
        "Question to answer from --context, in span tasks. May be given "
        "several times.",
        section="Predictions",
        is_repeated=True,
    )
    context: tuple[str, ...] | None = setting(
        None,
        "Text in which to find the answer to --question: one for all, or one "
        "for each. In multiple choice, the text that the choices share.",
        section="Predictions",
        is_repeated=True,
    )
    choice: tuple[str, ...] | None = setting(
        None,
        "A choice, in multiple choice. Given once for each choice.",
        section="Predictions",
        is_repeated=True,
    )


def matched(
    name: str, values: Sequence[str], other_name: str, others: Sequence[str]
) -> list[tuple[str, ...]]:
    """Pairs up the values of two settings.

    Raises:
        ValueError: the numbers of values differ.
    """
    if len(values) != len(others):
        raise ValueError(
            f"Each --{name} must have a --{other_name}. Received: "
            f"{len(values)} --{name} and {len(others)} --{other_name}."
        )
    return list(zip(values, others, strict=True))
