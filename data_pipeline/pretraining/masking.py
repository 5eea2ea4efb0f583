"""n-gram whole-word masks, drawn while training.

`mask_batch` does it for a batch in TensorFlow; `mask_row` is the same in plain
Python for one row, to read and to test against. Both take their random numbers
from `randomness`, so they give the same masks to the bit.

Source: Lan et al. 2019, 4.1; google-research/albert,
create_pretraining_data.py, create_masked_lm_predictions. Unlike there, an
n-gram never straddles [SEP], a segment's first token always starts a word, and
the random tokens are ordinary ones, never special ones.
"""

import dataclasses

import numpy as np
import tensorflow as tf

from data_pipeline.pretraining import randomness

# One random stream for each decision about a record.
_ORDER, _SPAN, _FATE, _TOKEN = 1, 2, 3, 4
_MASK_SHARE, _KEEP_SHARE = 0.8, 0.1


@dataclasses.dataclass(frozen=True, eq=False)
class MaskSpec:
    """How to mask.

    starts_word: bool [V]; False at pieces that continue a word.
    ordinary_ids: int32 [R], the ids that may stand in as random tokens.
    special_ids: the ids of [CLS] and [SEP], never masked; so is padding.
    mask_id: the id of [MASK].
    max_predictions: M, slots in a row.
    masked_lm_prob: share of a row's tokens, special ones counted, to predict.
    ngram: longest run of words masked together.
    favor_shorter_ngram: p(n) proportional to 1/n; if False, to 1/(ngram+1-n).
    """

    starts_word: np.ndarray
    ordinary_ids: np.ndarray
    special_ids: tuple[int, int]
    mask_id: int
    max_predictions: int = 20
    masked_lm_prob: float = 0.15
    ngram: int = 3
    favor_shorter_ngram: bool = True

    def thresholds(self) -> np.ndarray:
        """float32 [ngram - 1]: n is 1 plus how many of them a draw reaches."""
        weights = 1.0 / np.arange(1, self.ngram + 1)
        if not self.favor_shorter_ngram:
            weights = weights[::-1]
        cumulative = np.cumsum(weights) / np.sum(weights)
        return cumulative[:-1].astype(np.float32)


def mask_batch(spec: MaskSpec, tokens, padding_mask, keys):
    """Draws the masks of a batch.

    Args:
        spec: MaskSpec.
        tokens: int32 [B, S], unmasked rows.
        padding_mask: int32 [B, S].
        keys: uint64 [B], one per (seed, epoch, record).
    Returns:
        A dict: token_ids int32 [B, S], masked; mask_positions int32 [B, M] in
        ascending order, mask_ids int32 [B, M] and mask_weights float32 [B, M],
        unused slots all 0.
    """
    length = tokens.shape[1]
    starts, maskable = _word_starts(spec, tokens, padding_mask)
    # Word k of a row is positions [begin[k], begin[k + 1]).
    position = tf.range(length)[None, :]
    begin = tf.sort(tf.where(starts, position, length), axis=1)
    words = tf.reduce_max(tf.reduce_sum(tf.cast(starts, tf.int32), axis=1))
    begin = begin[:, :words]
    can_mask = tf.gather(
        tf.pad(maskable, [[0, 0], [0, 1]]), begin, batch_dims=1
    )  # [B, W]
    chosen = _choose_words(spec, begin, can_mask, padding_mask, keys, length)

    word_of = tf.cumsum(tf.cast(starts, tf.int32), axis=1) - 1
    is_masked = tf.gather(chosen, word_of, batch_dims=1)  # [B, S]
    slots = tf.sort(tf.where(is_masked, position, length), axis=1)
    slots = slots[:, : spec.max_predictions]
    slots = tf.pad(
        slots,
        [[0, 0], [0, max(0, spec.max_predictions - length)]],
        constant_values=length,
    )
    used = slots < length
    slots = tf.where(used, slots, 0)
    return {
        "token_ids": tf.where(
            is_masked, _replacements(spec, tokens, keys), tokens
        ),
        "mask_positions": slots,
        "mask_ids": tf.where(used, tf.gather(tokens, slots, batch_dims=1), 0),
        "mask_weights": tf.cast(used, tf.float32),
    }


def _word_starts(spec, tokens, padding_mask):
    """bool [B, S] twice: where a word starts, and where one may be masked.

    Special tokens and padding are words of their own that may not.
    """
    special = padding_mask == 0
    for special_id in spec.special_ids:
        special |= tokens == special_id
    after_special = tf.pad(special[:, :-1], [[0, 0], [1, 0]])
    starts = tf.gather(tf.constant(spec.starts_word), tokens)
    return starts | special | after_special, ~special


def _budget(spec, padding_mask):
    """int32 [B]: tokens to predict. tf.round and Python's agree on halves."""
    tokens = tf.cast(tf.reduce_sum(padding_mask, axis=1), tf.float32)
    share = tf.cast(tf.round(tokens * spec.masked_lm_prob), tf.int32)
    return tf.minimum(spec.max_predictions, tf.maximum(1, share))


