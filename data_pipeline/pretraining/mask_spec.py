"""MaskSpec: how the rows of one vocabulary are masked."""

import dataclasses

import numpy as np

from data_pipeline.pretraining import mask_config
from data_pipeline.text import tokenizers


@dataclasses.dataclass(frozen=True, eq=False, kw_only=True)
class MaskSpec:
    """How to mask: the settings of `MaskConfig`, and ids of the vocabulary.

    Attributes:
        starts_word: bool [V]; False at pieces that continue a word.
        ordinary_ids: int32 [R], the ids that may serve as random tokens.
        special_ids: the ids of [CLS] and [SEP], which are never masked.
            Padding is not masked either.
        mask_id: the id of [MASK].
        max_predictions: M, slots in a row.
        masked_lm_prob: share of a row's tokens to predict; special tokens
            count as tokens.
        ngram: maximum number of words masked together.
        favor_shorter_ngram: p(n) is proportional to 1/n; if False, to
            1/(ngram + 1 - n).
        google_quirks: whether to read a row's words as if [SEP] were not
            there, so that an n-gram may straddle it and a piece after it may
            continue the word before it, and to draw random tokens from the
            whole vocabulary.
    """

    starts_word: np.ndarray
    ordinary_ids: np.ndarray
    special_ids: tuple[int, int]
    mask_id: int
    max_predictions: int
    masked_lm_prob: float
    ngram: int
    favor_shorter_ngram: bool
    google_quirks: bool

    def thresholds(self) -> np.ndarray:
        """float32 [ngram - 1]: n is 1 plus the number that a draw reaches."""
        weights = 1.0 / np.arange(1, self.ngram + 1)
        if not self.favor_shorter_ngram:
            weights = weights[::-1]
        cumulative = np.cumsum(weights) / np.sum(weights)
        return cumulative[:-1].astype(np.float32)

    def random_ids(self) -> np.ndarray:
        """int32 [R]: the ids from which random tokens are drawn."""
        if self.google_quirks:
            return np.arange(len(self.starts_word), dtype=np.int32)
        return self.ordinary_ids


def from_config(
    config: mask_config.MaskConfig, tokenizer: tokenizers.Tokenizer
) -> MaskSpec:
    """The MaskSpec for rows that a tokenizer made.

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
