"""Settings that hold the texts to predict themselves."""

import dataclasses
from collections.abc import Sequence

from data_pipeline import config
from data_pipeline.config import setting


@dataclasses.dataclass(frozen=True, kw_only=True)
class GivenTextConfig(config.Config):
    """Texts given directly, in place of a file."""

    text: tuple[str, ...] | None = setting(
        None,
        "Text to predict, in place of a file. May be given several times.",
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
        "Text that answers --question, one for all or one for each; in "
        "multiple choice, what the choices have in common.",
        section="Predictions",
        is_repeated=True,
    )
    choice: tuple[str, ...] | None = setting(
        None,
        "One of the choices, in multiple choice. Given once for each of them.",
        section="Predictions",
        is_repeated=True,
    )


def matched(
    name: str, values: Sequence[str], other_name: str, others: Sequence[str]
) -> list[tuple[str, ...]]:
    """Pairs of the values of two settings.

    Raises:
        ValueError: there are not as many of one as of the other.
    """
    if len(values) != len(others):
        raise ValueError(
            f"There must be a --{other_name} for each --{name}. Received: "
            f"{len(others)}, and {len(values)}."
        )
    return list(zip(values, others, strict=True))
