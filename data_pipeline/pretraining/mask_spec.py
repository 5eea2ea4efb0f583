"""MaskSpec: how the rows of one vocabulary are masked."""

import dataclasses

import numpy as np

from data_pipeline.pretraining import mask_config
from data_pipeline.text import tokenizers


@dataclasses.dataclass(frozen=True, eq=False)
class MaskSpec:
    """How to mask, as `MaskConfig` says, and what that takes of a vocabulary.

    Attributes:
        starts_word: bool [V]; False at pieces that continue a word.
        ordinary_ids: int32 [R], the ids that may stand in as random tokens.
        special_ids: the ids of [CLS] and [SEP], which are never masked;
            neither is padding.
        mask_id: the id of [MASK].
        max_predictions: M, slots in a row.
        masked_lm_prob: share of a row's tokens to predict, where special
            tokens count.
        ngram: longest run of words masked together.
        favor_shorter_ngram: p(n) is proportional to 1/n; if False, to
            1/(ngram + 1 - n).
        google_quirks: read a row's words as if [SEP] were not there, so that
            an n-gram may lie on both sides of it and a piece behind it may
            continue the word before it; and draw random tokens from the whole
            vocabulary.
    """

    starts_word: np.ndarray
    ordinary_ids: np.ndarray
    special_ids: tuple[int, int]
    mask_id: int
    max_predictions: int = 20
    masked_lm_prob: float = 0.15
    ngram: int = 3
    favor_shorter_ngram: bool = True
    google_quirks: bool = False

    def thresholds(self) -> np.ndarray:
        """float32 [ngram - 1]: n is 1 plus how many of them a draw reaches."""
        weights = 1.0 / np.arange(1, self.ngram + 1)
        if not self.favor_shorter_ngram:
            weights = weights[::-1]
        cumulative = np.cumsum(weights) / np.sum(weights)
        return cumulative[:-1].astype(np.float32)

    def random_ids(self) -> np.ndarray:
        """int32 [R]: what a masked token may become at random."""
        if self.google_quirks:
            return np.arange(len(self.starts_word), dtype=np.int32)
        return self.ordinary_ids


def from_config(
    config: mask_config.MaskConfig, tokenizer: tokenizers.Tokenizer
) -> MaskSpec:
    """How to mask what a tokenizer made.

    Args:
        config: a MaskConfig, or a config with its fields, such as the
            RecordsConfig.
        tokenizer: the one that made the rows.
    """
    special = [
        tokenizer.pad_id,
        tokenizer.unk_id,
        tokenizer.cls_id,
        tokenizer.sep_id,
        tokenizer.mask_id,
    ]
    ids = np.arange(tokenizer.vocab_size, dtype=np.int32)
    return MaskSpec(
        starts_word=tokenizer.starts_word,
        ordinary_ids=ids[~np.isin(ids, special)],
        special_ids=(tokenizer.cls_id, tokenizer.sep_id),
        mask_id=tokenizer.mask_id,
        **mask_config.recorded(config),
    )
