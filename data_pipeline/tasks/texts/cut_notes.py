"""Says how many texts do not fit into their rows."""

import numpy as np
from absl import logging

from data_pipeline.tasks import item_features
from data_pipeline.tasks.texts import long_texts

# The share of texts for which a sufficient length is named.
_SHARE = 0.95


def log(
    path: str,
    features: item_features.Features,
    max_seq_length: int,
    way: str,
    max_windows: int,
) -> None:
    """Logs how many texts of a split are cut, and what would hold most.

    Args:
        path: where the texts are from.
        features: the features; nothing is logged if they do not tell.
        max_seq_length: S.
        way: what becomes of long texts, one of `long_texts.CHOICES`.
        max_windows: the most windows of a text.
    """
    text = described(features, max_seq_length, way, max_windows)
    if text:
        logging.info("%s: %s", path, text)
    if features.targets is not None:
        logging.info("%s: %s", path, _of_targets(features.targets))


def _of_targets(targets: item_features.Targets) -> str:
    lengths = targets.full_lengths
    longer = lengths > targets.max_length
    if not longer.any():
        return (
            f"no text to write is cut. The longest has {lengths.max():,} "
            f"tokens, and --max_target_length is {targets.max_length}."
        )
    enough = int(np.ceil(np.quantile(lengths, _SHARE)))
    return (
        f"{longer.sum():,} of {len(longer):,} texts to write "
        f"({longer.mean():.1%}) have more than --max_target_length="
        f"{targets.max_length} tokens and are cut at the end; the model cannot "
        f"write them whole. {_SHARE:.0%} have at most {enough:,} tokens."
    )


def described(
    features: item_features.Features,
    max_seq_length: int,
    way: str,
    max_windows: int,
) -> str:
    """The text that `log` logs; "" if the features do not tell."""
    lengths, is_cut = features.text_lengths, features.is_cut
    if lengths is None or is_cut is None or not len(lengths):
        return ""
    longer = lengths > max_seq_length
    if not longer.any():
        return (
            f"no text is cut. The longest has {lengths.max():,} tokens, and "
            f"--max_seq_length is {max_seq_length}."
        )
    number = f"{_of(longer)} have more than --max_seq_length={max_seq_length}"
    if way == long_texts.WINDOWS:
        then = f"are read in windows; {_of(is_cut)} are cut"
        if is_cut.any():
            then += f" even in --max_windows={max_windows}"
    elif way == long_texts.HEAD_TAIL:
        then = "keep their beginning and end (--long_texts=head_tail)"
    else:
        then = "are cut at the end (--long_texts=cut)"
    enough = int(np.ceil(np.quantile(lengths, _SHARE)))
    return (
        f"{number} tokens and {then}. {_SHARE:.0%} have at most {enough:,} "
        "tokens."
    )


def _of(chosen: np.ndarray) -> str:
    return f"{chosen.sum():,} of {len(chosen):,} texts ({chosen.mean():.1%})"
