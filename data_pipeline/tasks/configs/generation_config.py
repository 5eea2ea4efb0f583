"""The settings of texts that a model writes."""

import dataclasses

from data_pipeline import config
from data_pipeline.config import setting

_SECTION = "Written texts"


@dataclasses.dataclass(frozen=True, kw_only=True)
class GenerationConfig(config.Config):
    """How a model of a generation task writes."""

    max_target_length: int = setting(
        128,
        "Maximum number of tokens of a text to write, its start and end "
        "included, in generation tasks.",
        section=_SECTION,
        minimum=3,
        remembered="form",
    )
    beam_size: int = setting(
        4,
        "Number of texts that are kept at each step of writing, in generation "
        "tasks; 1: the likeliest token at each step.",
        section=_SECTION,
        minimum=1,
        remembered="form",
    )
    length_penalty: float = setting(
        0.6,
        "What the search of generation tasks divides log-probabilities by: "
        "((5 + length) / 6) to this power. Larger values favor longer texts.",
        section=_SECTION,
        minimum=0.0,
        remembered="form",
    )
    no_repeat_ngram_size: int = setting(
        0,
        "In generation tasks, tokens in a row that a written text must not "
        "repeat; 0: no limit.",
        section=_SECTION,
        minimum=0,
        remembered="form",
    )