def _choose_words(spec, begin, can_mask, padding_mask, keys, length):
    """bool [B, W]: the words to mask, by going through them in random order.

    All rows of the batch take their next candidate in the same iteration.
    """
    words = tf.shape(begin)[1]
    order = randomness.uniform(keys, _ORDER, length)[:, :words]
    order = tf.argsort(tf.where(can_mask, order, 2.0), axis=1, stable=True)
    draw = randomness.uniform(keys, _SPAN, length)[:, :words]
    size = 1 + tf.reduce_sum(
        tf.cast(draw[:, :, None] >= spec.thresholds(), tf.int32), axis=2
    )
    # An n-gram may reach past the last word: pad with words that end it.
    reach = [[0, 0], [0, spec.ngram]]
    begin = tf.pad(begin, reach, constant_values=length)
    can_mask = tf.pad(can_mask, reach)
    word = tf.range(words)[None, :]

    def more_to_do(step, chosen, left):
        candidate = order[:, tf.minimum(step, words - 1)]
        is_word = tf.gather(can_mask, candidate, batch_dims=1)
        return (step < words) & tf.reduce_any((left > 0) & is_word)

    def take_next(step, chosen, left):
        at = order[:, step]  # [B]
        largest = tf.gather(size, at, batch_dims=1)
        span = at[:, None] + tf.range(spec.ngram)[None, :]  # [B, n]
        ends = tf.gather(begin, span + 1, batch_dims=1)
        cost = ends - tf.gather(begin, at, batch_dims=1)[:, None]
        whole = tf.math.cumprod(
            tf.cast(tf.gather(can_mask, span, batch_dims=1), tf.int32), axis=1
        )
        fits = (
            (whole == 1)
            & (cost <= left[:, None])
            & (tf.range(spec.ngram)[None, :] < largest[:, None])
        )
        count = tf.reduce_sum(
            tf.cast(fits, tf.int32), axis=1
        )  # fits is 1..10..
        new = (word >= at[:, None]) & (word < (at + count)[:, None])
        free = ~tf.reduce_any(new & chosen, axis=1)
        new &= free[:, None]
        spent = tf.where(
            free & (count > 0),
            tf.gather(cost, tf.maximum(count - 1, 0), batch_dims=1),
            0,
        )
        return step + 1, chosen | new, left - spent

    _, chosen, _ = tf.while_loop(
        more_to_do,
        take_next,
        (0, tf.zeros_like(order, tf.bool), _budget(spec, padding_mask)),
    )
    return chosen


def _replacements(spec, tokens, keys):
    """int32 [B, S]: what each token becomes if it is masked."""
    length = tokens.shape[1]
    fate = randomness.uniform(keys, _FATE, length)
    pick = randomness.uniform(keys, _TOKEN, length)
    index = tf.cast(pick * float(len(spec.ordinary_ids)), tf.int32)
    other = tf.gather(tf.constant(spec.ordinary_ids), index)
    other = tf.where(fate < _MASK_SHARE + _KEEP_SHARE, tokens, other)
    return tf.where(fate < _MASK_SHARE, spec.mask_id, other)


def mask_row(spec: MaskSpec, tokens: list[int], key) -> dict[str, list]:
    """The reference: masks one row without padding.

    Args:
        spec: MaskSpec.
        tokens: ids of the row, special ones included, no padding.
        key: uint64 of shape [1].
    Returns:
        A dict of lists: token_ids, mask_positions, mask_ids.
    """
    words: list[list[int]] = []
    after_special = True
    for position, token in enumerate(tokens):
        special = token in spec.special_ids
        if special or after_special or spec.starts_word[token]:
            words.append([])
        words[-1].append(position)
        after_special = special

    def can_mask(word):
        return tokens[words[word][0]] not in spec.special_ids

    order = randomness.uniform(key, _ORDER, len(words))[0]
    draw = randomness.uniform(key, _SPAN, len(words))[0]
    candidates = [word for word in range(len(words)) if can_mask(word)]
    left = min(
        spec.max_predictions,
        max(
            1, round(np.float32(len(tokens)) * np.float32(spec.masked_lm_prob))
        ),
    )
    chosen: set[int] = set()
    for first in sorted(candidates, key=lambda word: order[word]):
        if left == 0:
            break
        size = 1 + int(np.sum(draw[first] >= spec.thresholds()))
        span: list[int] = []
        for word in range(first, min(first + size, len(words))):
            cost = sum(len(words[w]) for w in (*span, word))
            if not can_mask(word) or cost > left:
                break
            span.append(word)
        if span and not chosen & set(span):
            chosen |= set(span)
            left -= sum(len(words[word]) for word in span)

    positions = sorted(p for word in chosen for p in words[word])
    fate = randomness.uniform(key, _FATE, len(tokens))[0]
    pick = randomness.uniform(key, _TOKEN, len(tokens))[0]
    masked = list(tokens)
    for p in positions:
        if fate[p] < np.float32(_MASK_SHARE):
            masked[p] = spec.mask_id
        elif fate[p] >= np.float32(_MASK_SHARE + _KEEP_SHARE):
            index = int(pick[p] * np.float32(len(spec.ordinary_ids)))
            masked[p] = int(spec.ordinary_ids[index])
    return {
        "token_ids": masked,
        "mask_positions": positions,
        "mask_ids": [tokens[p] for p in positions],
    }
