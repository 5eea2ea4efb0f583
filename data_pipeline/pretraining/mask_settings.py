"""How to mask, as flags say it: the same in every command that masks."""

from absl import flags

from data_pipeline.commands import command_help
from data_pipeline.pretraining import mask_config

_FLAGS = flags.FLAGS


def define_flags() -> None:
    """The flags, by the names that google-research/albert gave them."""
    command_help.section("Masks")
    flags.DEFINE_integer(
        "max_predictions_per_seq",
        20,
        "Maximum number of masked tokens per row.",
        lower_bound=1,
    )
    flags.DEFINE_float(
        "masked_lm_prob",
        0.15,
        "Share of tokens to mask.",
        lower_bound=0.0,
        upper_bound=1.0,
    )
    flags.DEFINE_integer(
        "ngram", 3, "Maximum number of words masked together.", lower_bound=1
    )
    flags.DEFINE_bool(
        "favor_shorter_ngram",
        True,
        "Whether to mask n words together with probability proportional to "
        "1/n; otherwise, longer n-grams are more likely.",
    )
    flags.DEFINE_enum(
        "masking",
        "clean",
        ["clean", "google"],
        "How to choose masks. clean: n-grams end at [SEP], and random "
        "replacements are ordinary tokens. google: as google-research/albert "
        "does, where n-grams may straddle [SEP] and random replacements are "
        "drawn from the whole vocabulary.",
    )


def from_flags() -> mask_config.MaskConfig:
    return mask_config.MaskConfig(
        max_predictions_per_seq=_FLAGS.max_predictions_per_seq,
        masked_lm_prob=_FLAGS.masked_lm_prob,
        ngram=_FLAGS.ngram,
        favor_shorter_ngram=_FLAGS.favor_shorter_ngram,
        masking=_FLAGS.masking,
    )
