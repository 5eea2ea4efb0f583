"""The settings of masking, which every command that masks shares."""

import dataclasses
from typing import Any

from data_pipeline import config
from data_pipeline.config import setting


@dataclasses.dataclass(frozen=True, kw_only=True)
class MaskConfig(config.Config):
    """Masked language model: which tokens are masked, and how many."""

    max_predictions_per_seq: int = setting(
        20,
        "Maximum number of masked tokens per row.",
        section="Masks",
        minimum=1,
    )
    masked_lm_prob: float = setting(
        0.15,
        "Share of tokens to mask.",
        section="Masks",
        minimum=0.0,
        maximum=1.0,
    )
    ngram: int = setting(
        3,
        "Maximum number of words masked together.",
        section="Masks",
        minimum=1,
    )
    favor_shorter_ngram: bool = setting(
        True,
        "Whether to mask n words together with probability proportional to "
        "1/n; otherwise, longer n-grams are more likely.",
        section="Masks",
    )
    masking: str = setting(
        "clean",
        "How to choose masks. clean: n-grams end at [SEP], and random "
        "replacements are ordinary tokens. google: as google-research/albert "
        "does, where n-grams may straddle [SEP] and random replacements are "
        "drawn from the whole vocabulary.",
        section="Masks",
        choices=("clean", "google"),
    )


def recorded(config: MaskConfig) -> dict[str, Any]:
    """The settings by the names that they have in files: in the manifest of
    masked records, and in evaluations of pretrained models.
    """
    return {
        "max_predictions": config.max_predictions_per_seq,
        "masked_lm_prob": config.masked_lm_prob,
        "ngram": config.ngram,
        "favor_shorter_ngram": config.favor_shorter_ngram,
        "google_quirks": config.masking == "google",
    }
